using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>What a replica shows of a register, compared with a row that another directory kept when it left.</summary>
public enum KeptVerdict
{
    /// <summary>It has the very value.</summary>
    Same,

    /// <summary>It has a later one, or knows that the register was removed later.</summary>
    Newer,

    /// <summary>It has less, and may take the row: it has promised nothing above it.</summary>
    Missing,

    /// <summary>It has something else, shows no value that it may have, or has promised a higher ballot.</summary>
    Apart,
}

/// <summary>When a row of a partition that a directory has left may go, and when it is given to the partition's replicas.</summary>
/// <remarks>
/// Pure. That a layout was decided says that a majority reported to have pulled; a report is a member's word. A kept row goes by what each replica
/// shows itself, over its own connection: the signed value, not that it has one. As a chunk's (<see cref="StrayRule"/>), it needs all of them.
/// A row is handed back as if its proposer's own message came late, so only where a majority has promised nothing above it: those that pulled
/// have the old replicas' promises, and refuse what was given up, or removed since.
/// </remarks>
public static class KeptRule
{
    /// <param name="shown">The replica's row, and its promises for the partition.</param>
    public static KeptVerdict Judge(RegisterRow kept, AcceptorRows shown, ValueRules rules)
    {
        var own = shown.Register;
        if (kept.HasValue && own.Accepted == kept.Accepted)
        {
            return own.Value.Span.SequenceEqual(kept.Value.Span) ? KeptVerdict.Same : KeptVerdict.Apart;
        }

        // Named, because a bare null would become empty memory.
        if (own.HasValue && rules.Check(own.Key.Register, kept.HasValue ? kept.Value : default(ReadOnlyMemory<byte>?), own.Value) is not null)
        {
            return KeptVerdict.Apart;
        }

        var (counter, known) = (CounterOf(kept, rules), CounterOf(own, rules));
        var isNewer = known > counter
            || (counter > 0 && own.CounterFloor >= counter)
            || (known == counter && own.Accepted >= kept.Accepted);
        return isNewer ? KeptVerdict.Newer
            : known <= counter && own.Accepted <= kept.Accepted && (!kept.HasValue || Acceptor.EffectivePromise(shown) <= kept.Accepted) ? KeptVerdict.Missing
            : KeptVerdict.Apart;
    }

    /// <param name="shown">What each replica has shown under this layout's number; who did not answer is left out.</param>
    public static bool MayForget(Layout layout, PartitionId partition, IReadOnlyDictionary<ReplicaId, KeptVerdict> shown) =>
        !layout.IsJoint
        && layout.ReplicasOf(partition).All(replica => shown.TryGetValue(replica, out var verdict) && verdict is KeptVerdict.Same or KeptVerdict.Newer);

    /// <summary>Whether those that miss the row are to be given it.</summary>
    /// <inheritdoc cref="MayForget"/>
    public static bool MayHandBack(Layout layout, PartitionId partition, IReadOnlyDictionary<ReplicaId, KeptVerdict> shown)
    {
        var verdicts = layout.ReplicasOf(partition).Where(shown.ContainsKey).Select(replica => shown[replica]).ToList();
        return !layout.IsJoint
            && verdicts.Contains(KeptVerdict.Missing)
            && !verdicts.Contains(KeptVerdict.Newer)
            && verdicts.Count(verdict => verdict is KeptVerdict.Same or KeptVerdict.Missing) >= QuorumSet.Majority(layout.ReplicasOf(partition).Count);
    }

    /// <summary>The other side: what a replica makes of a row that is handed back to it.</summary>
    /// <returns>Null when it stays as it is: nobody brings an older value back this way.</returns>
    public static RegisterRow? Take(AcceptorRows rows, RegisterRow offered, ValueRules rules)
    {
        if (Judge(offered, rows, rules) != KeptVerdict.Missing || (offered.HasValue && !offered.Accepted.IsWithinBounds(Acceptor.EffectivePromise(rows))))
        {
            return null;
        }

        var (result, row) = Adoption.Take(rows, offered, heldByMajority: false, withPromises: false, rules);
        return result == AdoptionResult.Held ? row : null;
    }

    private static ulong CounterOf(RegisterRow row, ValueRules rules) => Math.Max(row.CounterFloor, row.HasValue ? rules.Counter(row.Value) : 0);
}
