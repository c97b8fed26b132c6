namespace Dfs.Core.Primitives;

/// <summary>Orders the layouts of a cluster; a request under a lower number than a replica knows is refused.</summary>
public readonly record struct LayoutNumber(ulong Value) : IComparable<LayoutNumber>
{
    /// <summary>No layout yet: the directory is not part of a cluster.</summary>
    public static readonly LayoutNumber None;

    public LayoutNumber Next => new(Value + 1);

    public int CompareTo(LayoutNumber other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
