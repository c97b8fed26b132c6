using System.Buffers;
using System.IO.Pipelines;

namespace Dfs.Actors.Transfer;

/// <summary>Lets what is read from a pipe through at a rate; who writes into it feels it as back-pressure.</summary>
/// <remarks>Shows pieces of at most 64 KiB, and waits for those that were consumed before it reads on. One cancelled read ends all waiting.</remarks>
internal sealed class PacedReader(PipeReader inner, RateLimit limit) : PipeReader
{
    private const int PieceBytes = 64 * 1024;

    private readonly TaskCompletionSource _hurried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadOnlySequence<byte> _shown;
    private long _consumedBytes;

    public static PipeReader Of(PipeReader content, RateLimit limit) => limit.IsNone ? content : new PacedReader(content, limit);

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var bytes = _consumedBytes;
        _consumedBytes = 0;
        var turn = limit.WaitAsync(bytes, cancellationToken);
        if (!turn.IsCompletedSuccessfully)
        {
            await (await Task.WhenAny(turn.AsTask(), _hurried.Task).ConfigureAwait(false)).ConfigureAwait(false);
        }

        return Shown(await inner.ReadAsync(cancellationToken).ConfigureAwait(false));
    }

    public override bool TryRead(out ReadResult result)
    {
        var isThere = inner.TryRead(out result);
        result = isThere ? Shown(result) : result;
        return isThere;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _consumedBytes += _shown.Slice(0, consumed).Length;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead()
    {
        _hurried.TrySetResult();
        inner.CancelPendingRead();
    }

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private ReadResult Shown(ReadResult read)
    {
        var isWhole = read.Buffer.Length <= PieceBytes;
        _shown = isWhole ? read.Buffer : read.Buffer.Slice(0, PieceBytes);
        return new ReadResult(_shown, read.IsCanceled, read.IsCompleted && isWhole);
    }
}
