namespace Dfs.Core.Primitives;

/// <summary>Names a bucket to those who cannot read its name: derived from the owner's root key and the name.</summary>
public readonly record struct BucketId(Bytes16 Value) : IComparable<BucketId>
{
    public BucketId(ReadOnlySpan<byte> source)
        : this(new Bytes16(source)) { }

    public static bool TryParse(ReadOnlySpan<char> hex, out BucketId id)
    {
        var parsed = Bytes16.TryParse(hex, out var value);
        id = new BucketId(value);
        return parsed;
    }

    public byte[] ToArray() => Value.ToArray();

    public int CompareTo(BucketId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}
