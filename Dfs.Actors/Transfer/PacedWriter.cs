using System.IO.Pipelines;

namespace Dfs.Actors.Transfer;

/// <summary>Lets what is written into a pipe through at a rate.</summary>
internal sealed class PacedWriter(PipeWriter inner, RateLimit limit) : PipeWriter
{
    private const int PieceBytes = 64 * 1024;

    private long _advancedBytes;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public static PipeWriter Of(PipeWriter target, RateLimit limit) => limit.IsNone ? target : new PacedWriter(target, limit);

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        _advancedBytes += bytes;
        inner.Advance(bytes);
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var bytes = _advancedBytes;
        _advancedBytes = 0;
        var flushed = await inner.FlushAsync(cancellationToken).ConfigureAwait(false);
        await limit.WaitAsync(bytes, cancellationToken).ConfigureAwait(false);
        return flushed;
    }

    public override async ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        while (source.Length > PieceBytes)
        {
            var written = await inner.WriteAsync(source[..PieceBytes], cancellationToken).ConfigureAwait(false);
            if (written.IsCompleted || written.IsCanceled)
            {
                return written;
            }

            await limit.WaitAsync(PieceBytes, cancellationToken).ConfigureAwait(false);
            source = source[PieceBytes..];
        }

        var last = await inner.WriteAsync(source, cancellationToken).ConfigureAwait(false);
        await limit.WaitAsync(source.Length, cancellationToken).ConfigureAwait(false);
        return last;
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
}
