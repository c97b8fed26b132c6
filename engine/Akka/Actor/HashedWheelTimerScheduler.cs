using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>The default scheduler: one thread that sleeps until the earliest deadline.</summary>
/// <remarks>
/// It has the name by which configurations ask for it. Instead of a wheel it keeps a heap: nothing ticks while nothing is
/// due (several systems live in a process), and a delay is met within a millisecond or two. Equal deadlines run in the
/// order of their scheduling. Cancelled entries are swept out when the heap has doubled.
/// </remarks>
public sealed class HashedWheelTimerScheduler : IScheduler, IAdvancedScheduler, IDisposable
{
    private const int SweepAtLeast = 1024;

    private readonly ILoggingAdapter _log;
    private readonly PriorityQueue<Entry, (long DueTicks, long Number)> _entries = new();
    private readonly object _lock = new();
    private Thread _thread;
    private long _numbers;
    private int _sweepAt = SweepAtLeast;
    private bool _ended;

    public HashedWheelTimerScheduler(Config scheduler, ILoggingAdapter log) => _log = log;

    public TimeSpan MonotonicClock => Util.MonotonicClock.Elapsed;

    DateTimeOffset ITimeProvider.Now => DateTimeOffset.UtcNow;

    IAdvancedScheduler IScheduler.Advanced => this;

    /// <summary>What is still waiting is dropped.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            _entries.Clear();
            Monitor.Pulse(_lock);
        }
    }

    void ITellScheduler.ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender) =>
        Once(delay, () => receiver.Tell(message, sender), null);

    void ITellScheduler.ScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Once(delay, () => receiver.Tell(message, sender), cancelable);

    void ITellScheduler.ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender) =>
        Repeatedly(initialDelay, interval, () => receiver.Tell(message, sender), null);

    void ITellScheduler.ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Repeatedly(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    void IActionScheduler.ScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Once(delay, action, cancelable);

    void IActionScheduler.ScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Repeatedly(initialDelay, interval, action, cancelable);

    private void Once(TimeSpan delay, Action run, ICancelable cancelable)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Add(new Entry(run, TimeSpan.Zero, cancelable), delay);
    }

    private void Repeatedly(TimeSpan initialDelay, TimeSpan interval, Action run, ICancelable cancelable)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(initialDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        Add(new Entry(run, interval, cancelable), initialDelay);
    }

    private void Add(Entry entry, TimeSpan delay)
    {
        // A delay of centuries means never; the sum must not overflow.
        var due = Util.MonotonicClock.Elapsed.Ticks + Math.Min(delay.Ticks, long.MaxValue / 2);
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            Sweep();
            _entries.Enqueue(entry, (due, _numbers++));
            if (_thread is null)
            {
                _thread = new Thread(Loop) { IsBackground = true, Name = "akka-scheduler" };
                _thread.Start();
            }
            else if (ReferenceEquals(_entries.Peek(), entry))
            {
                Monitor.Pulse(_lock);
            }
        }
    }

    private void Sweep()
    {
        if (_entries.Count < _sweepAt)
        {
            return;
        }

        var live = _entries.UnorderedItems.Where(item => !item.Element.IsCancelled).ToArray();
        _entries.Clear();
        _entries.EnqueueRange(live.Select(item => (item.Element, item.Priority)));
        _sweepAt = Math.Max(SweepAtLeast, 2 * _entries.Count);
    }

    private void Loop()
    {
        while (Next() is { } entry)
        {
            if (entry.IsCancelled)
            {
                continue;
            }

            try
            {
                entry.Run();
            }
            catch (Exception exception)
            {
                _log.Error(exception, "a scheduled action failed");
                continue;
            }

            if (entry.Interval > TimeSpan.Zero && !entry.IsCancelled)
            {
                Add(entry, entry.Interval);
            }
        }
    }

    /// <returns>What is due now, after waiting for it; null at the end.</returns>
    private Entry Next()
    {
        lock (_lock)
        {
            while (!_ended)
            {
                if (!_entries.TryPeek(out _, out var earliest))
                {
                    Monitor.Wait(_lock);
                    continue;
                }

                var wait = earliest.DueTicks - Util.MonotonicClock.Elapsed.Ticks;
                if (wait <= 0)
                {
                    return _entries.Dequeue();
                }

                // Rounded up, so that nothing runs before its time; a day at most, which is all that Wait can count.
                Monitor.Wait(_lock, TimeSpan.FromMilliseconds(
                    Math.Min((wait + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond, 86_400_000)));
            }

            return null;
        }
    }

    private sealed record Entry(Action Run, TimeSpan Interval, ICancelable Cancelable)
    {
        public bool IsCancelled => Cancelable is { IsCancellationRequested: true };
    }
}
