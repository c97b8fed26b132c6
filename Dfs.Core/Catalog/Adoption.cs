namespace Dfs.Core.Catalog;

/// <summary>What became of a pulled row.</summary>
public enum AdoptionResult
{
    /// <summary>The replica has it, or something higher.</summary>
    Held,

    /// <summary>It may neither be taken nor left: a proposer must run an identity round (a read) over the register.</summary>
    NeedsIdentityRound,

    /// <summary>The value does not pass its check; what was pulled is not what a proposer sent.</summary>
    ValueRefused,
}

/// <summary>How a replica takes over what another one has: anti-entropy, and the pulls of a layout change.</summary>
public static class Adoption
{
    /// <param name="pulled">As another replica has it now.</param>
    /// <param name="heldByMajority">A majority was seen with exactly this accepted ballot: the value is chosen.</param>
    /// <param name="withPromises">
    /// In a layout change the promises must come along: a value that one old replica accepted at a high ballot, and
    /// that was never chosen, would otherwise come up above what the new replicas choose at a lower one.
    /// </param>
    /// <returns>The row to make durable, null when it stays as it is.</returns>
    public static (AdoptionResult Result, RegisterRow? Row) Take(
        AcceptorRows rows, RegisterRow pulled, bool heldByMajority, bool withPromises, ValueRules rules)
    {
        var own = rows.Register;
        var (result, row) = TakeValue(rows, pulled, heldByMajority, rules);
        row = row with { CounterFloor = Math.Max(row.CounterFloor, pulled.CounterFloor) };
        if (withPromises)
        {
            row = row with { Promise = Ballot.Max(row.Promise, pulled.Promise) };
        }

        return (result, row.Equals(own) ? null : row);
    }

    /// <summary>The partition's promises, for the pulls of a layout change; null when they stay as they are.</summary>
    public static PartitionRow? Take(PartitionRow own, PartitionRow pulled)
    {
        var merged = own with
        {
            Promise = Ballot.Max(own.Promise, pulled.Promise),
            Floor = Ballot.Max(own.Floor, pulled.Floor),
        };
        return merged == own ? null : merged;
    }

    private static (AdoptionResult Result, RegisterRow Row) TakeValue(
        AcceptorRows rows, RegisterRow pulled, bool heldByMajority, ValueRules rules)
    {
        var own = rows.Register;
        if (pulled.Accepted <= own.Accepted)
        {
            return (AdoptionResult.Held, own);
        }

        // As if the proposer's own message came late; below the promise only what is chosen anyway.
        if (pulled.Accepted < Acceptor.EffectivePromise(rows) && !heldByMajority)
        {
            return (AdoptionResult.NeedsIdentityRound, own);
        }

        if (Acceptor.Check(own, pulled.Value, rules.For(own.Key)) is not null)
        {
            return (AdoptionResult.ValueRefused, own);
        }

        return (AdoptionResult.Held, own with
        {
            Promise = Ballot.Max(own.Promise, pulled.Accepted),
            Accepted = pulled.Accepted,
            Value = pulled.Value,
        });
    }
}
