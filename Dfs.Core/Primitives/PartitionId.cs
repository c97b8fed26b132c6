namespace Dfs.Core.Primitives;

/// <summary>A slice of the id space, the unit of placement: the first ten bits of an id.</summary>
public readonly record struct PartitionId : IComparable<PartitionId>
{
    /// <summary>1,024: fine enough to spread over a hundred nodes, few enough for a table in every message's reach.</summary>
    public const int Count = 1024;

    public PartitionId(int index)
    {
        Invariant.Holds(index is >= 0 and < Count, $"a partition is below {Count} ({index})");
        Index = index;
    }

    public int Index { get; }

    public static IEnumerable<PartitionId> All => Enumerable.Range(0, Count).Select(index => new PartitionId(index));

    public static PartitionId Of(Bytes32 id) => new(id.Prefix16 >> 6);

    public int CompareTo(PartitionId other) => Index.CompareTo(other.Index);

    public override string ToString() => Index.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
