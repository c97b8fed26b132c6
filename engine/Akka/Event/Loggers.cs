using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Akka.Event;

/// <summary>Bus → logger, answered with <see cref="LoggerInitialized"/>; only then does it get events.</summary>
public class InitializeLogger(LoggingBus loggingBus) : INoSerializationVerificationNeeded
{
    public LoggingBus LoggingBus { get; } = loggingBus;
}

public class LoggerInitialized : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>Required by loggers of their mailbox.</summary>
public interface ILoggerMessageQueueSemantics : ISemantics;

/// <summary>Named in akka.actor.mailbox.logger-queue.</summary>
internal sealed class LoggerMailboxType(Settings settings, Config config)
    : MailboxType(settings, config), IProducesMessageQueue<LoggerMailboxType.Queue>
{
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new Queue();

    internal sealed class Queue : UnboundedMessageQueue, ILoggerMessageQueueSemantics;
}

/// <summary>Prints to the standard output.</summary>
public class DefaultLogger : ActorBase, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private MinimalLogger _stdout;

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                _stdout = Context.System.Settings.StdoutLogger;
                Sender.Tell(new LoggerInitialized(), Self);
                return true;
            case LogEvent logEvent:
                Print(logEvent);
                return true;
            default:
                return false;
        }
    }

    protected virtual void Print(LogEvent logEvent) => _stdout.Tell(logEvent, ActorRefs.NoSender);
}

/// <summary>A logger that is no actor: it prints in the thread that logs, before and after the actors' time.</summary>
public abstract class MinimalLogger : MinimalActorRef
{
    public sealed override ActorPath Path { get; } = new RootActorPath(new Address("akka", "all-systems"), "/StandardOutLogger");

    public sealed override IActorRefProvider Provider =>
        throw new NotSupportedException("This logger does not provide.");

    protected sealed override void TellInternal(object message, IActorRef sender) => Log(message);

    protected abstract void Log(object message);
}

/// <summary>One line per event, on the standard output.</summary>
public class StandardOutLogger : MinimalLogger
{
    protected override void Log(object message) => Console.Out.WriteLine(message);
}
