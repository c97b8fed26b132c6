using Akka.Actor;

namespace Akka.Streams.Stage;

/// <summary>A logic with timers. A timer that fires after it was cancelled or set anew is not heard.</summary>
public abstract class TimerGraphStageLogic : GraphStageLogic
{
    private readonly Dictionary<object, (int Number, ICancelable Task)> _timers = [];
    private readonly Action<(object Key, int Number, bool IsRepeating)> _onFired;
    private int _number;

    protected TimerGraphStageLogic(Shape shape)
        : base(shape) => _onFired = GetAsyncCallback<(object, int, bool)>(OnFired);

    protected abstract void OnTimer(object timerKey);

    protected bool IsTimerActive(object timerKey) => _timers.ContainsKey(timerKey);

    protected void ScheduleOnce(object timerKey, TimeSpan delay) =>
        Set(timerKey, isRepeating: false, fire => Materializer.ScheduleOnce(delay, fire));

    protected void ScheduleRepeatedly(object timerKey, TimeSpan interval) =>
        ScheduleRepeatedly(timerKey, interval, interval);

    protected void ScheduleRepeatedly(object timerKey, TimeSpan initialDelay, TimeSpan interval) =>
        Set(timerKey, isRepeating: true, fire => Materializer.ScheduleRepeatedly(initialDelay, interval, fire));

    protected void CancelTimer(object timerKey)
    {
        if (_timers.Remove(timerKey, out var timer))
        {
            timer.Task.Cancel();
        }
    }

    protected override void AfterPostStop()
    {
        base.AfterPostStop();
        foreach (var timer in _timers.Values)
        {
            timer.Task.Cancel();
        }

        _timers.Clear();
    }

    private void Set(object timerKey, bool isRepeating, Func<Action, ICancelable> schedule)
    {
        CancelTimer(timerKey);
        var number = ++_number;
        _timers[timerKey] = (number, schedule(() => _onFired((timerKey, number, isRepeating))));
    }

    private void OnFired((object Key, int Number, bool IsRepeating) fired)
    {
        if (_timers.TryGetValue(fired.Key, out var timer) && timer.Number == fired.Number)
        {
            if (!fired.IsRepeating)
            {
                _timers.Remove(fired.Key);
            }

            OnTimer(fired.Key);
        }
    }
}
