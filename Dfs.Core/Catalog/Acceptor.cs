using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using static Dfs.Core.Catalog.CatalogProtocol;

namespace Dfs.Core.Catalog;

/// <summary>The rows that a request is about.</summary>
public sealed record AcceptorRows(PartitionRow Partition, RegisterRow Register);

/// <summary>What the replica knows besides its rows.</summary>
/// <param name="Layout">The highest that it has made durable; null before the first.</param>
public sealed record ReplicaFacts(ReplicaId Self, Layout? Layout, Epoch Epoch);

/// <summary>An answer, and the rows that must be durable before it is given; null: unchanged.</summary>
public sealed record AcceptorStep(Reply Reply, RegisterRow? Register = null, PartitionRow? Partition = null);

/// <summary>A replica's side of CASPaxos (Rystsov, arXiv 1802.07000): rows and a request in, rows and an answer out.</summary>
/// <remarks>
/// Pure. The effective promise of a register is the highest of its own, its partition's and the partition's ballot
/// floor. Where it differs from the paper: a promise may cover a partition, an accept promises the ballot's next, and
/// a removed register leaves a floor behind instead of a tombstone.
/// </remarks>
public static class Acceptor
{
    /// <param name="sender">Whose connection brought the request; ballots must be its own.</param>
    /// <param name="rules">For heads; the council's registers have rules of their own.</param>
    public static AcceptorStep Handle(
        AcceptorRows rows, Request request, ReplicaId sender, ReplicaFacts facts, ValueRules rules) =>
        Refusal(request.Header, facts) is { } refusal
            ? new(refusal)
            : request switch
            {
                Read => new(new Current(State(rows))),
                Prepare prepare => BallotRefusal(rows, prepare.Ballot, sender, facts) is { } refused
                    ? new(refused)
                    : HandlePrepare(rows, prepare),
                Accept accept => BallotRefusal(rows, accept.Ballot, sender, facts) is { } refused
                    ? new(refused)
                    : HandleAccept(rows, accept, facts, rules.For(request.Header.Key)),
                Drop drop => HandleDrop(rows, drop, facts, rules),
                _ => throw new InvariantException($"a request is one of four ({request.GetType().Name})"),
            };

    /// <summary>The register as an answer shows it.</summary>
    public static RegisterState State(AcceptorRows rows) => new(
        EffectivePromise(rows), rows.Partition.Promise, rows.Partition.Floor,
        rows.Register.Accepted, rows.Register.Value, rows.Register.CounterFloor);

    internal static Ballot EffectivePromise(AcceptorRows rows) => Ballot.Max(
        rows.Register.Promise, Ballot.Max(rows.Partition.Promise, rows.Partition.Floor));

    private static Refusal? Refusal(Header header, ReplicaFacts facts)
    {
        if (facts.Layout is not { } layout || layout.Number != header.Layout)
        {
            return new LayoutRefused(facts.Layout?.Number ?? LayoutNumber.None);
        }

        return Voters(layout, header.Key).Contains(facts.Self) ? null : new NotReplica();
    }

    // A council decides the layout that comes next and no other one: what the council before it has decided would be decided twice.
    private static IEnumerable<ReplicaId> Voters(Layout layout, RowKey key) =>
        !key.IsCouncil ? layout.ReplicasOf(key.Partition)
        : key == CouncilRegisters.Layout(layout.Cluster, layout.Number.Next) ? layout.Council
        : [];

    private static SenderRefused? BallotRefusal(AcceptorRows rows, Ballot ballot, ReplicaId sender, ReplicaFacts facts) =>
        ballot.Replica != sender ? new("The ballot is another's.")
        : ballot.Start < (facts.Layout!.Find(sender)?.StartFloor ?? 0) ? new("The ballot is of an earlier start.")
        : ballot.IsWithinBounds(EffectivePromise(rows)) ? null
        : new("The ballot is out of bounds.");

