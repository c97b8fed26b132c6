using Akka.Actor;
using Akka.Event;
using Akka.Util;

namespace Akka.Pattern;

/// <summary>Starts its child again after it ended or failed, each time after twice the delay, up to a greatest one.</summary>
/// <remarks>
/// Messages go on to the child with their senders; what the child tells the supervisor goes to the supervisor's parent.
/// When the retries are used up the supervisor stops.
/// </remarks>
public sealed class BackoffSupervisor : ActorBase
{
    private readonly BackoffOptionsOf _options;
    private IActorRef _child;
    private int _restartCount;
    private bool _finalStop;
    private bool _startsAgain;

    internal BackoffSupervisor(BackoffOptionsOf options)
    {
        _options = options;
        // With "on stop", every end of the child is one after which it starts again.
        _startsAgain = !options.OnFailure;
    }

    public static Props Props(BackoffOptions options) =>
        Akka.Actor.Props.CreateBy(() => new BackoffSupervisor((BackoffOptionsOf)options));

    public static Props Props(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor) =>
        Props(childProps, childName, minBackoff, maxBackoff, randomFactor, -1);

    public static Props Props(
        Props childProps,
        string childName,
        TimeSpan minBackoff,
        TimeSpan maxBackoff,
        double randomFactor,
        int maxNrOfRetries) =>
        Props(Backoff.OnStop(childProps, childName, minBackoff, maxBackoff, randomFactor, maxNrOfRetries));

    protected override void PreStart() => StartChildActor();

    protected override SupervisorStrategy SupervisorStrategy()
    {
        var strategy = _options.Strategy;
        return _options.OnFailure ? new OneForOneStrategy(-1, -1, Decide) : strategy.WithMaxNrOfRetries(-1);

        Directive Decide(Exception cause)
        {
            var directive = strategy.Decider.Decide(cause);
            if (directive != Directive.Restart)
            {
                return directive;
            }

            _startsAgain = true;
            return Directive.Stop;
        }
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated terminated when terminated.ActorRef.Equals(_child): ChildEnded(); break;
            case StartChild: StartChildActor(); break;
            case Reset when _options.ResetAfter is null: _restartCount = 0; break;
            case Reset: Unhandled(message); break;
            case ResetRestartCount reset when reset.Current == _restartCount: _restartCount = 0; break;
            case ResetRestartCount: break;
            case GetRestartCount: Sender.Tell(new RestartCount(_restartCount)); break;
            case GetCurrentChild: Sender.Tell(new CurrentChild(_child ?? ActorRefs.Nobody)); break;
            default: PassOn(message); break;
        }

        return true;
    }

    private void StartChildActor()
    {
        if (_child is not null)
        {
            return;
        }

        _child = Context.Watch(Context.ActorOf(_options.ChildProps, _options.ChildName));
        if (_options.ResetAfter is { } after)
        {
            Context.System.Scheduler.ScheduleTellOnce(after, Self, new ResetRestartCount(_restartCount), Self);
        }
    }

    private void ChildEnded()
    {
        _child = null;
        var retriesMax = _options.Strategy.MaxNumberOfRetries;
        if (_finalStop || !_startsAgain || (retriesMax >= 0 && _restartCount >= retriesMax))
        {
            Context.Stop(Self);
            return;
        }

        Context.System.Scheduler.ScheduleTellOnce(Delay(), Self, StartChild.Instance, Self);
        _restartCount++;
        _startsAgain = !_options.OnFailure;
    }

    private TimeSpan Delay()
    {
        var random = 1.0 + (ThreadLocalRandom.Current.NextDouble() * _options.RandomFactor);
        var doubled = _options.MinBackoff.Ticks * Math.Pow(2, Math.Min(_restartCount, 60));
        return TimeSpan.FromTicks((long)(Math.Min(doubled, _options.MaxBackoff.Ticks) * random));
    }

    private void PassOn(object message)
    {
        if (Sender.Equals(_child))
        {
            Context.Parent.Forward(message);
            return;
        }

        _finalStop |= _options.IsFinalStopMessage(message);
        if (_child is not null)
        {
            _child.Forward(message);
        }
        else if (_options.ReplyWhileStopped is { } reply)
        {
            Sender.Tell(reply);
        }
        else
        {
            Context.System.DeadLetters.Forward(message);
        }

        if (_finalStop && _child is null)
        {
            Context.Stop(Self);
        }
    }

    /// <summary>Anyone → supervisor, answered with <see cref="CurrentChild"/>.</summary>
    public sealed class GetCurrentChild
    {
        public static readonly GetCurrentChild Instance = new();

        private GetCurrentChild()
        {
        }
    }

    /// <summary>Nobody while it waits.</summary>
    public sealed class CurrentChild(IActorRef @ref)
    {
        public IActorRef Ref { get; } = @ref;
    }

    /// <summary>Child → supervisor: it works, count from zero again.</summary>
    public sealed class Reset
    {
        public static readonly Reset Instance = new();

        private Reset()
        {
        }
    }

    /// <summary>Anyone → supervisor, answered with <see cref="RestartCount"/>.</summary>
    public sealed class GetRestartCount
    {
        public static readonly GetRestartCount Instance = new();

        private GetRestartCount()
        {
        }
    }

    public sealed class RestartCount(int count)
    {
        public int Count { get; } = count;
    }

    public sealed class StartChild : IDeadLetterSuppression
    {
        public static readonly StartChild Instance = new();

        private StartChild()
        {
        }
    }

    public sealed class ResetRestartCount(int current) : IDeadLetterSuppression
    {
        public int Current { get; } = current;
    }
}
