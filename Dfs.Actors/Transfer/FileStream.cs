using Akka.Actor;
using Akka.Event;
using Akka.Streams;
using Dfs.Actors.Client;
using Dfs.Actors.Tracing;
using Dfs.Client;
using Dfs.Core.Primitives;
using static Dfs.Actors.Transfer.TransferProtocol;

namespace Dfs.Actors.Transfer;

/// <summary>One transfer: runs its stream, answers who asked, and is gone.</summary>
/// <remarks>
/// Child of <see cref="TransferSupervisor"/>. The stream is materialized in this actor's context, so that it ends with
/// it; whatever ends it, the memory is given back and who asked gets an answer. Leaves no debris but chunks that
/// nothing refers to, which garbage collection takes.
/// </remarks>
public sealed class FileStream : UntypedActor
{
    private readonly TransferOptions _options;
    private readonly ActorMaterializerSettings _streams;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopped = new();
    private TransferRequest? _request;
    private PutTransfer? _put;

    public FileStream(TransferOptions options, ActorMaterializerSettings streams) => (_options, _streams) = (options, streams);

    public static Props Props(TransferOptions options, ActorMaterializerSettings streams) =>
        Akka.Actor.Props.Create(() => new FileStream(options, streams));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case StartPut put: Run(put, PutAsync(put)); break;
            case StartGet get: Run(get, GetAsync(get)); break;
            case Materialize ask: ask.Answer.TrySetResult(Context.Materializer(_streams)); break;
            case Ended: Context.Stop(Self); break;
            case Status.Failure failure: throw new InvariantException($"a transfer's failure is an answer: {failure.Cause}");
            default: Unhandled(message); break;
        }
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
        // What was proposed may be chosen yet, whoever answers.
        _request?.Refuse(
            _put is { HasProposed: true } ? DfsOutcome.Indeterminate : DfsOutcome.NotReady, NodeStopped);
    }

    private void Run(TransferRequest request, Task work)
    {
        _request = request;
        _ = work.PipeTo(Self, success: () => Ended.Instance);
    }

    private async Task PutAsync(StartPut put)
    {
        var self = Self;
        using var span = Spans.Begin("transfer", put.Trace);
        using var budget = RequestBudget.Enter(put.Budget);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(put.Cancelled, _stopped.Token);
        put.Answer.TrySetResult(await AnswerAsync(RunAsync, PutResult.Refused).ConfigureAwait(false));

        async Task<PutResult> RunAsync()
        {
            using var owner = _options.Owner.Use();
            _put = new PutTransfer(_options, owner, put, () => MaterializerAsync(self, cancelled.Token), cancelled.Token);
            return await _put.RunAsync().ConfigureAwait(false);
        }
    }

    private async Task GetAsync(StartGet get)
    {
        var materializer = Context.Materializer(_streams);
        using var span = Spans.Begin("transfer", get.Trace);
        using var budget = RequestBudget.Enter(get.Budget);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(get.Cancelled, _stopped.Token);
        var transfer = new GetTransfer(_options, get, materializer, cancelled.Token);
        get.Answer.TrySetResult(await AnswerAsync(
            transfer.RunAsync, (outcome, detail) => new TransferEnd(outcome, transfer.WrittenBytes, detail)).ConfigureAwait(false));
    }

    // By message, because only the actor may use its context: a put knows late whether it needs a stream at all.
    private static async Task<IMaterializer> MaterializerAsync(IActorRef self, CancellationToken cancelled)
    {
        var ask = new Materialize(new TaskCompletionSource<IMaterializer>(TaskCreationOptions.RunContinuationsAsynchronously));
        self.Tell(ask);
        return await ask.Answer.Task.WaitAsync(cancelled).ConfigureAwait(false);
    }

    // Operating errors become answers here; anything else is a bug, which the log shows in full.
    private async Task<T> AnswerAsync<T>(Func<Task<T>> run, Func<DfsOutcome, string, T> refuse)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (TransferException error)
        {
            return refuse(error.Outcome, error.Message);
        }
        catch (SourceFailedException error)
        {
            return refuse(DfsOutcome.SourceFailed, $"Nothing was stored: {error.Message}.");
        }
        catch (Exception error) when (error is OperationCanceledException or AbruptTerminationException or AbruptStageTerminationException)
        {
            return refuse(DfsOutcome.SourceFailed, "The transfer was cancelled; nothing was changed.");
        }
        catch (Exception error)
        {
            _log.Error(error, "A transfer failed");
            return refuse(DfsOutcome.Failed, "The transfer failed; the node's log says why.");
        }
    }

    private sealed record Materialize(TaskCompletionSource<IMaterializer> Answer);

    private sealed class Ended
    {
        public static readonly Ended Instance = new();
    }
}
