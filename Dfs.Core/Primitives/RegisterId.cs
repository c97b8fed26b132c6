namespace Dfs.Core.Primitives;

/// <summary>Names a register: the owner's HMAC of a bucket and name, or a hash of what the cluster itself decides.</summary>
public readonly record struct RegisterId(Bytes32 Value) : IComparable<RegisterId>
{
    public RegisterId(ReadOnlySpan<byte> source)
        : this(new Bytes32(source)) { }

    /// <summary>The slice of the id space that this id lies in.</summary>
    public PartitionId Partition => PartitionId.Of(Value);

    public static bool TryParse(ReadOnlySpan<char> hex, out RegisterId id)
    {
        var parsed = Bytes32.TryParse(hex, out var value);
        id = new RegisterId(value);
        return parsed;
    }

    public byte[] ToArray() => Value.ToArray();

    public int CompareTo(RegisterId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}
