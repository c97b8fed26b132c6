namespace Dfs.Core.Primitives;

/// <summary>Counts the cluster's agreed epochs; what garbage collection measures age in, instead of any clock.</summary>
public readonly record struct Epoch(ulong Value) : IComparable<Epoch>
{
    /// <summary>The epoch that a cluster starts in.</summary>
    public static readonly Epoch First = new(1);

    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
