using System.Runtime.CompilerServices;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>The next message, or null when none comes in time; a time of zero does not wait.</summary>
    public object ReceiveOne(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        Take(max ?? RemainingOrDefault, cancellationToken)?.Message;

    /// <inheritdoc cref="ReceiveOne"/>
    public async ValueTask<object> ReceiveOneAsync(TimeSpan? max = null, CancellationToken cancellationToken = default) =>
        (await TakeAsync(max ?? RemainingOrDefault, cancellationToken))?.Message;

    /// <summary>Exactly so many messages, all within the time.</summary>
    public IReadOnlyCollection<object> ReceiveN(int numberOfMessages, CancellationToken cancellationToken = default) =>
        ReceiveUntil(numberOfMessages, RemainingOrDefault, cancellationToken);

    public IReadOnlyCollection<object> ReceiveN(
        int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default) =>
        ReceiveUntil(numberOfMessages, Dilated(max), cancellationToken);

    public IAsyncEnumerable<object> ReceiveNAsync(
        int numberOfMessages, TimeSpan max, CancellationToken cancellationToken = default) =>
        ReceiveUntilAsync(numberOfMessages, Dilated(max), cancellationToken);

    /// <summary>Skips messages until one of the type fulfils the condition.</summary>
    public T FishForMessage<T>(
        Predicate<T> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default)
    {
        var end = Now + RemainingOrDilated(max);
        while (true)
        {
            if (Caught(Take(end - Now, cancellationToken), isMessage, hint) is { IsCaught: true } fish)
            {
                return fish.Message;
            }
        }
    }

    public object FishForMessage(
        Predicate<object> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default) =>
        FishForMessage<object>(isMessage, max, hint, cancellationToken);

    /// <inheritdoc cref="FishForMessage{T}"/>
    public async ValueTask<T> FishForMessageAsync<T>(
        Predicate<T> isMessage, TimeSpan? max = null, string hint = "", CancellationToken cancellationToken = default)
    {
        var end = Now + RemainingOrDilated(max);
        while (true)
        {
            if (Caught(await TakeAsync(end - Now, cancellationToken), isMessage, hint) is { IsCaught: true } fish)
            {
                return fish.Message;
            }
        }
    }

    private List<object> ReceiveUntil(int count, TimeSpan max, CancellationToken cancellationToken)
    {
        var end = Now + max;
        var received = new List<object>();
        while (received.Count < count)
        {
            received.Add(Enough(Take(end - Now, cancellationToken), received.Count, count, max));
        }

        return received;
    }

    private async IAsyncEnumerable<object> ReceiveUntilAsync(
        int count, TimeSpan max, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var end = Now + max;
        for (var received = 0; received < count; received++)
        {
            yield return Enough(await TakeAsync(end - Now, cancellationToken), received, count, max);
        }
    }

    private object Enough(MessageEnvelope next, int received, int count, TimeSpan max)
    {
        _assertions.AssertTrue(next is not null, "got {0} of {1} messages within {2}", received, count, max);
        return next?.Message;
    }

    private Box<T> Caught<T>(MessageEnvelope next, Predicate<T> isMessage, string hint)
    {
        _assertions.AssertTrue(next is not null, "no message of type {0} that fulfils the condition came in time {1}", typeof(T), hint);
        return next?.Message is T message && isMessage(message) ? new Box<T>(message, true) : null;
    }

    private MessageEnvelope Take(TimeSpan max, CancellationToken cancellationToken) =>
        Remembered(_box.Take(max, cancellationToken));

    private async ValueTask<MessageEnvelope> TakeAsync(TimeSpan max, CancellationToken cancellationToken) =>
        Remembered(await _box.TakeAsync(max, cancellationToken));

    private MessageEnvelope Remembered(MessageEnvelope taken)
    {
        _lastWasNoMsg = false;
        _last = taken ?? NullMessageEnvelope.Instance;
        return taken;
    }

    private sealed record Box<T>(T Message, bool IsCaught);
}
