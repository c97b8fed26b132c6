using System.Collections.Immutable;

namespace Akka.Cluster;

internal enum ClockOrder
{
    Same,
    Before,
    After,
    Concurrent,
}

/// <summary>Counts the changes that each node made to the gossip, so that two versions of it can be put in order.</summary>
/// <remarks>
/// Fidge, "Timestamps in Message-Passing Systems", 1988; Mattern, 1989. An absent entry counts as zero. Unlike theirs, entries
/// of nodes that left are pruned in the end, see <see cref="Gossip.Trim"/>.
/// </remarks>
internal sealed class VectorClock(ImmutableSortedDictionary<UniqueAddress, long> versions)
{
    public static readonly VectorClock Empty = new(ImmutableSortedDictionary<UniqueAddress, long>.Empty);

    public ImmutableSortedDictionary<UniqueAddress, long> Versions { get; } = versions;

    public VectorClock Increment(UniqueAddress node) =>
        new(Versions.SetItem(node, Versions.GetValueOrDefault(node) + 1));

    public VectorClock Merge(VectorClock that)
    {
        var merged = Versions.ToBuilder();
        foreach (var (node, version) in that.Versions)
        {
            merged[node] = Math.Max(version, Versions.GetValueOrDefault(node));
        }

        return new VectorClock(merged.ToImmutable());
    }

    public VectorClock Prune(IEnumerable<UniqueAddress> nodes)
    {
        var kept = Versions.RemoveRange(nodes);
        return ReferenceEquals(kept, Versions) ? this : new VectorClock(kept);
    }

    /// <summary>How this clock stands to the other: Before means that the other one knows all that this one does, and more.</summary>
    public ClockOrder CompareTo(VectorClock that)
    {
        var behind = that.Versions.Any(entry => entry.Value > Versions.GetValueOrDefault(entry.Key));
        var ahead = Versions.Any(entry => entry.Value > that.Versions.GetValueOrDefault(entry.Key));
        return (ahead, behind) switch
        {
            (false, false) => ClockOrder.Same,
            (true, false) => ClockOrder.After,
            (false, true) => ClockOrder.Before,
            _ => ClockOrder.Concurrent,
        };
    }

    public override string ToString() =>
        $"VectorClock({string.Join(", ", Versions.Select(entry => $"{entry.Key.Address}-{entry.Key.Uid} -> {entry.Value}"))})";
}
