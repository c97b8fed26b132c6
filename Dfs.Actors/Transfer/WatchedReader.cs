using System.IO.Pipelines;
using Dfs.Actors.Client;

namespace Dfs.Actors.Transfer;

/// <summary>Tells a request's budget when its content comes, when it is waited for, and when it is over.</summary>
internal sealed class WatchedReader(PipeReader inner, RequestBudget budget) : PipeReader
{
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(cancellationToken);
        if (reading.IsCompleted)
        {
            return Ended(await reading.ConfigureAwait(false));
        }

        budget.AwaitClient();
        try
        {
            return Ended(await reading.ConfigureAwait(false));
        }
        finally
        {
            // Whatever becomes of the request now, it is not the client's turn.
            budget.Moved();
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        var isThere = inner.TryRead(out result);
        result = isThere ? Ended(result) : result;
        return isThere;
    }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    // What was there without waiting moves nothing on: its client may have given it long ago.
    private ReadResult Ended(ReadResult read)
    {
        if (read.IsCompleted)
        {
            budget.EndContent();
        }

        return read;
    }
}
