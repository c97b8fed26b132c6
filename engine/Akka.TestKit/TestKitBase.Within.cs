namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    private TimeSpan? _end;
    private bool _lastWasNoMsg;

    /// <summary>Until the end of the block of Within.</summary>
    public TimeSpan Remaining => _end is { } end
        ? Max(end - Now, TimeSpan.Zero)
        : throw new InvalidOperationException("There is no remaining time outside of Within.");

    public TimeSpan RemainingOrDefault => RemainingOr(Dilated(TestKitSettings.SingleExpectDefault));

    public TimeSpan RemainingOrDilated(TimeSpan? duration) => duration is { } given ? Dilated(given) : RemainingOrDefault;

    /// <summary>Multiplied with akka.test.timefactor.</summary>
    public TimeSpan Dilated(TimeSpan duration) =>
        duration < TimeSpan.Zero
            ? throw new ArgumentOutOfRangeException(nameof(duration), "A duration cannot be negative.")
            : duration * TestKitSettings.TestTimeFactor;

    /// <summary>Fails when the block takes longer; the expectations in it share the time.</summary>
    public void Within(
        TimeSpan max, Action action, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, action, null, epsilonValue, cancellationToken);

    public void Within(
        TimeSpan min, TimeSpan max, Action action, string hint = null, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default) =>
        Within(min, max, () => { action(); return NotUsed.Instance; }, hint, epsilonValue, cancellationToken);

    public T Within<T>(
        TimeSpan max, Func<T> function, TimeSpan? epsilonValue = null, CancellationToken cancellationToken = default) =>
        Within(TimeSpan.Zero, max, function, null, epsilonValue, cancellationToken);

    public T Within<T>(
        TimeSpan min, TimeSpan max, Func<T> function, string hint = null, TimeSpan? epsilonValue = null,
        CancellationToken cancellationToken = default)
    {
        var block = Open(min, max, hint);
        cancellationToken.ThrowIfCancellationRequested();
        T result;
        try
        {
            result = function();
        }
        finally
        {
            _end = block.OuterEnd;
        }

        Close(block, epsilonValue);
        return result;
    }

    protected TimeSpan RemainingOr(TimeSpan duration) => _end is null ? duration : Remaining;

    private TimedBlock Open(TimeSpan min, TimeSpan max, string hint)
    {
        max = Dilated(max);
        var start = Now;
        var left = _end is { } end ? end - start : max;
        _assertions.AssertTrue(left >= min, "{0}: at least {1} are needed, only {2} are left", hint ?? "Within", min, left);
        var block = new TimedBlock(start, min, left < max ? left : max, _end);
        _end = start + block.Max;
        _lastWasNoMsg = false;
        return block;
    }

    private void Close(TimedBlock block, TimeSpan? epsilon)
    {
        var took = Now - block.Start;
        _assertions.AssertFalse(took < block.Min, "the block took {0}, but at least {1} were expected", took, block.Min);
        // ExpectNoMsg uses up the time to its end; that alone is no fault.
        _assertions.AssertFalse(
            !_lastWasNoMsg && took > block.Max + (epsilon ?? TimeSpan.Zero),
            "the block took {0}, but at most {1} were expected", took, block.Max);
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private readonly record struct TimedBlock(TimeSpan Start, TimeSpan Min, TimeSpan Max, TimeSpan? OuterEnd);
}
