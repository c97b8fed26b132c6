using System.Diagnostics;
using Dfs.Core.Transfer;

namespace Dfs.Actors.Transfer;

/// <summary>Ends a transfer that stands still, or that takes longer than it may in all.</summary>
/// <remarks>
/// Whoever moves the bytes tells it, in turn. What moved gives it time beyond its bound for all: <see cref="SlowLinks.TimeFor"/>.
/// Its time is counted in ticks that this process was awake for, an eighth of the shorter bound each: while a machine sleeps, or gives a
/// process no turn, nobody else stands still. So a bound may take an eighth longer.
/// </remarks>
internal sealed class ProgressWatch : IDisposable
{
    private const int TicksPerBound = 8;

    private readonly TimeSpan _totalMax, _tick;
    private readonly CancellationToken _outer;
    private readonly Action? _moved;
    private readonly CancellationTokenSource _source;
    private readonly ITimer _timer;
    private readonly long _idleTicksMax;
    private long _ticks, _movedAtTick, _answerSinceTick = -1;
    private long _noticedAt = Stopwatch.GetTimestamp();
    private long _movedBytes, _firstBytes;
    private long? _firstAt;
    private long _lastAt;

    /// <param name="moved">Told of bytes that took their time, <see cref="SlowLinks.NoticedAfter"/> and longer; may be called by any thread.</param>
    /// <param name="time">By which it ticks; null for the system's.</param>
    public ProgressWatch(TimeSpan idleMax, TimeSpan totalMax, CancellationToken outer, Action? moved = null, TimeProvider? time = null)
    {
        (_totalMax, _outer, _moved) = (totalMax, outer, moved);
        _tick = (idleMax < totalMax ? idleMax : totalMax) / TicksPerBound;
        _idleTicksMax = TicksIn(idleMax);
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _timer = (time ?? TimeProvider.System).CreateTimer(static watch => ((ProgressWatch)watch!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(_tick, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The watch ended it, and not the one who waits for it.</summary>
    public bool IsExpired => _source.IsCancellationRequested && !_outer.IsCancellationRequested;

    /// <summary>What was seen to move: the bytes after the first piece.</summary>
    public long SeenToMoveBytes => _movedBytes - _firstBytes;

    /// <summary>How long they took; null when no piece moved at all. A standstill that ended it counts.</summary>
    public TimeSpan? SeenToMoveFor => _firstAt is not { } firstAt ? null : Stopwatch.GetElapsedTime(firstAt, IsExpired ? Stopwatch.GetTimestamp() : _lastAt);

    /// <summary>It goes on: the idle time counts anew.</summary>
    public void Progress(int movedBytes = 0)
    {
        Count(movedBytes);
        Volatile.Write(ref _answerSinceTick, -1);
        Volatile.Write(ref _movedAtTick, Volatile.Read(ref _ticks));
        if (movedBytes > 0 && Stopwatch.GetElapsedTime(_noticedAt) >= SlowLinks.NoticedAfter)
        {
            _noticedAt = Stopwatch.GetTimestamp();
            _moved?.Invoke();
        }
    }

    /// <summary>All is sent and the other end works: it has what a whole transfer has.</summary>
    public void AwaitAnswer() => Volatile.Write(ref _answerSinceTick, Volatile.Read(ref _ticks));

    public void Cancel() => _source.Cancel();

    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
    }

    private long TicksIn(TimeSpan time) => (long)Math.Ceiling(time / _tick);

    // The next one counts from the end of this one: a process that was not awake has missed one, not all.
    private void Tick()
    {
        var now = Interlocked.Increment(ref _ticks);
        try
        {
            if (IsOver(now))
            {
                _source.Cancel();
            }
            else
            {
                _timer.Change(_tick, Timeout.InfiniteTimeSpan);
            }
        }
        catch (ObjectDisposedException)
        {
            // What it watched has ended meanwhile.
        }
    }

    // The first tick that is counted may have begun before.
    private bool IsOver(long now) => Volatile.Read(ref _answerSinceTick) is >= 0 and var since
        ? now - since > TicksIn(_totalMax)
        : now - Volatile.Read(ref _movedAtTick) > _idleTicksMax || now > TicksIn(_totalMax + SlowLinks.TimeFor(Volatile.Read(ref _movedBytes)));

    private void Count(int movedBytes)
    {
        if (movedBytes == 0)
        {
            return;
        }

        Volatile.Write(ref _movedBytes, _movedBytes + movedBytes);
        _lastAt = Stopwatch.GetTimestamp();
        if (_firstAt is null)
        {
            (_firstAt, _firstBytes) = (_lastAt, movedBytes);
        }
    }
}
