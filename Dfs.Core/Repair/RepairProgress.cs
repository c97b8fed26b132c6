using Dfs.Core.Membership;

namespace Dfs.Core.Repair;

/// <summary>What the repair of a whole cluster is doing, summed over its nodes that answer.</summary>
/// <param name="State">idle, comparing, moving (a layout change), or paused.</param>
/// <param name="PartitionsLeft">Of the node that has the most left.</param>
/// <param name="LeftCopies">That replicas do not have yet which answer, as they were counted last.</param>
/// <param name="BytesPerSecond">Over the last ten seconds, of all nodes.</param>
/// <param name="SecondsLeft">Null while it cannot be known: copies are still being counted, or nothing has moved for ten seconds.</param>
/// <param name="MovedBytes">Since the nodes' starts.</param>
/// <param name="Damaged">Damaged or lost chunks that are yet to be pulled from another node.</param>
/// <param name="Unhealed">Of which no node that answered had an intact copy.</param>
/// <param name="Quarantined">Damaged copies that were moved aside.</param>
public sealed record RepairProgress(
    string State, int PartitionsLeft, long LeftCopies, long LeftBytes, long BytesPerSecond, double? SecondsLeft, long MovedBytes,
    long Damaged, long Unhealed, long Healed, long Quarantined)
{
    public static readonly RepairProgress None = new("idle", 0, 0, 0, 0, null, 0, 0, 0, 0, 0);

    /// <param name="facts">Of the nodes that answer.</param>
    public static RepairProgress Of(Redundancy redundancy, IReadOnlyCollection<RepairFacts> facts)
    {
        var (left, rate) = (redundancy.Chunks.MissingBytes, facts.Sum(said => said.BytesPerSecond));
        return new RepairProgress(
            facts.Aggregate(default(RepairOrder), (order, said) => order.Merge(said.Order)).IsPaused ? "paused"
                : facts.Any(said => said.Phase == RepairPhase.Moving) ? "moving" : facts.Any(said => said.Phase == RepairPhase.Comparing) ? "comparing" : "idle",
            facts.Select(said => said.PartitionsLeft).DefaultIfEmpty().Max(),
            redundancy.Chunks.Missing, left, rate,
            !redundancy.IsCounted ? null : left == 0 ? 0 : rate > 0 ? (double)left / rate : null,
            facts.Sum(said => said.MovedBytes), facts.Sum(said => said.Damaged), facts.Sum(said => said.Unhealed),
            facts.Sum(said => said.Healed), facts.Sum(said => said.Quarantined));
    }
}
