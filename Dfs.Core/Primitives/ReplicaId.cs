namespace Dfs.Core.Primitives;

/// <summary>Names a data directory, for as long as it keeps its promises; drawn at random when the directory is made.</summary>
public readonly record struct ReplicaId(Bytes16 Value) : IComparable<ReplicaId>
{
    public ReplicaId(ReadOnlySpan<byte> source)
        : this(new Bytes16(source)) { }

    public static bool TryParse(ReadOnlySpan<char> hex, out ReplicaId id)
    {
        var parsed = Bytes16.TryParse(hex, out var value);
        id = new ReplicaId(value);
        return parsed;
    }

    public byte[] ToArray() => Value.ToArray();

    public int CompareTo(ReplicaId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}
