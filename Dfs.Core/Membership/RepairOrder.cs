using System.Buffers.Binary;
using Dfs.Core.Primitives;

namespace Dfs.Core.Membership;

/// <summary>What a person wants of the whole cluster's repair. Travels with greetings; of two the newer counts.</summary>
/// <param name="Version">One more than the newest that was known where it was given.</param>
/// <param name="Runs">How many comparisons were asked for so far: who knows of fewer begins one.</param>
public readonly record struct RepairOrder(ulong Version, bool IsPaused, ulong Runs)
{
    /// <summary>docs/formats/data-directory.md.</summary>
    public const int EncodedBytes = 4 + 8 + 1 + 8 + 4;

    private static ReadOnlySpan<byte> Magic => "DFSR"u8;

    /// <summary>Given at two nodes at once, both are of one version: then the pause counts, and every comparison.</summary>
    public RepairOrder Merge(RepairOrder other) => Version != other.Version
        ? Version > other.Version ? this : other
        : new RepairOrder(Version, IsPaused || other.IsPaused, Math.Max(Runs, other.Runs));

    public RepairOrder Pause() => new(Version + 1, true, Runs);

    public RepairOrder Resume() => new(Version + 1, false, Runs);

    public RepairOrder RunNow() => new(Version + 1, false, Runs + 1);

    public byte[] Encode()
    {
        var writer = new ByteWriter(EncodedBytes);
        writer.Fixed(Magic);
        writer.U64(Version);
        writer.Byte((byte)(IsPaused ? 1 : 0));
        writer.U64(Runs);
        writer.U32(Crc32C.Of(writer.Written));
        return writer.ToArray();
    }

    /// <returns>That nothing was ordered, for anything that is not whole.</returns>
    public static RepairOrder Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != EncodedBytes || Crc32C.Of(bytes[..^4]) != BinaryPrimitives.ReadUInt32BigEndian(bytes[^4..]))
        {
            return default;
        }

        var reader = new ByteReader(bytes);
        reader.Expect(Magic);
        var order = new RepairOrder(reader.U64(), reader.Byte() == 1, reader.U64());
        return reader.HasFailed ? default : order;
    }
}
