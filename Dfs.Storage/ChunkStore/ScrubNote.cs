using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore;

/// <summary>How far a store has been read through, kept over restarts. docs/formats/data-directory.md.</summary>
/// <param name="Next">The partition to go on with; <see cref="PartitionId.Count"/> when no run is open.</param>
/// <param name="EndedUnixMs">When the last complete run ended; 0: none did.</param>
/// <param name="Chunks">Read in this run, or in the last one.</param>
/// <param name="Damaged">Of them.</param>
public sealed record ScrubNote(int Next, bool IsPaused, long EndedUnixMs, long Chunks, long Bytes, long Damaged)
{
    public static readonly ScrubNote None = new(PartitionId.Count, false, 0, 0, 0, 0);

    private const int SizeBytes = 4 + 2 + 1 + (4 * 8) + 4;

    public bool IsOpen => Next < PartitionId.Count;

    private static ReadOnlySpan<byte> Magic => "DFSC"u8;

    public byte[] Encode()
    {
        var writer = new ByteWriter(SizeBytes);
        writer.Fixed(Magic);
        writer.U16((ushort)Next);
        writer.Byte((byte)(IsPaused ? 1 : 0));
        writer.I64(EndedUnixMs);
        writer.I64(Chunks);
        writer.I64(Bytes);
        writer.I64(Damaged);
        writer.U32(Crc32C.Of(writer.Written));
        return writer.ToArray();
    }

    /// <returns><see cref="None"/> for anything that is not whole: a run begins anew, and that is all that is lost.</returns>
    public static ScrubNote Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != SizeBytes || Crc32C.Of(bytes[..^4]) != System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[^4..]))
        {
            return None;
        }

        var reader = new ByteReader(bytes);
        reader.Expect(Magic);
        var note = new ScrubNote(reader.U16(), reader.Byte() == 1, reader.I64(), reader.I64(), reader.I64(), reader.I64());
        return reader.HasFailed || note.Next > PartitionId.Count ? None : note;
    }
}
