namespace Dfs.Core.Primitives;

/// <summary>Names one attempt to change a head, so that its proposer recognises it when an answer was lost.</summary>
public readonly record struct OperationId(Bytes16 Value) : IComparable<OperationId>
{
    public OperationId(ReadOnlySpan<byte> source)
        : this(new Bytes16(source)) { }

    public static bool TryParse(ReadOnlySpan<char> hex, out OperationId id)
    {
        var parsed = Bytes16.TryParse(hex, out var value);
        id = new OperationId(value);
        return parsed;
    }

    public byte[] ToArray() => Value.ToArray();

    public int CompareTo(OperationId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();
}
