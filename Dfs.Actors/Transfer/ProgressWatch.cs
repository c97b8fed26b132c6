using System.Diagnostics;
using Dfs.Core.Transfer;

namespace Dfs.Actors.Transfer;

/// <summary>Ends a transfer that stands still, or that takes longer than it may in all.</summary>
/// <remarks>Whoever moves the bytes tells it, in turn. What moved gives it time beyond <paramref name="totalMax"/>: <see cref="SlowLinks.TimeFor"/>.</remarks>
/// <param name="moved">Told of bytes that took their time, <see cref="SlowLinks.NoticedAfter"/> and longer; may be called by any thread.</param>
internal sealed class ProgressWatch(TimeSpan idleMax, TimeSpan totalMax, CancellationToken outer, Action? moved = null) : IDisposable
{
    private readonly CancellationTokenSource _source = Begin(idleMax < totalMax ? idleMax : totalMax, outer);
    private readonly long _startedAt = Stopwatch.GetTimestamp();
    private long _noticedAt = Stopwatch.GetTimestamp();
    private long _movedBytes, _firstBytes;
    private long? _firstAt;
    private long _lastAt;

    public CancellationToken Token => _source.Token;

    /// <summary>The watch ended it, and not the one who waits for it.</summary>
    public bool IsExpired => _source.IsCancellationRequested && !outer.IsCancellationRequested;

    /// <summary>What was seen to move: the bytes after the first piece.</summary>
    public long SeenToMoveBytes => _movedBytes - _firstBytes;

    /// <summary>How long they took; null when no piece moved at all. A standstill that ended it counts.</summary>
    public TimeSpan? SeenToMoveFor => _firstAt is not { } firstAt ? null : Stopwatch.GetElapsedTime(firstAt, IsExpired ? Stopwatch.GetTimestamp() : _lastAt);

    /// <summary>It goes on: the idle time counts anew.</summary>
    public void Progress(int movedBytes = 0)
    {
        Count(movedBytes);
        var left = Left();
        _source.CancelAfter(left < idleMax ? left : idleMax);
        if (movedBytes > 0 && Stopwatch.GetElapsedTime(_noticedAt) >= SlowLinks.NoticedAfter)
        {
            _noticedAt = Stopwatch.GetTimestamp();
            moved?.Invoke();
        }
    }

    /// <summary>All is sent and the other end works: it has what a whole transfer has.</summary>
    public void AwaitAnswer() => _source.CancelAfter(totalMax);

    public void Cancel() => _source.Cancel();

    public void Dispose() => _source.Dispose();

    private static CancellationTokenSource Begin(TimeSpan most, CancellationToken outer)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        source.CancelAfter(most);
        return source;
    }

    private void Count(int movedBytes)
    {
        if (movedBytes == 0)
        {
            return;
        }

        _movedBytes += movedBytes;
        _lastAt = Stopwatch.GetTimestamp();
        if (_firstAt is null)
        {
            (_firstAt, _firstBytes) = (_lastAt, movedBytes);
        }
    }

    private TimeSpan Left()
    {
        var left = totalMax + SlowLinks.TimeFor(_movedBytes) - Stopwatch.GetElapsedTime(_startedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
