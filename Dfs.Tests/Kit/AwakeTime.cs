using System.Diagnostics;

namespace Dfs.Tests.Kit;

/// <summary>The time that this process was awake for: a machine that stands still for seconds, or is too busy to give it a turn, takes nothing of it.</summary>
/// <remarks>For tests of what others may take for something. Timers ring as the system's do: early by this time, after a sleep.</remarks>
internal sealed class AwakeTime : TimeProvider
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private long _ticks;

    private AwakeTime() => new Thread(Count) { IsBackground = true, Name = "awake time" }.Start();

    public static AwakeTime Ours { get; } = new();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Volatile.Read(ref _ticks);

    private void Count()
    {
        for (var before = Stopwatch.GetTimestamp(); ;)
        {
            Thread.Sleep(Step);
            var now = Stopwatch.GetTimestamp();
            var passed = Stopwatch.GetElapsedTime(before, now);
            Volatile.Write(ref _ticks, _ticks + (passed < 2 * Step ? passed : 2 * Step).Ticks);
            before = now;
        }
    }
}
