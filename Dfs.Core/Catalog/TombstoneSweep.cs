using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>When a removed register's tombstone may be dropped.</summary>
public static class TombstoneSweep
{
    /// <param name="answers">What each replica answered to a read under this layout's number.</param>
    /// <returns>The ballot to send with every drop; null while some replica has not confirmed it.</returns>
    public static Ballot? MayDrop(
        Layout layout, RowKey key, IReadOnlyDictionary<ReplicaId, RegisterState> answers, ValueRules rules)
    {
        var replicas = layout.ReplicasOf(key.Partition);
        if (layout.IsJoint || key.IsCouncil || !replicas.All(answers.ContainsKey))
        {
            return null;
        }

        var holding = replicas.Select(replica => answers[replica]).Where(state => state.Accepted != Ballot.None).ToList();
        if (holding.Count == 0 || !rules.IsTombstone(holding[0].Value) || holding.Any(state => state.Accepted != holding[0].Accepted))
        {
            return null;
        }

        // A replica that has dropped it remembers its counter: a drop that did not reach all is finished.
        var counter = rules.Counter(holding[0].Value);
        return replicas.All(replica => answers[replica] is var state
            && (state.Accepted != Ballot.None || (counter > 0 && state.CounterFloor >= counter)))
            ? holding[0].Accepted
            : null;
    }
}
