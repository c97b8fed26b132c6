namespace Dfs.Core.Primitives;

/// <summary>Names one share of a file, so that it can be revoked; random, and no secret.</summary>
public readonly record struct ShareId(Bytes16 Value) : IComparable<ShareId>
{
    public ShareId(ReadOnlySpan<byte> source)
        : this(new Bytes16(source)) { }

    public static bool TryParse(ReadOnlySpan<char> hex, out ShareId id)
    {
        var parsed = Bytes16.TryParse(hex, out var value);
        id = new ShareId(value);
        return parsed;
    }

    public int CompareTo(ShareId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}
