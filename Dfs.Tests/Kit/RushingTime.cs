namespace Dfs.Tests.Kit;

/// <summary>Time that passes at once whenever somebody waits for it: how long all of it took is seen at the end.</summary>
/// <remarks>For one who waits at a time.</remarks>
internal sealed class RushingTime : TimeProvider
{
    private long _ticks;

    public TimeSpan Passed => TimeSpan.FromTicks(Interlocked.Read(ref _ticks));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Add(ref _ticks, dueTime.Ticks);
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new Rung();
    }

    private sealed class Rung : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose()
        {
            // It has rung.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
