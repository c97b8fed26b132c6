using System.Diagnostics;
using System.IO.Pipelines;
using Dfs.Actors.Client;
using Dfs.Actors.Tracing;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Transfer;

/// <summary>What the transfer actors take; local messages only, since a pipe does not travel.</summary>
/// <remarks>
/// Each request carries its own answer, because the one who waits for it is no actor and must get one also when the
/// actor system ends in the middle.
/// </remarks>
public static class TransferProtocol
{
    /// <summary>Client → supervisor → one FileStream.</summary>
    public abstract record TransferRequest(CancellationToken Cancelled)
    {
        /// <summary>What it is a part of, for who asked; default when nobody traces.</summary>
        public ActivityContext Trace { get; } = Spans.Current;

        /// <summary>Of who asked; null when nobody waits.</summary>
        public RequestBudget? Budget { get; } = RequestBudget.Current;

        /// <summary>Ends the wait of who asked, when the transfer could not be begun or its actor is gone.</summary>
        public abstract void Refuse(DfsOutcome outcome, string detail);

        /// <summary>Refuses what an actor system that ends has not even begun; until disposed of.</summary>
        public IDisposable RefuseWhen(CancellationToken ended) => ended.Register(() => Refuse(DfsOutcome.NotReady, NodeStopped));
    }

    internal const string NodeStopped = "The node stopped before the transfer was over.";

    public sealed record StartPut(ObjectKey Key, PipeReader Content, PutOptions Options, CancellationToken Cancelled)
        : TransferRequest(Cancelled)
    {
        public TaskCompletionSource<PutResult> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Refuse(DfsOutcome outcome, string detail) => Answer.TrySetResult(PutResult.Refused(outcome, detail));
    }

    public sealed record StartGet(
        Manifest Manifest, PipeWriter Target, long OffsetBytes, long CountBytes, CancellationToken Cancelled)
        : TransferRequest(Cancelled)
    {
        public TaskCompletionSource<TransferEnd> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Refuse(DfsOutcome outcome, string detail) => Answer.TrySetResult(new TransferEnd(outcome, 0, detail));
    }

    /// <summary>Anyone → supervisor; answered with <see cref="TransferCount"/>.</summary>
    public sealed record GetTransferCount;

    public sealed record TransferCount(int Running, int Max);
}
