using System.Collections.Immutable;
using Dfs.Core.Primitives;
using static Dfs.Core.Catalog.CatalogProtocol;

namespace Dfs.Core.Catalog;

/// <summary>A proposer's side of CASPaxos: carries one operation on one register to its outcome.</summary>
/// <remarks>
/// Pure: answers and timers in, messages out; the shell keeps one <see cref="PartitionLeases"/> for all its
/// operations and runs those on one register one after the other.
/// The ways to a write, cheapest first: a register's lease (accept at once); the partition's promise (read what a
/// majority that promised has accepted, then accept); a prepare for the partition, or for the register when another
/// holds the partition. After a refusal or a timeout always the last, at a higher round.
/// Three things here are easy to get wrong. An accept without an answer may be chosen later: until its
/// round was superseded by a chosen one, nothing but "indeterminate" may be said of it (<see cref="Fate"/>). A refusal by the change
/// rests on a value, so that value must be chosen first. And the reads under a partition's promise are no fence
/// against this node's own lost accepts, so an operation that ends in doubt gives the promise up.
/// </remarks>
public sealed partial record Proposer
{
    /// <summary>The attempt of the deadline's timer.</summary>
    public const int DeadlineAttempt = 0;

    private enum Phase
    {
        Reading,
        Touching,
        Claiming,
        Preparing,
        Finishing,
        Accepting,
        BackingOff,
        LearningLayout,
        Ended,
    }

    /// <summary>The lowest ballot at which the operation's own value was sent off, and what it was made from.</summary>
    private sealed record Fate(Ballot Lowest, ReadOnlyMemory<byte>? Base);

    /// <summary>What is being accepted, and what is said when it is.</summary>
    private sealed record Intent(ReadOnlyMemory<byte> Value, ulong CounterFloor, ProposerOutcome Outcome);

    private Proposer(RegisterOperation operation, ProposerGround ground, ProposerTimes times, ValueRules rules) =>
        (Operation, Ground, Times, Rules) = (operation, ground, times, rules);

    public RegisterOperation Operation { get; }

    public bool HasEnded => Now == Phase.Ended;

    private ProposerTimes Times { get; }

    private ValueRules Rules { get; }

    private ProposerGround Ground { get; init; }

    private Phase Now { get; init; }

    private int Attempt { get; init; }

    private int Retries { get; init; }

    private ulong RoundSeen { get; init; }

    private Ballot Ballot { get; init; }

    private Fate? Doubt { get; init; }

    private Intent? Pending { get; init; }

    /// <summary>What the draft that is being finished was made from.</summary>
    private RegisterView? DraftedFrom { get; init; }

    private ImmutableSortedDictionary<ReplicaId, Reply> Replies { get; init; } =
        ImmutableSortedDictionary<ReplicaId, Reply>.Empty;

    private RowKey Key => Operation.Key;

    public static ProposerStep Start(
        RegisterOperation operation, ProposerGround ground, ProposerTimes times, ValueRules rules, PartitionLeases leases)
    {
        var kept = rules.For(operation.Key);
        var run = new Run(new Proposer(operation, ground, times, kept), leases);
        run.Effects.Add(new SetTimer(times.Deadline, DeadlineAttempt));
        run.Begin();
        return run.ToStep();
    }

    public ProposerStep OnReply(PartitionLeases leases, ReplicaId from, int attempt, Reply reply)
    {
        var run = new Run(this, leases);
        if (attempt == Attempt && !HasEnded && Ground.Quorum.Replicas.Contains(from))
        {
            run.Take(from, reply);
        }

        return run.ToStep();
    }

    /// <summary>Proposes a finished draft; one of an attempt that was overtaken meanwhile is dropped.</summary>
    public ProposerStep OnFinished(PartitionLeases leases, int attempt, ReadOnlyMemory<byte> value)
    {
        var run = new Run(this, leases);
        if (attempt == Attempt && Now == Phase.Finishing)
        {
            run.TakeFinished(value);
        }

        return run.ToStep();
    }

    public ProposerStep OnTimer(PartitionLeases leases, int attempt)
    {
        var run = new Run(this, leases);
        if (attempt == DeadlineAttempt && !HasEnded)
        {
            run.EndWithoutAnswer();
        }
        else if (attempt == Attempt && !HasEnded)
        {
            run.TakeTimer();
        }

        return run.ToStep();
    }

    /// <summary>Goes on under a higher number; the leases must be under it already. What was asked of a council ends: another one follows on it.</summary>
    public ProposerStep OnLayout(PartitionLeases leases, ProposerGround ground)
    {
        var run = new Run(this, leases);
        if (ground.Number.CompareTo(Ground.Number) > 0 && !HasEnded)
        {
            run.GoOnUnder(ground);
        }

        return run.ToStep();
    }
}
