using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>What an index of names is kept as: records in pieces, each sealed by itself. docs/formats/names.md</summary>
public static class NameImage
{
    /// <summary>64 KiB: the record that reaches it is the last of its piece.</summary>
    public const int PieceBytesMin = 64 * 1024;

    /// <summary>1 MiB: <see cref="PieceBytesMin"/>, and the longest record, which is of a register that all of 65,535 replicas have differently.</summary>
    public const int PieceBytesMax = 1024 * 1024;

    /// <summary>Magic, version, and the random id of the file that all its pieces are sealed for.</summary>
    public const int HeaderBytes = 5 + Bytes16.SizeBytes;

    /// <summary>Whether it is the last piece (1), size of the sealed piece (4).</summary>
    public const int FrameBytes = 5;

    private static ReadOnlySpan<byte> Magic => "DFSN\x01"u8;

    public static byte[] Header(Bytes16 file)
    {
        var writer = new ByteWriter(HeaderBytes);
        writer.Fixed(Magic);
        writer.Bytes16(file);
        return writer.ToArray();
    }

    /// <returns>The file's id; null when it is no such file.</returns>
    public static Bytes16? FileOf(ReadOnlySpan<byte> header)
    {
        var reader = new ByteReader(header);
        reader.Expect(Magic);
        var file = reader.Bytes16();
        return reader.IsComplete ? file : default(Bytes16?);
    }

    public static byte[] Frame(bool isLast, int sealedBytes)
    {
        var writer = new ByteWriter(FrameBytes);
        writer.Byte(isLast ? (byte)1 : (byte)0);
        writer.U32((uint)sealedBytes);
        return writer.ToArray();
    }

    /// <returns>Null when no piece has such a frame.</returns>
    public static (bool IsLast, int SealedBytes)? FrameOf(ReadOnlySpan<byte> frame)
    {
        var reader = new ByteReader(frame);
        var (isLast, size) = (reader.Byte(), reader.U32());
        return reader.IsComplete && isLast <= 1 && size is >= Envelope.OverheadBytes and <= PieceBytesMax + Envelope.OverheadBytes
            ? (isLast == 1, (int)size)
            : default((bool, int)?);
    }
}

/// <summary>Seals and opens the pieces of one file, in their order.</summary>
/// <remarks>
/// A piece opens only at its place in its file, with the keyring of its owner, in its cluster and its directory. So a file that was cut, joined of
/// two, or put beside another node's data does not open.
/// </remarks>
/// <param name="key">The caller's to dispose.</param>
/// <param name="self">The directory's.</param>
/// <param name="file">Random, of this file alone.</param>
public sealed class NamePieces(NameIndexKey key, ClusterId cluster, ReplicaId self, Bytes16 file)
{
    private uint _next;

    /// <param name="salt">Used up by this call.</param>
    public byte[] Seal(ReadOnlySpan<byte> piece, bool isLast, FreshBytes salt) =>
        Envelope.Seal(key.Span, EnvelopeKind.NameIndex, NextContext(isLast), salt, piece);

    /// <returns>Null when any byte is another one than was sealed, or it belongs elsewhere.</returns>
    public byte[]? Open(ReadOnlySpan<byte> piece, bool isLast) =>
        Envelope.TryOpen(key.Span, EnvelopeKind.NameIndex, NextContext(isLast), piece, out var plain) ? plain : null;

    // Fields of fixed length.
    private byte[] NextContext(bool isLast)
    {
        var writer = new ByteWriter(53);
        writer.Bytes16(cluster.Value);
        writer.Bytes16(self.Value);
        writer.Bytes16(file);
        writer.U32(_next++);
        writer.Byte(isLast ? (byte)1 : (byte)0);
        return writer.ToArray();
    }
}

/// <summary>Takes a piece; its bytes are overwritten afterwards.</summary>
public delegate void NamePieceSink(ReadOnlySpan<byte> piece, bool isLast);

/// <summary>Cuts records into pieces.</summary>
internal sealed class NameImageWriter(NamePieceSink sink)
{
    // With room for a usual record, so that it does not move and leave names behind.
    private readonly ByteWriter _piece = new(NameImage.PieceBytesMin + 4096);

    /// <summary>Of a new record: its kind comes first.</summary>
    public ByteWriter Begin(NameRecordKind kind)
    {
        if (_piece.Length >= NameImage.PieceBytesMin)
        {
            Flush(isLast: false);
        }

        _piece.Byte((byte)kind);
        return _piece;
    }

    public void End() => Flush(isLast: true);

    private void Flush(bool isLast)
    {
        sink(_piece.Written, isLast);
        _piece.Clear();
    }
}

/// <summary>Numbers of the format; never used again.</summary>
internal enum NameRecordKind : byte
{
    /// <summary>A replica; the n-th of them is what registers call n, from 1.</summary>
    Replica = 1,

    /// <summary>A bucket; the n-th is what registers call n, from 0.</summary>
    Bucket = 2,

    Register = 3,
}
