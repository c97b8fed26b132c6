using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.TestKit;

/// <summary>A scheduler whose time stands still until the test moves it.</summary>
/// <remarks>
/// To choose it: akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit". An Advance runs what is due by
/// then, in order of time; what repeats runs once per Advance, however far it goes, as in Akka.NET.
/// </remarks>
public class TestScheduler : IScheduler, IAdvancedScheduler
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Item, (DateTimeOffset Due, long Number)> _items = new();
    private DateTimeOffset _now = DateTimeOffset.UtcNow;
    private long _number;

    public TestScheduler(Config schedulerConfig, ILoggingAdapter log)
    {
    }

    public IAdvancedScheduler Advanced => this;

    public DateTimeOffset Now => TimeNow;

    public TimeSpan MonotonicClock => Util.MonotonicClock.Elapsed;

    protected DateTimeOffset TimeNow
    {
        get
        {
            lock (_gate)
            {
                return _now;
            }
        }
    }

    public void Advance(TimeSpan offset)
    {
        foreach (var item in TakeDue(offset))
        {
            if (item.Cancelable is { IsCancellationRequested: true })
            {
                continue;
            }

            item.Run();
            if (item.Interval is { } interval)
            {
                Add(interval, item);
            }
        }
    }

    public void ScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender) =>
        ScheduleTellOnce(delay, receiver, message, sender, null);

    public void ScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(delay, new Item(() => receiver.Tell(message, sender), null, cancelable));

    public void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender) =>
        ScheduleTellRepeatedly(initialDelay, interval, receiver, message, sender, null);

    public void ScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender,
        ICancelable cancelable) =>
        Add(initialDelay, new Item(() => receiver.Tell(message, sender), interval, cancelable));

    public void ScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Add(delay, new Item(action, null, cancelable));

    public void ScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Add(initialDelay, new Item(action, interval, cancelable));

    private List<Item> TakeDue(TimeSpan offset)
    {
        lock (_gate)
        {
            _now += offset;
            var due = new List<Item>();
            while (_items.TryPeek(out var item, out var order) && order.Due <= _now)
            {
                due.Add(item);
                _items.Dequeue();
            }

            return due;
        }
    }

    private void Add(TimeSpan delay, Item item)
    {
        lock (_gate)
        {
            _items.Enqueue(item, (_now + delay, _number++));
        }
    }

    private sealed record Item(Action Run, TimeSpan? Interval, ICancelable Cancelable);
}
