namespace Dfs.Core.Primitives;

/// <summary>Names a cluster; drawn at random with the first layout.</summary>
public readonly record struct ClusterId(Bytes16 Value) : IComparable<ClusterId>
{
    public ClusterId(ReadOnlySpan<byte> source)
        : this(new Bytes16(source)) { }

    public static bool TryParse(ReadOnlySpan<char> hex, out ClusterId id)
    {
        var parsed = Bytes16.TryParse(hex, out var value);
        id = new ClusterId(value);
        return parsed;
    }

    public byte[] ToArray() => Value.ToArray();

    public int CompareTo(ClusterId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}
