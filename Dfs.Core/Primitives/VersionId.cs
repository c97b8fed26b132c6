namespace Dfs.Core.Primitives;

/// <summary>Names one version of a file; random.</summary>
public readonly record struct VersionId(Bytes16 Value) : IComparable<VersionId>
{
    public VersionId(ReadOnlySpan<byte> source)
        : this(new Bytes16(source)) { }

    /// <summary>No version's own: in a request it means the file's null version, whichever that is.</summary>
    public static readonly VersionId Null = new(Enumerable.Repeat((byte)0xff, Bytes16.SizeBytes).ToArray());

    private const string NullText = "null";

    /// <summary>Reads 32 hexadecimal digits, or "null".</summary>
    public static bool TryParse(ReadOnlySpan<char> hex, out VersionId id)
    {
        if (hex.SequenceEqual(NullText))
        {
            id = Null;
            return true;
        }

        var parsed = Bytes16.TryParse(hex, out var value);
        id = new VersionId(value);
        return parsed;
    }

    public byte[] ToArray() => Value.ToArray();

    public int CompareTo(VersionId other) => Value.CompareTo(other.Value);

    public override string ToString() => this == Null ? NullText : Value.ToString();
}
