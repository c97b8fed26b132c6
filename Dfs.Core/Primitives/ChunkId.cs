namespace Dfs.Core.Primitives;

/// <summary>Names a sealed chunk: the root of the SHA-256 tree over its ciphertext.</summary>
public readonly record struct ChunkId(Bytes32 Value) : IComparable<ChunkId>
{
    public ChunkId(ReadOnlySpan<byte> source)
        : this(new Bytes32(source)) { }

    /// <summary>The slice of the id space that this id lies in.</summary>
    public PartitionId Partition => PartitionId.Of(Value);

    public static bool TryParse(ReadOnlySpan<char> hex, out ChunkId id)
    {
        var parsed = Bytes32.TryParse(hex, out var value);
        id = new ChunkId(value);
        return parsed;
    }

    public byte[] ToArray() => Value.ToArray();

    public int CompareTo(ChunkId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}
