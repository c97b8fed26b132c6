using System.Collections.Immutable;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>Who decides about the registers of each partition, and whose rows are up to date.</summary>
/// <remarks>Made once for a layout and a set of replicas that answered; compared by reference.</remarks>
public sealed class Voters
{
    private readonly Group[][] _ofPartition = new Group[PartitionId.Count][];

    /// <param name="answered">Replicas whose rows are all known.</param>
    /// <param name="numberOf">What the table calls a replica.</param>
    public Voters(Layout layout, IReadOnlySet<ReplicaId> answered, Func<ReplicaId, ushort> numberOf)
    {
        (Number, Answered) = (layout.Number, answered);
        foreach (var partition in PartitionId.All)
        {
            _ofPartition[partition.Index] =
            [
                .. layout.QuorumOf(partition).Groups.Select(group => new Group(
                    [.. group.Where(answered.Contains).Select(numberOf)], QuorumSet.Majority(group.Length))),
            ];
        }
    }

    public LayoutNumber Number { get; }

    public IReadOnlySet<ReplicaId> Answered { get; }

    /// <summary>Whether a majority of each group of every partition has answered.</summary>
    public bool AreQuorums => _ofPartition.All(groups => groups.All(group => group.Present.Length >= group.Majority));

    /// <summary>Majorities of these groups decide; only those who are present count.</summary>
    internal ReadOnlySpan<Group> Of(PartitionId partition) => _ofPartition[partition.Index];

    internal readonly record struct Group(ImmutableArray<ushort> Present, int Majority);
}
