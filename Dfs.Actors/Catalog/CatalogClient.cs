using System.Security.Cryptography;
using Akka.Actor;
using Dfs.Actors.Client;
using Dfs.Actors.Tracing;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Dfs.Storage.CatalogStore;
using static Dfs.Actors.Catalog.CatalogMessages;

namespace Dfs.Actors.Catalog;

/// <summary>Reads and changes registers for code that is not an actor.</summary>
/// <param name="proposer">This node's <see cref="ProposerActor"/>.</param>
/// <param name="local">Knows the epoch, and is told of newer ones.</param>
/// <param name="ended">Cancelled when the proposer's actor system has ended: nobody answers any more.</param>
public sealed class CatalogClient(IActorRef proposer, CatalogStore local, CancellationToken ended = default)
{
    /// <summary>What this node has seen of files; it outlives the actor system.</summary>
    public SeenHeads Seen { get; init; } = new();

    /// <summary>Cancelled when this node's actor system has ended.</summary>
    public CancellationToken Ended => ended;

    /// <summary>What refers to no new chunk is tried again under the newer epoch; two pass within the deadline only by hand.</summary>
    private const int EpochAttemptsMax = 4;

    /// <summary>The proposer answers within its own deadline; this is for one that is gone.</summary>
    private static readonly TimeSpan AnswerTimeout = ProposerTimes.Default.Deadline + TimeSpan.FromSeconds(5);

    /// <summary>One second, likewise, where a client waits.</summary>
    private static readonly TimeSpan AnswerGrace = AnswerBudget.EndTime / 2;

    /// <summary>Reads the chosen value of a file's register; linearizable.</summary>
    public Task<ProposerOutcome> ReadAsync(RegisterId register, CancellationToken cancellationToken) =>
        RunInEpochAsync(epoch => new RegisterOperation(FileRow(register), null, null, PartitionClaim.IfFree, epoch, Jitter()), cancellationToken);

    /// <summary>Changes a file's register to a value that refers to no chunk that the one before does not.</summary>
    public Task<ProposerOutcome> ChangeAsync(
        RegisterId register, OperationId? id, RegisterChange change, CancellationToken cancellationToken) =>
        RunInEpochAsync(epoch => new RegisterOperation(FileRow(register), id, change, PartitionClaim.IfFree, epoch, Jitter()), cancellationToken);

    /// <summary>Changes a file's register.</summary>
    /// <param name="id">Null for a change that is harmless twice.</param>
    /// <param name="change">May be asked more than once and must only compute.</param>
    /// <param name="epoch">Not above the pins of any chunk that the new value refers to and the one before does not.</param>
    public Task<ProposerOutcome> ChangeAsync(
        RegisterId register, OperationId? id, RegisterChange change, Epoch epoch, CancellationToken cancellationToken) =>
        RunAsync(new RegisterOperation(FileRow(register), id, change, PartitionClaim.IfFree, epoch, Jitter()), cancellationToken);

    /// <summary>Reads the chosen value of one of the cluster's own registers; linearizable.</summary>
    public Task<ProposerOutcome> ReadCouncilAsync(RowKey key, CancellationToken cancellationToken) =>
        RunAsync(new RegisterOperation(key, null, null, PartitionClaim.Never, Epoch.First, Jitter()), cancellationToken);

    /// <summary>Changes one of the cluster's own registers, whose writes are harmless twice.</summary>
    public Task<ProposerOutcome> ChangeCouncilAsync(RowKey key, RegisterChange change, CancellationToken cancellationToken) =>
        RunAsync(new RegisterOperation(key, null, change, PartitionClaim.Never, Epoch.First, Jitter()), cancellationToken);

    /// <summary>What is known of an operation that was tried before.</summary>
    /// <param name="mayBeDone">That try may have taken effect: one that was not answered does not say that it has not.</param>
    public static ProposerOutcome After(bool mayBeDone, ProposerOutcome outcome) => !mayBeDone ? outcome : outcome switch
    {
        Unavailable or NoRoom => new Indeterminate(),
        EpochPassed passed => passed with { MayHaveTakenEffect = true },
        ValueNotAllowed refused => refused with { MayHaveTakenEffect = true },
        _ => outcome,
    };

    private async Task<ProposerOutcome> RunInEpochAsync(Func<Epoch, RegisterOperation> operation, CancellationToken cancellationToken)
    {
        var mayBeDone = false;
        for (var attempt = 1; ; attempt++)
        {
            var outcome = After(mayBeDone, await RunAsync(operation(local.Epoch), cancellationToken));
            mayBeDone = outcome is EpochPassed { MayHaveTakenEffect: true };
            if (outcome is not EpochPassed || attempt == EpochAttemptsMax)
            {
                return outcome;
            }
        }
    }

    private async Task<ProposerOutcome> RunAsync(RegisterOperation operation, CancellationToken cancellationToken)
    {
        var budget = RequestBudget.Current;
        if (budget?.StepTime is not { } within)
        {
            return await RunAsync(operation, null, AnswerTimeout, cancellationToken);
        }

        if (within == TimeSpan.Zero)
        {
            // Not sent off, so that is certain.
            return new Unavailable();
        }

        if (operation.Change is null)
        {
            return await RunAsync(operation, within, within + AnswerGrace, cancellationToken);
        }

        budget.Propose();
        var outcome = await RunAsync(operation, within, within + AnswerGrace, cancellationToken);
        budget.End(outcome);
        return outcome;
    }

    /// <param name="within">For the proposer; null: its own deadline.</param>
    private async Task<ProposerOutcome> RunAsync(
        RegisterOperation operation, TimeSpan? within, TimeSpan answerTimeout, CancellationToken cancellationToken)
    {
        using var span = Spans.Begin(operation.Change is null ? "head read" : "head change");
        var seen = operation.Key.IsCouncil ? 0 : Seen.Before(operation.Key.Register);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ended);
        try
        {
            operation = operation.Change is { } change ? operation with { Change = SeenHeads.Guard(seen, change) } : operation;
            var outcome = (await proposer.Ask<OperationEnded>(new RunOperation(operation) { Trace = Spans.Current, Within = within }, answerTimeout, either.Token)).Outcome;
            if (outcome is EpochPassed passed && EpochFact.CanBe(passed.Current, local.Epoch))
            {
                await local.RaiseEpochAsync(passed.Current);
            }

            outcome = operation.Key.IsCouncil ? outcome : Seen.Judge(operation.Key.Register, seen, outcome);
            span?.End(outcome.GetType().Name.ToLowerInvariant(), outcome is Unavailable or Indeterminate or NoRoom or WentBack);
            return outcome;
        }
        catch (Exception error) when (error is AskTimeoutException || (error is OperationCanceledException && ended.IsCancellationRequested))
        {
            return operation.Change is null ? new Unavailable() : new Indeterminate();
        }
    }

    private static RowKey FileRow(RegisterId register) => new(false, register);

    private static uint Jitter() => (uint)RandomNumberGenerator.GetInt32(int.MaxValue);
}
