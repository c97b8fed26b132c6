using Akka.Actor;

namespace Akka.TestKit.Internal;

internal sealed class EventFilterApplier(TestKitBase kit, ActorSystem system, IReadOnlyList<LogFilter> filters)
    : IEventFilterApplier
{
    public void ExpectOne(Action action, CancellationToken cancellationToken = default) =>
        Expect(1, action, cancellationToken);

    public void ExpectOne(TimeSpan timeout, Action action, CancellationToken cancellationToken = default) =>
        Expect(1, timeout, action, cancellationToken);

    public void Expect(int expectedCount, Action action, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, Leeway, action, cancellationToken);

    public void Expect(
        int expectedCount, TimeSpan timeout, Action action, CancellationToken cancellationToken = default) =>
        Expect(expectedCount, timeout, () => { action(); return NotUsed.Instance; }, cancellationToken);

    public Task ExpectOneAsync(Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, actionAsync, cancellationToken);

    public Task ExpectOneAsync(TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default) =>
        ExpectAsync(1, timeout, action, cancellationToken);

    public Task ExpectAsync(int expectedCount, Func<Task> actionAsync, CancellationToken cancellationToken = default) =>
        ExpectAsync(expectedCount, Leeway, actionAsync, cancellationToken);

    public async Task ExpectAsync(
        int expectedCount, TimeSpan timeout, Func<Task> action, CancellationToken cancellationToken = default)
    {
        using var muted = new Muted(system, filters);
        var before = Caught;
        await action();
        await kit.AwaitConditionNoThrowAsync(
            () => IsDecided(before, expectedCount), kit.Dilated(timeout), null, cancellationToken);
        Check(before, expectedCount, timeout);
    }

    private TimeSpan Leeway => kit.TestKitSettings.TestEventFilterLeeway;

    private int Caught => filters.Sum(filter => filter.Caught);

    private T Expect<T>(int expectedCount, TimeSpan timeout, Func<T> func, CancellationToken cancellationToken)
    {
        using var muted = new Muted(system, filters);
        var before = Caught;
        var result = func();
        kit.AwaitConditionNoThrow(() => IsDecided(before, expectedCount), kit.Dilated(timeout), null, cancellationToken);
        Check(before, expectedCount, timeout);
        return result;
    }

    /// <summary>That none comes is known only when the time is over.</summary>
    private bool IsDecided(int before, int expectedCount) => Caught - before >= Math.Max(expectedCount, 1);

    private void Check(int before, int expectedCount, TimeSpan timeout) =>
        kit.TestAssertions.AssertTrue(
            Caught - before == expectedCount,
            "expected {0} log events, got {1} within {2}", expectedCount, Caught - before, timeout);

    private sealed class Muted : IDisposable
    {
        private readonly ActorSystem _system;
        private readonly IReadOnlyList<LogFilter> _filters;

        public Muted(ActorSystem system, IReadOnlyList<LogFilter> filters)
        {
            (_system, _filters) = (system, filters);
            system.EventStream.Publish(new MuteFilters(filters));
        }

        public void Dispose() => _system.EventStream.Publish(new UnmuteFilters(_filters));
    }
}

internal sealed record MuteFilters(IReadOnlyList<LogFilter> Filters) : INoSerializationVerificationNeeded;

internal sealed record UnmuteFilters(IReadOnlyList<LogFilter> Filters) : INoSerializationVerificationNeeded;
