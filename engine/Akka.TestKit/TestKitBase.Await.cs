namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>Time between two looks, unless the test says otherwise.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

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

    public void AwaitCondition(Func<bool> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, null, null, null, cancellationToken);

    public void AwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan? max, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, null, cancellationToken);

    public void AwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan? max, string message, CancellationToken cancellationToken = default) =>
        AwaitCondition(conditionIsFulfilled, max, null, message, cancellationToken);

    public void AwaitCondition(
        Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string message = null,
        CancellationToken cancellationToken = default)
    {
        var patience = RemainingOrDilated(max);
        var fulfilled = AwaitConditionNoThrow(conditionIsFulfilled, patience, interval, cancellationToken);
        _assertions.AssertTrue(fulfilled, "{0} within {1}", message ?? "the condition was not fulfilled", patience);
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

    public Task AwaitConditionAsync(Func<bool> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, null, null, null, cancellationToken);

    public Task AwaitConditionAsync(
        Func<bool> conditionIsFulfilled, TimeSpan? max, string message, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, max, null, message, cancellationToken);

    public Task AwaitConditionAsync(
        Func<bool> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string message = null,
        CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(() => Task.FromResult(conditionIsFulfilled()), max, interval, message, cancellationToken);

    public Task AwaitConditionAsync(Func<Task<bool>> conditionIsFulfilled, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, null, null, null, cancellationToken);

    public Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, CancellationToken cancellationToken = default) =>
        AwaitConditionAsync(conditionIsFulfilled, max, null, null, cancellationToken);

    public async Task AwaitConditionAsync(
        Func<Task<bool>> conditionIsFulfilled, TimeSpan? max, TimeSpan? interval, string message = null,
        CancellationToken cancellationToken = default)
    {
        var patience = RemainingOrDilated(max);
        var fulfilled = await AwaitConditionNoThrowAsync(conditionIsFulfilled, patience, interval, cancellationToken);
        _assertions.AssertTrue(fulfilled, "{0} within {1}", message ?? "the condition was not fulfilled", patience);
    }

    public Task<bool> AwaitConditionNoThrowAsync(
        Func<bool> conditionIsFulfilled, TimeSpan max, TimeSpan? interval = null, CancellationToken cancellationToken = default) =>
        AwaitConditionNoThrowAsync(() => Task.FromResult(conditionIsFulfilled()), max, interval, cancellationToken);

    public async Task<bool> AwaitConditionNoThrowAsync(
        Func<Task<bool>> conditionIsFulfilled, TimeSpan max, TimeSpan? interval = null,
        CancellationToken cancellationToken = default)
    {
        var end = Now + max;
        while (!await conditionIsFulfilled())
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
        var (left, wished) = (Max(end - Now, TimeSpan.Zero), interval ?? LookInterval);
        return wished < left ? wished : left;
    }
}
