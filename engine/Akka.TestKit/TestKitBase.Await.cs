namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>Time between two looks, unless the test says otherwise.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    public TimeSpan RemainingOrDefault => Dilated(TestKitSettings.SingleExpectDefault);

    public TimeSpan RemainingOrDilated(TimeSpan? duration) => duration is { } given ? Dilated(given) : RemainingOrDefault;

    /// <summary>Multiplied with akka.test.timefactor.</summary>
    public TimeSpan Dilated(TimeSpan duration) =>
        duration < TimeSpan.Zero
            ? throw new ArgumentOutOfRangeException(nameof(duration), "A duration cannot be negative.")
            : duration * TestKitSettings.TestTimeFactor;

    /// <summary>Repeats the assertion until it no longer throws; throws what it threw last.</summary>
    public void AwaitAssert(
        Action assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default)
    {
        var end = Now + RemainingOrDilated(duration);
        while (!Holds(assertion, end))
        {
            Pause(interval, end, cancellationToken);
        }
    }

    public Task AwaitAssertAsync(
        Action assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        AwaitAssertAsync(
            () => { assertion(); return Task.CompletedTask; }, duration, interval, cancellationToken);

    /// <inheritdoc cref="AwaitAssert"/>
    public async Task AwaitAssertAsync(
        Func<Task> assertion, TimeSpan? duration = null, TimeSpan? interval = null, CancellationToken cancellationToken = default)
    {
        var end = Now + RemainingOrDilated(duration);
        while (true)
        {
            try
            {
                await assertion();
                return;
            }
            catch (Exception) when (Now < end)
            {
            }

            await PauseAsync(interval, end, cancellationToken);
        }
    }

    public bool AwaitConditionNoThrow(
        Func<bool> conditionIsFulfilled, TimeSpan max, TimeSpan? interval = null, CancellationToken cancellationToken = default)
    {
        var end = Now + max;
        while (!conditionIsFulfilled())
        {
            if (Now >= end)
            {
                return false;
            }

            Pause(interval, end, cancellationToken);
        }

        return true;
    }

    public async Task<bool> AwaitConditionNoThrowAsync(
        Func<bool> conditionIsFulfilled, TimeSpan max, TimeSpan? interval = null, CancellationToken cancellationToken = default)
    {
        var end = Now + max;
        while (!conditionIsFulfilled())
        {
            if (Now >= end)
            {
                return false;
            }

            await PauseAsync(interval, end, cancellationToken);
        }

        return true;
    }

    private static bool Holds(Action assertion, TimeSpan end)
    {
        try
        {
            assertion();
            return true;
        }
        catch (Exception) when (Now < end)
        {
            return false;
        }
    }

    private static void Pause(TimeSpan? interval, TimeSpan end, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        cancellationToken.WaitHandle.WaitOne(PauseUntil(interval, end));
    }

    private static Task PauseAsync(TimeSpan? interval, TimeSpan end, CancellationToken cancellationToken) =>
        Task.Delay(PauseUntil(interval, end), cancellationToken);

    private static TimeSpan PauseUntil(TimeSpan? interval, TimeSpan end)
    {
        var (left, wished) = (end - Now, interval ?? LookInterval);
        return TimeSpan.FromTicks(Math.Max(0, Math.Min(left.Ticks, wished.Ticks)));
    }
}
