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

        var first = answers[replicas[0]];
        var allShowIt = replicas.All(replica => answers[replica].Accepted == first.Accepted);
        return allShowIt && first.Accepted != Ballot.None && rules.IsTombstone(first.Value) ? first.Accepted : null;
    }
}
