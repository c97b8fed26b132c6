using System.IO.Pipelines;
using Dfs.Gateway.Hosting;

namespace Dfs.Gateway.S3.Bodies;

/// <summary>A client's content as its store reads it, without a pipe between: tells when the client is waited for, and gives up one that sends nothing.</summary>
/// <remarks>What was wrong is in <see cref="UploadBody.Error"/>. Does not complete its source: <see cref="RequestContent"/> ends it with the request.</remarks>
internal sealed class ClientReader : PipeReader, IDisposable
{
    private readonly PipeReader _source;
    private readonly UploadBody _body;
    private readonly CancellationToken _outer;
    private readonly CancellationTokenSource _idle;
    private readonly CancellationTokenSource _either;

    /// <param name="outer">Cancelled when nobody waits for the answer any more.</param>
    public ClientReader(PipeReader source, UploadBody body, CancellationToken outer)
    {
        (_source, _body, _outer) = (source, body, outer);
        _idle = new CancellationTokenSource(Timeout.InfiniteTimeSpan, body.Time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_idle.Token, outer);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var reading = BeginAsync();
        if (!reading.IsCompletedSuccessfully)
        {
            return WaitAsync(reading, cancellationToken);
        }

        // The store has taken what came before.
        _body.Watch?.Progress();
        return reading;
    }

    public override bool TryRead(out ReadResult result) => _source.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => _source.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _source.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _source.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        // Nobody reads it any more, and what is left of it is the server's.
    }

    public void Dispose()
    {
        _either.Dispose();
        _idle.Dispose();
    }

    // A body that has failed already throws at the call, not in what it returns.
    private ValueTask<ReadResult> BeginAsync()
    {
        try
        {
            return _source.ReadAsync(_either.Token);
        }
        catch (Exception error)
        {
            return ValueTask.FromException<ReadResult>(error);
        }
    }

    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> reading, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(static source => ((PipeReader)source!).CancelPendingRead(), _source).ConfigureAwait(false);
        ReadResult read;
        try
        {
            // In this order: from here on one clock counts, never both.
            _body.Watch?.Pause();
            _idle.CancelAfter(_body.IdleMax);
            read = await reading;
            // While the store takes what came, the client need not send.
            _idle.CancelAfter(Timeout.InfiniteTimeSpan);
            _body.Watch?.Progress();
        }
        catch (OperationCanceledException) when (_idle.IsCancellationRequested && !_outer.IsCancellationRequested)
        {
            throw _body.Wrong(S3Error.RequestTimeout);
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or InvalidOperationException)
        {
            throw _body.Wrong(S3Error.IncompleteBody);
        }

        if (read.IsCanceled && cancellationToken.IsCancellationRequested)
        {
            _source.AdvanceTo(read.Buffer.Start);
            throw new OperationCanceledException(cancellationToken);
        }

        return read;
    }
}
