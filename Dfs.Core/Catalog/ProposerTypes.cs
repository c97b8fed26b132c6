using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>A register's value as a change sees it; null when absent.</summary>
/// <param name="CounterFloor">A value for an absent register must count from above.</param>
public sealed record RegisterView(ReadOnlyMemory<byte>? Value, ulong CounterFloor);

/// <summary>What a change makes of the current value. May be asked again with a newer one.</summary>
public delegate ChangeDecision RegisterChange(RegisterView current);

public abstract record ChangeDecision;

/// <summary>The value must name the operation among its last ones.</summary>
public sealed record WriteValue(ReadOnlyMemory<byte> Value) : ChangeDecision;

/// <summary>As <see cref="WriteValue"/>, once the draft is finished; what an overtaken attempt drafted is dropped.</summary>
public sealed record WriteDraft(IValueDraft Draft) : ChangeDecision;

/// <summary>A value but for what takes too long to wait for, such as a signature that many values share.</summary>
public interface IValueDraft
{
    Task<ReadOnlyMemory<byte>> FinishAsync();
}

/// <summary>Nothing is to be written; the reason goes back to who asked.</summary>
public sealed record RefuseChange(object Reason) : ChangeDecision;

/// <summary>How a proposer that holds nothing yet may treat the partition's promise.</summary>
public enum PartitionClaim
{
    /// <summary>One round for this register alone; the council's registers always do.</summary>
    Never,
    IfFree,

    /// <summary>When its holder is gone or did not answer.</summary>
    TakeOver,

    /// <summary>Asks for the partition's promise where it is free, in one round, and for nothing else; no register is read or written.</summary>
    Ahead,
}

/// <summary>One read or change of one register.</summary>
/// <param name="Id">Null when doing it twice is the same as once: then it is not looked for among a value's operations.</param>
/// <param name="Change">Null to read.</param>
/// <param name="Jitter">Random; spreads the retries of proposers that met.</param>
public sealed record RegisterOperation(
    RowKey Key, OperationId? Id, RegisterChange? Change, PartitionClaim Claim, Epoch Epoch, uint Jitter);

/// <param name="RoundTimeout">How long a round waits for its quorum before the next is tried.</param>
/// <param name="ReadPatience">How long a read waits for the rest, once a quorum differs, before it writes back.</param>
/// <param name="Deadline">When the caller gets its answer at the latest.</param>
public sealed record ProposerTimes(
    TimeSpan RoundTimeout, TimeSpan ReadPatience, TimeSpan BackoffMin, TimeSpan BackoffMax, TimeSpan Deadline)
{
    public static readonly ProposerTimes Default = new(
        TimeSpan.FromMilliseconds(300),
        TimeSpan.FromMilliseconds(10),
        TimeSpan.FromMilliseconds(5),
        TimeSpan.FromMilliseconds(200),
        TimeSpan.FromSeconds(5));
}

/// <summary>What the shell does for a proposer.</summary>
public abstract record ProposerEffect;

/// <summary>The answer comes back with the same attempt.</summary>
public sealed record SendRequest(ReplicaId To, CatalogProtocol.Request Request, int Attempt) : ProposerEffect;

/// <summary>Comes back with the same attempt; one that is not waited for any more is ignored.</summary>
public sealed record SetTimer(TimeSpan Delay, int Attempt) : ProposerEffect;

/// <summary>Finish the draft, beside everything else, and call <c>OnFinished</c> with the same attempt.</summary>
public sealed record FinishDraft(IValueDraft Draft, int Attempt) : ProposerEffect;

/// <summary>A replica knows a higher number: learn that layout, then call <c>OnLayout</c>.</summary>
public sealed record LearnLayout(ReplicaId From, LayoutNumber Number) : ProposerEffect;

/// <summary>A replica does not know this number yet: send it the layout.</summary>
public sealed record TeachLayout(ReplicaId To) : ProposerEffect;

