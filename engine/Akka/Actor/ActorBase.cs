using Akka.Event;

namespace Akka.Actor;

/// <summary>What all actors have: a context, a life cycle, and a behaviour that can change.</summary>
/// <remarks>Made only by the engine, inside a cell. Lifecycle methods run on the actor's own thread like messages.</remarks>
public abstract class ActorBase
{
    private readonly ActorCell _cell;
    private SupervisorStrategy _strategy;

    protected ActorBase() => _cell = ActorCell.Current ?? throw new ActorInitializationException(
        "Do not create actors using 'new', always create them using an ActorContext/System");

    protected static IActorContext Context => ActorCell.Current ?? throw new NotSupportedException(
        "There is no active ActorContext, this is most likely due to use of async operations from within this actor.");

    protected IActorRef Self => _cell.Self;

    /// <summary>Dead letters when the message had none.</summary>
    protected IActorRef Sender => _cell.Sender;

    internal Receive InitialReceive => Receive;

    internal SupervisorStrategy Strategy => _strategy ??= _cell.Props.SupervisorStrategy ?? SupervisorStrategy();

    public virtual void AroundPreStart() => PreStart();

    public virtual void AroundPreRestart(Exception cause, object message) => PreRestart(cause, message);

    public virtual void AroundPostRestart(Exception cause, object message) => PostRestart(cause);

    public virtual void AroundPostStop() => PostStop();

    /// <summary>The constructor has ended.</summary>
    internal virtual void Constructed()
    {
    }

    internal void AroundReceiveInternal(Receive receive, object message) => AroundReceive(receive, message);

    protected virtual bool AroundReceive(Receive receive, object message)
    {
        var handled = receive(message);
        if (!handled)
        {
            Unhandled(message);
        }

        return handled;
    }

    /// <returns>Whether the message was handled.</returns>
    protected abstract bool Receive(object message);

    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated)
        {
            throw new DeathPactException(terminated.ActorRef);
        }

        Context.System.EventStream.Publish(new UnhandledMessage(message, Sender, Self));
    }

    protected virtual void PreStart()
    {
    }

    /// <summary>Called on the failed instance; by default it stops all children and calls <see cref="PostStop"/>.</summary>
    protected virtual void PreRestart(Exception reason, object message)
    {
        foreach (var child in Context.GetChildren().ToList())
        {
            Context.Unwatch(child);
            Context.Stop(child);
        }

        PostStop();
    }

    /// <summary>Called on the new instance; by default it calls <see cref="PreStart"/>.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    protected virtual void PostStop()
    {
    }

    /// <summary>What happens to this actor's children when they fail.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.DefaultStrategy;

    protected void Become(Receive receive) => Context.Become(receive);
}
