using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>How much of what a cluster holds has all its copies, summed over what its nodes have counted.</summary>
/// <remarks>
/// "Has" means: on a node that answers. What is on others is away, not lost: nothing here says that anything is gone.
/// </remarks>
/// <param name="IsCounted">Every member that answers has counted since the members and who answers last changed; else some numbers are older.</param>
/// <param name="PartitionsUnserved">Of 1,024: without a majority of the heads' replicas, so that their files can neither be read nor written.</param>
/// <param name="PartitionsUnwritable">Without a majority of the chunks' replicas: no chunk of theirs can be stored.</param>
/// <param name="PartitionsUnreadable">None of whose chunks' replicas answers: a chunk of theirs can be read only where one stood in.</param>
public sealed record Redundancy(
    bool IsCounted, CopyCount Chunks, HeadCount Heads, int PartitionsUnserved, int PartitionsUnwritable, int PartitionsUnreadable)
{
    public static readonly Redundancy Unknown = new(false, default, default, 0, 0, 0);

    /// <param name="here">Members of the layout that answer.</param>
    /// <param name="facts">What those have said; of members that do not answer, nothing counts.</param>
    public static Redundancy Of(Layout layout, IReadOnlySet<ReplicaId> here, IReadOnlyDictionary<ReplicaId, RepairFacts> facts)
    {
        var mark = CopyTally.MarkOf(here);
        var heard = here.Select(member => facts.GetValueOrDefault(member, RepairFacts.None)).ToList();
        var set = here.ToHashSet();
        return new Redundancy(
            heard.Count > 0 && heard.All(said => said.CountedUnder == layout.Number && said.CountedWith == mark),
            heard.Aggregate(default(CopyCount), (sum, said) => sum.Plus(said.Chunks)),
            heard.Aggregate(default(HeadCount), (sum, said) => sum.Plus(said.Heads)),
            PartitionId.All.Count(partition => !layout.QuorumOf(partition).IsMet(set)),
            PartitionId.All.Count(partition => !layout.ChunkQuorumOf(partition).IsMet(set)),
            PartitionId.All.Count(partition => !layout.ChunkReplicasOf(partition).Any(set.Contains)));
    }
}