/// <summary>The last effect.</summary>
/// <param name="Attempt">In which it ended.</param>
public sealed record Finished(ProposerOutcome Outcome, int Attempt) : ProposerEffect
{
    /// <summary>Replicas that have not said yet that they accepted what is chosen now; empty when nothing was written.</summary>
    public IReadOnlyList<ReplicaId> Behind { get; init; } = [];
}

public abstract record ProposerOutcome;

/// <param name="Accepted">The chosen ballot; none when absent.</param>
public sealed record ReadDone(RegisterView View, Ballot Accepted) : ProposerOutcome;

/// <param name="Value">Chosen, with the operation among its last ones.</param>
public sealed record ChangeDone(ReadOnlyMemory<byte> Value, Ballot Accepted) : ProposerOutcome;

/// <summary>The change itself refused, over a value that is chosen; nothing was written.</summary>
public sealed record ChangeRefused(object Reason, RegisterView View) : ProposerOutcome;

/// <summary>Too many replicas refused the value itself.</summary>
/// <param name="MayHaveTakenEffect">True: treat as <see cref="Indeterminate"/>.</param>
public sealed record ValueNotAllowed(TransitionRefusal Reason, bool MayHaveTakenEffect) : ProposerOutcome;

/// <summary>What the replicas gave as chosen is older than what this node has seen: some of them lie, disks were put back from a copy, or are lost.</summary>
/// <param name="Seen">The counter that was seen.</param>
/// <param name="Found">The one that was given; of an absent register the one at which it was removed, 0 when nobody knows of a removal.</param>
/// <param name="IsAbsent">They say that there is none.</param>
public sealed record WentBack(ulong Seen, ulong Found, bool IsAbsent = false) : ProposerOutcome
{
    /// <summary>Holds what a quorum showed after an operation had begun against what was seen before it began.</summary>
    /// <remarks>
    /// No false alarm: what was seen was chosen, so each quorum after it has a replica that had it. That one has it still, or a later value, which counts
    /// from above; or it has dropped a later tombstone, and keeps its counter for good, as whoever pulls from it does. docs/threat-model.md, "Age".
    /// </remarks>
    /// <param name="seen">0 when nothing was.</param>
    /// <param name="counterOf">Of a value; the highest of all for one that has none.</param>
    /// <returns>Null when it is as new, or newer.</returns>
    public static WentBack? Of(ulong seen, RegisterView view, Func<ReadOnlyMemory<byte>, ulong> counterOf)
    {
        var found = view.Value is { } value ? counterOf(value) : view.CounterFloor;
        return found < seen ? new WentBack(seen, found, view.Value is null) : null;
    }
}

/// <summary>The pins are too old: pin again at this epoch, then start again with the same operation id.</summary>
/// <param name="MayHaveTakenEffect">Starting again finds out, by the operation id.</param>
public sealed record EpochPassed(Epoch Current, bool MayHaveTakenEffect) : ProposerOutcome;

/// <summary>The partition is promised to this node: of an operation that asked for nothing else.</summary>
public sealed record PartitionClaimed : ProposerOutcome;

/// <summary>No quorum answered in time; nothing was or will be written.</summary>
public sealed record Unavailable : ProposerOutcome
{
    /// <summary>Names of replicas that could not be reached then, for people.</summary>
    public IReadOnlyList<string> Away { get; init; } = [];
}

/// <summary>The disks of so many replicas are full that no quorum is left; nothing was or will be written.</summary>
public sealed record NoRoom : ProposerOutcome;

/// <summary>The change may have taken effect, or may yet; never say that it failed.</summary>
public sealed record Indeterminate : ProposerOutcome;

/// <summary>The proposer, the leases and the effects after an input.</summary>
public sealed record ProposerStep(Proposer Proposer, PartitionLeases Leases, IReadOnlyList<ProposerEffect> Effects);

/// <summary>Under which layout a proposer counts: only answers under one number make a quorum.</summary>
public sealed record ProposerGround(LayoutNumber Number, QuorumSet Quorum)
{
    public static ProposerGround Of(Layout layout, RowKey key) =>
        new(layout.Number, key.IsCouncil ? layout.CouncilQuorum : layout.QuorumOf(key.Partition));
}
