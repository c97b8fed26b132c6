using Akka.Actor.Internal;
using Akka.Event;
using Akka.Util;

namespace Akka.Actor;

/// <summary>What a parent does about a failed child.</summary>
public enum Directive
{
    /// <summary>Goes on with the next message, state kept.</summary>
    Resume,

    /// <summary>Goes on with a new instance.</summary>
    Restart,

    /// <summary>The parent fails itself, with this cause.</summary>
    Escalate,

    Stop,
}

public interface IDecider
{
    Directive Decide(Exception cause);
}

public class LocalOnlyDecider(Func<Exception, Directive> decider) : IDecider
{
    private readonly Func<Exception, Directive> _decider = decider;

    public Directive Decide(Exception cause) => _decider(cause);
}

public static class Decider
{
    public static LocalOnlyDecider From(Func<Exception, Directive> localOnlyDecider) => new(localOnlyDecider);
}

/// <summary>How a parent treats failures of its children. Kept with the parent; the counts are with each child.</summary>
public abstract class SupervisorStrategy
{
    /// <summary>Stops what could not be created or was killed, restarts everything else.</summary>
    public static IDecider DefaultDecider = Akka.Actor.Decider.From(cause => cause is ActorInitializationException
        or ActorKilledException or DeathPactException ? Directive.Stop : Directive.Restart);

    public static readonly SupervisorStrategy DefaultStrategy = new OneForOneStrategy(DefaultDecider);

    public static readonly OneForOneStrategy StoppingStrategy = new(_ => Directive.Stop);

    public abstract IDecider Decider { get; }

    protected bool LoggingEnabled { get; set; } = true;

    public abstract void HandleChildTerminated(
        IActorContext actorContext, IActorRef child, IEnumerable<IInternalActorRef> children);

    /// <returns>False: the cause goes up.</returns>
    public bool HandleFailure(
        ActorCell actorCell,
        IActorRef child,
        Exception cause,
        ChildRestartStats stats,
        IReadOnlyCollection<ChildRestartStats> children)
    {
        var directive = Handle(child, cause);
        if (directive == Directive.Escalate)
        {
            LogFailure(actorCell, child, cause, directive);
            return false;
        }

        LogFailure(actorCell, child, cause, directive);
        if (directive == Directive.Resume)
        {
            ResumeChild(child, cause);
        }
        else
        {
            ProcessFailure(actorCell, directive == Directive.Restart, child, cause, stats, children);
        }

        return true;
    }

    public abstract void ProcessFailure(
        IActorContext context,
        bool restart,
        IActorRef child,
        Exception cause,
        ChildRestartStats stats,
        IReadOnlyCollection<ChildRestartStats> children);

    protected abstract Directive Handle(IActorRef child, Exception exception);

    protected void ResumeChild(IActorRef child, Exception exception) =>
        ((IInternalActorRef)child).Resume(exception);

    /// <param name="suspendFirst">For a child that did not fail itself.</param>
    protected void RestartChild(IActorRef child, Exception cause, bool suspendFirst)
    {
        var target = (IInternalActorRef)child;
        if (suspendFirst)
        {
            target.Suspend();
        }

        target.Restart(cause);
    }

    protected virtual void LogFailure(IActorContext context, IActorRef child, Exception cause, Directive directive)
    {
        // The parent's parent logs what is escalated.
        if (!LoggingEnabled || directive == Directive.Escalate)
        {
            return;
        }

        var message = cause is ActorInitializationException { InnerException: { } inner } ? inner.Message : cause.Message;
        context.System.EventStream.Publish(directive == Directive.Resume
            ? new Warning(child.Path.ToString(), GetType(), message)
            : new Error(cause, child.Path.ToString(), GetType(), message));
    }
}

/// <summary>What differs between the two strategies is only whom a failure concerns.</summary>
internal static class RestartLimits
{
    public static int Milliseconds(TimeSpan? withinTimeRange) =>
        withinTimeRange is { } range && range != Timeout.InfiniteTimeSpan ? (int)range.TotalMilliseconds : -1;
}

/// <summary>Only the failed child is concerned.</summary>
public class OneForOneStrategy : SupervisorStrategy
{
    public OneForOneStrategy(
        int? maxNrOfRetries, TimeSpan? withinTimeRange, Func<Exception, Directive> localOnlyDecider)
        : this(maxNrOfRetries, withinTimeRange, Akka.Actor.Decider.From(localOnlyDecider))
    {
    }

    public OneForOneStrategy(int? maxNrOfRetries, TimeSpan? withinTimeRange, IDecider decider)
        : this(maxNrOfRetries ?? -1, RestartLimits.Milliseconds(withinTimeRange), decider)
    {
    }

    public OneForOneStrategy(
        int maxNrOfRetries,
        int withinTimeMilliseconds,
        Func<Exception, Directive> localOnlyDecider,
        bool loggingEnabled = true)
        : this(maxNrOfRetries, withinTimeMilliseconds, Akka.Actor.Decider.From(localOnlyDecider), loggingEnabled)
    {
    }

    public OneForOneStrategy(
        int maxNrOfRetries, int withinTimeMilliseconds, IDecider decider, bool loggingEnabled = true)
    {
        MaxNumberOfRetries = maxNrOfRetries;
        WithinTimeRangeMilliseconds = withinTimeMilliseconds;
        Decider = decider;
        LoggingEnabled = loggingEnabled;
    }

    public OneForOneStrategy(Func<Exception, Directive> localOnlyDecider) : this(-1, -1, localOnlyDecider)
    {
    }

    public OneForOneStrategy(IDecider decider) : this(-1, -1, decider)
    {
    }

    public override IDecider Decider { get; }

    /// <summary>-1: no limit.</summary>
    public int MaxNumberOfRetries { get; }

    public int WithinTimeRangeMilliseconds { get; }

    public OneForOneStrategy WithMaxNrOfRetries(int maxNrOfRetries) =>
        new(maxNrOfRetries, WithinTimeRangeMilliseconds, Decider, LoggingEnabled);

    public override void HandleChildTerminated(
        IActorContext actorContext, IActorRef child, IEnumerable<IInternalActorRef> children)
    {
        // The others live on.
    }

    public override void ProcessFailure(
        IActorContext context,
        bool restart,
        IActorRef child,
        Exception cause,
        ChildRestartStats stats,
        IReadOnlyCollection<ChildRestartStats> children)
    {
        if (restart && stats.RequestRestartPermission(MaxNumberOfRetries, WithinTimeRangeMilliseconds))
        {
            RestartChild(child, cause, suspendFirst: false);
        }
        else
        {
            context.Stop(child);
        }
    }

    protected override Directive Handle(IActorRef child, Exception exception) => Decider.Decide(exception);
}

/// <summary>Named by akka.actor.guardian-supervisor-strategy.</summary>
public abstract class SupervisorStrategyConfigurator
{
    public abstract SupervisorStrategy Create();

    public static SupervisorStrategyConfigurator CreateConfigurator(string typeName) =>
        TypeNames.Create<SupervisorStrategyConfigurator>(typeName, "akka.actor.guardian-supervisor-strategy");
}

public class DefaultSupervisorStrategy : SupervisorStrategyConfigurator
{
    public override SupervisorStrategy Create() => SupervisorStrategy.DefaultStrategy;
}
