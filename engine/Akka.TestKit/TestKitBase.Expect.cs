using Akka.Actor;

namespace Akka.TestKit;

public abstract partial class TestKitBase
{
    /// <summary>The next message, which must be of the type.</summary>
    public T ExpectMsg<T>(
        TimeSpan? duration = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(duration, null, hint, cancellationToken);

    /// <summary>The next message, which must be equal.</summary>
    public T ExpectMsg<T>(
        T message, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(timeout, (actual, _) => _assertions.AssertEqual(message, actual, hint ?? ""), hint, cancellationToken);

    /// <summary>The next message, which must fulfil the condition.</summary>
    public T ExpectMsg<T>(
        Predicate<T> isMessage, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(timeout, (actual, _) => Fulfils(isMessage(actual), actual, hint), hint, cancellationToken);

    /// <summary>The next message, of which the assertion must not throw.</summary>
    public T ExpectMsg<T>(
        Action<T> assert, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<T>(timeout, (actual, _) => assert(actual), hint, cancellationToken);

    public T ExpectMsgFrom<T>(
        IActorRef sender, TimeSpan? duration = null, string hint = null,
        CancellationToken cancellationToken = default) =>
        Expect<T>(duration, (_, from) => IsFrom(sender, from, hint), hint, cancellationToken);

    public T ExpectMsgFrom<T>(
        IActorRef sender, T message, TimeSpan? timeout = null, string hint = null,
        CancellationToken cancellationToken = default) =>
        Expect<T>(timeout, (actual, from) =>
        {
            IsFrom(sender, from, hint);
            _assertions.AssertEqual(message, actual, hint ?? "");
        }, hint, cancellationToken);

    public T ExpectMsgFrom<T>(
        IActorRef sender, Predicate<T> isMessage, TimeSpan? timeout = null, string hint = null,
        CancellationToken cancellationToken = default) =>
        Expect<T>(timeout, (actual, from) =>
        {
            IsFrom(sender, from, hint);
            Fulfils(isMessage(actual), actual, hint);
        }, hint, cancellationToken);

    public Terminated ExpectTerminated(
        IActorRef target, TimeSpan? timeout = null, string hint = null, CancellationToken cancellationToken = default) =>
        Expect<Terminated>(timeout, (ended, _) => IsEndOf(target, ended, hint), hint, cancellationToken);

    /// <summary>Fails when a message comes before the time is over, by default single-expect-default.</summary>
    public void ExpectNoMsg(CancellationToken cancellationToken = default) =>
        IsNone(Take(RemainingOrDefault, cancellationToken));

    public void ExpectNoMsg(TimeSpan duration, CancellationToken cancellationToken = default) =>
        IsNone(Take(Dilated(duration), cancellationToken));

    private T Expect<T>(TimeSpan? max, Action<T, IActorRef> assert, string hint, CancellationToken cancellationToken)
    {
        var patience = RemainingOrDilated(max);
        return Checked(Take(patience, cancellationToken), patience, assert, hint);
    }

    private T Checked<T>(MessageEnvelope received, TimeSpan patience, Action<T, IActorRef> assert, string hint)
    {
        if (received is null)
        {
            _assertions.Fail("no message within {0}, expected one of type {1} {2}", patience, typeof(T), hint ?? "");
        }

        if (received?.Message is not T message)
        {
            _assertions.Fail(
                "expected a message of type {0}, got {1} of type {2} from {3} {4}",
                typeof(T), received?.Message, received?.Message.GetType(), received?.Sender, hint ?? "");
            return default;
        }

        assert?.Invoke(message, received.Sender);
        return message;
    }

    private void Fulfils(bool fulfilled, object message, string hint) =>
        _assertions.AssertTrue(fulfilled, "expected {0}, got {1}", hint ?? "a message that fulfils the condition", message);

    private void IsFrom(IActorRef expected, IActorRef actual, string hint) =>
        _assertions.AssertTrue(Equals(expected, actual), "expected a message from {0}, got it from {1} {2}", expected, actual, hint ?? "");

    private void IsEndOf(IActorRef expected, Terminated actual, string hint) =>
        _assertions.AssertTrue(
            Equals(expected, actual.ActorRef), "expected the end of {0}, got that of {1} {2}", expected, actual.ActorRef, hint ?? "");

    private void IsNone(MessageEnvelope received) =>
        _assertions.AssertTrue(received is null, "expected no message, got {0}", received);

    private MessageEnvelope Take(TimeSpan max, CancellationToken cancellationToken)
    {
        var taken = _box.Take(max, cancellationToken);
        _last = taken ?? NullMessageEnvelope.Instance;
        return taken;
    }
}
