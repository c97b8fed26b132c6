using System.Diagnostics;

namespace Dfs.Actors.Transfer;

/// <summary>Ends a transfer that stands still, or that takes longer than it may in all.</summary>
internal sealed class ProgressWatch : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _outer;
    private readonly TimeSpan _idleMax;
    private readonly TimeSpan _totalMax;
    private readonly long _startedAt = Stopwatch.GetTimestamp();

    public ProgressWatch(TimeSpan idleMax, TimeSpan totalMax, CancellationToken outer)
    {
        (_idleMax, _totalMax, _outer) = (idleMax, totalMax, outer);
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        Progress();
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The watch ended it, and not the one who waits for it.</summary>
    public bool IsExpired => _source.IsCancellationRequested && !_outer.IsCancellationRequested;

    /// <summary>Bytes moved: the idle time counts anew.</summary>
    public void Progress()
    {
        var left = Left();
        _source.CancelAfter(left < _idleMax ? left : _idleMax);
    }

    /// <summary>All is sent and the other end works: only the total counts now.</summary>
    public void AwaitAnswer() => _source.CancelAfter(Left());

    public void Cancel() => _source.Cancel();

    public void Dispose() => _source.Dispose();

    private TimeSpan Left()
    {
        var left = _totalMax - Stopwatch.GetElapsedTime(_startedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
