using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>An actor whose handlers are declared by message type; the first that fits takes the message.</summary>
public abstract class ReceiveActor : UntypedActor
{
    // Non-null while handlers may be declared: in the constructor and in a method that is passed to Become.
    private Handlers _declaring = new();
    private Receive _initial;

    internal override void Constructed()
    {
        _initial = _declaring.TryHandle;
        _declaring = null;
    }

    protected override bool Receive(object message) => _initial(message);

    protected sealed override void OnReceive(object message)
    {
        // Receive has taken its place.
    }

    protected void Become(Action configure) => Become(Declare(configure));

    protected void Receive<T>(Action<T> handler, Predicate<T> shouldHandle = null) =>
        Declaring().Add<T>(shouldHandle is null, message =>
        {
            if (shouldHandle is not null && !shouldHandle(message))
            {
                return false;
            }

            handler(message);
            return true;
        });

    protected void Receive<T>(Predicate<T> shouldHandle, Action<T> handler) => Receive(handler, shouldHandle);

    protected void ReceiveAsync<T>(Func<T, Task> handler, Predicate<T> shouldHandle = null) =>
        Receive(message => ActorTaskScheduler.RunTask(() => handler(message)), shouldHandle);

    protected void ReceiveAsync<T>(Predicate<T> shouldHandle, Func<T, Task> handler) =>
        ReceiveAsync(handler, shouldHandle);

    protected void ReceiveAny(Action<object> handler) => Receive(handler);

    protected void ReceiveAnyAsync(Func<object, Task> handler) => ReceiveAsync(handler);

    private Handlers Declaring() => _declaring ?? throw new InvalidOperationException(
        "You may only call Receive-methods when constructing the actor and inside Become().");

    private Receive Declare(Action configure)
    {
        var outer = _declaring;
        _declaring = new Handlers();
        try
        {
            configure();
            return _declaring.TryHandle;
        }
        finally
        {
            _declaring = outer;
        }
    }

    private sealed class Handlers
    {
        private Func<object, bool>[] _handlers = [];
        private bool _takesAny;

        public void Add<T>(bool always, Func<T, bool> handler) =>
            Add(always && typeof(T) == typeof(object), message => message is T typed && handler(typed));

        public bool TryHandle(object message)
        {
            foreach (var handler in _handlers)
            {
                if (handler(message))
                {
                    return true;
                }
            }

            return false;
        }

        private void Add(bool takesAny, Func<object, bool> handler)
        {
            if (_takesAny)
            {
                throw new InvalidOperationException(
                    "A handler that catches all messages has been added. No handler can be added after that.");
            }

            _takesAny = takesAny;
            _handlers = [.. _handlers, handler];
        }
    }
}
