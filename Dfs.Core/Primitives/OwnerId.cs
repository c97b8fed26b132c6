namespace Dfs.Core.Primitives;

/// <summary>Names an owner: the SHA-256 of the owner's public signing key.</summary>
public readonly record struct OwnerId(Bytes32 Value) : IComparable<OwnerId>
{
    public OwnerId(ReadOnlySpan<byte> source)
        : this(new Bytes32(source)) { }

    public static bool TryParse(ReadOnlySpan<char> hex, out OwnerId id)
    {
        var parsed = Bytes32.TryParse(hex, out var value);
        id = new OwnerId(value);
        return parsed;
    }

    public byte[] ToArray() => Value.ToArray();

    public int CompareTo(OwnerId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}
