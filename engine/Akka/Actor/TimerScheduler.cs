namespace Akka.Actor;

/// <summary>On an actor: it gets timers that belong to it.</summary>
public interface IWithTimers
{
    ITimerScheduler Timers { get; set; }
}

/// <summary>Timers of one actor instance, by key; they end with it.</summary>
/// <remarks>Starting a key anew replaces it. A cancelled or replaced timer's message never arrives, even when it is in the mailbox.</remarks>
public interface ITimerScheduler
{
    void StartPeriodicTimer(object key, object msg, TimeSpan interval);

    void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval);

    void StartSingleTimer(object key, object msg, TimeSpan timeout);

    bool IsTimerActive(object key);

    void Cancel(object key);

    void CancelAll();
}

internal sealed class TimerScheduler(ActorCell cell) : ITimerScheduler
{
    private readonly Dictionary<object, Running> _timers = [];

    public void StartPeriodicTimer(object key, object msg, TimeSpan interval) =>
        StartPeriodicTimer(key, msg, interval, interval);

    public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval)
    {
        var tick = Replace(key, msg, repeats: true);
        cell.System.Scheduler.ScheduleTellRepeatedly(initialDelay, interval, cell.Self, tick, cell.Self, tick.Cancelable);
    }

    public void StartSingleTimer(object key, object msg, TimeSpan timeout)
    {
        var tick = Replace(key, msg, repeats: false);
        cell.System.Scheduler.ScheduleTellOnce(timeout, cell.Self, tick, cell.Self, tick.Cancelable);
    }

    public bool IsTimerActive(object key) => _timers.ContainsKey(key);

    public void Cancel(object key)
    {
        if (_timers.Remove(key, out var running))
        {
            running.Tick.Cancelable.Cancel();
        }
    }

    public void CancelAll()
    {
        foreach (var running in _timers.Values)
        {
            running.Tick.Cancelable.Cancel();
        }

        _timers.Clear();
    }

    /// <returns>False when the timer is no longer the one of its key: then the message is dropped.</returns>
    internal bool TryFire(TimerMessage tick, out object message)
    {
        message = null;
        if (!_timers.TryGetValue(tick.Key, out var running) || !ReferenceEquals(running.Tick, tick))
        {
            return false;
        }

        if (!running.Repeats)
        {
            _timers.Remove(tick.Key);
        }

        message = running.Message;
        return true;
    }

    private TimerMessage Replace(object key, object message, bool repeats)
    {
        Cancel(key);
        var tick = new TimerMessage(key, new Cancelable());
        _timers[key] = new Running(message, repeats, tick);
        return tick;
    }

    /// <summary>What lies in the mailbox: its identity is the timer's generation.</summary>
    internal sealed record TimerMessage(object Key, ICancelable Cancelable)
        : INoSerializationVerificationNeeded, Event.IDeadLetterSuppression;

    private sealed record Running(object Message, bool Repeats, TimerMessage Tick);
}
