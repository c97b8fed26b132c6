namespace Dfs.Core.Primitives;

/// <summary>Names one version of a file; random.</summary>
public readonly record struct VersionId(Bytes16 Value) : IComparable<VersionId>
{
    public VersionId(ReadOnlySpan<byte> source)
        : this(new Bytes16(source)) { }

    public static bool TryParse(ReadOnlySpan<char> hex, out VersionId id)
    {
        var parsed = Bytes16.TryParse(hex, out var value);
        id = new VersionId(value);
        return parsed;
    }

    public byte[] ToArray() => Value.ToArray();

    public int CompareTo(VersionId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}