    private static AcceptorStep HandlePrepare(AcceptorRows rows, Prepare prepare)
    {
        if (prepare.Scope == PrepareScope.Register)
        {
            return prepare.Ballot < EffectivePromise(rows)
                ? new(Refused(rows))
                : Promise(rows, rows with { Register = rows.Register with { Promise = prepare.Ballot } });
        }

        var partition = rows.Partition;
        if (prepare.Header.Key.IsCouncil)
        {
            return new(new SenderRefused("The council's registers have no partition."));
        }

        if (prepare.Scope == PrepareScope.PartitionIfFree
            && partition.Promise != Ballot.None && partition.Promise.Replica != prepare.Ballot.Replica)
        {
            return new(new PartitionHeld(partition.Promise));
        }

        return prepare.Ballot < Ballot.Max(partition.Promise, partition.Floor)
            ? new(Refused(rows))
            : Promise(rows, rows with { Partition = partition with { Promise = prepare.Ballot } });
    }

    private static AcceptorStep Promise(AcceptorRows before, AcceptorRows after) => new(
        new Promised(State(after)),
        after.Register.Promise == before.Register.Promise ? null : after.Register,
        after.Partition.Promise == before.Partition.Promise ? null : after.Partition);

    private static AcceptorStep HandleAccept(AcceptorRows rows, Accept accept, ReplicaFacts facts, ValueRules rules)
    {
        if (accept.Ballot == rows.Register.Accepted)
        {
            return new(new Accepted(accept.Ballot));
        }

        if (accept.Ballot < EffectivePromise(rows))
        {
            return new(Refused(rows));
        }

        // Two epochs old: the pins of the chunks that the value refers to may be gone. The council's refer to none.
        if (!accept.Header.Key.IsCouncil && accept.Header.Epoch.Value + 1 < facts.Epoch.Value)
        {
            return new(new EpochRefused(facts.Epoch));
        }

        return Check(BesideTombstone(rows.Register, accept.Value, rules), accept.Value, rules) is { } refusal
            ? new(new ValueRefused(refusal))
            : new(new Accepted(accept.Ballot), rows.Register with
            {
                Promise = accept.Ballot.Next,
                Accepted = accept.Ballot,
                Value = accept.Value,
            });
    }

    // A tombstone may stand at the floor that it left, and says the same. While a drop has not reached every replica, a read that meets one that
    // has the tombstone writes it again: refused, nobody could read the register, or list its bucket, until all replicas answer.
    private static RegisterRow BesideTombstone(RegisterRow row, ReadOnlyMemory<byte> value, ValueRules rules) =>
        row is { HasValue: false, CounterFloor: > 0 } && rules.IsTombstone(value) ? row with { CounterFloor = row.CounterFloor - 1 } : row;

    /// <summary>Whether the replica may take the value where it has what it has.</summary>
    internal static TransitionRefusal? Check(RegisterRow row, ReadOnlyMemory<byte> value, ValueRules rules)
    {
        if (value.Length is 0 or > RegisterRow.ValueBytesMax)
        {
            return new("size", $"A value has 1 to {RegisterRow.ValueBytesMax} bytes; this one has {value.Length}.");
        }

        // Nothing accepted and a floor: the register was removed, and what came before must not come again.
        if (!row.HasValue && row.CounterFloor > 0 && rules.Counter(value) <= row.CounterFloor)
        {
            return new("counter", $"The register was removed at {row.CounterFloor}; this is {rules.Counter(value)}.");
        }

        // Named, because a bare null would become empty memory.
        return rules.Check(row.Key.Register, row.HasValue ? row.Value : default(ReadOnlyMemory<byte>?), value);
    }

    private static AcceptorStep HandleDrop(AcceptorRows rows, Drop drop, ReplicaFacts facts, ValueRules rules)
    {
        var row = rows.Register;
        if (facts.Layout!.IsJoint || row.Key.IsCouncil)
        {
            return new(new SenderRefused("Nothing is dropped while a layout is joint, and nothing of the council's."));
        }

        if (!row.HasValue && rows.Partition.Floor > drop.Tombstone)
        {
            return new(new Dropped());
        }

        if (row.Accepted != drop.Tombstone || !rules.IsTombstone(row.Value))
        {
            return new(Refused(rows));
        }

        // The floor takes over the row's promise too: a promise must not vanish with its row.
        var floor = Ballot.Max(rows.Partition.Floor, Ballot.Max(row.Promise, drop.Tombstone.Next));
        return new(
            new Dropped(),
            RegisterRow.Absent(row.Key) with { CounterFloor = Math.Max(row.CounterFloor, rules.Counter(row.Value)) },
            rows.Partition with { Floor = floor });
    }

    private static BallotRefused Refused(AcceptorRows rows) => new(EffectivePromise(rows), rows.Partition.Promise);
}
