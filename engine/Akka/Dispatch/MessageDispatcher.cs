using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Dispatch;

/// <summary>Gives actors their turns on threads.</summary>
public abstract class MessageDispatcher
{
    /// <summary>Used where the configuration is silent.</summary>
    public const int DefaultThroughput = 100;

    private long _inhabitants;

    protected MessageDispatcher(MessageDispatcherConfigurator configurator)
    {
        Configurator = configurator;
        Throughput = DefaultThroughput;
        EventStream = configurator.Prerequisites.EventStream;
        Mailboxes = configurator.Prerequisites.Mailboxes;
    }

    public MessageDispatcherConfigurator Configurator { get; }

    public string Id { get; protected set; }

    public EventStream EventStream { get; }

    public Mailboxes Mailboxes { get; }

    /// <summary>Messages that one actor may process before the thread turns to the next.</summary>
    public int Throughput { get; protected set; }

    /// <summary>Ticks that one turn may take, besides; null or 0 for no limit.</summary>
    public long? ThroughputDeadlineTime { get; protected set; }

    /// <summary>How long the threads stay when the last actor has gone.</summary>
    public TimeSpan ShutdownTimeout { get; protected set; }

    public virtual void Attach(ActorCell cell)
    {
        Interlocked.Increment(ref _inhabitants);
        RegisterForExecution(cell.Mailbox, false, true);
    }

    public virtual void Detach(ActorCell cell)
    {
        Interlocked.Decrement(ref _inhabitants);
        var mailbox = cell.SwapMailbox(Mailboxes.DeadLetterMailbox);
        mailbox.BecomeClosed();
        mailbox.CleanUp();
    }

    public virtual void Dispatch(ActorCell cell, Envelope envelope)
    {
        var mailbox = cell.Mailbox;
        mailbox.MessageQueue.Enqueue(cell.Self, envelope);
        // The queue publishes with a store that may pass the load of the status below. Without the fence both sides
        // could miss each other: this one sees "scheduled", the consumer has already looked and seen an empty queue.
        Interlocked.MemoryBarrier();
        if (!RegisterForExecution(mailbox, true, false) && mailbox.IsClosed)
        {
            mailbox.CleanUp();
        }
    }

    public virtual void SystemDispatch(ActorCell cell, SystemMessage message)
    {
        var mailbox = cell.Mailbox;
        mailbox.SystemEnqueue(cell.Self, message);
        RegisterForExecution(mailbox, false, true);
    }

    /// <returns>Whether this call made it run.</returns>
    internal virtual bool RegisterForExecution(Mailbox mailbox, bool hasMessageHint, bool hasSystemMessageHint)
    {
        if (!mailbox.CanBeScheduled(hasMessageHint, hasSystemMessageHint) || !mailbox.SetAsScheduled())
        {
            return false;
        }

        try
        {
            ExecuteTask(mailbox);
            return true;
        }
        catch (RejectedExecutionException)
        {
            mailbox.SetAsIdle();
            throw;
        }
    }

    /// <summary>Ends the threads with the system.</summary>
    internal void EndThreads() => Shutdown();

    protected abstract void ExecuteTask(IRunnable run);

    protected abstract void Shutdown();
}

/// <summary>Actors share the threads of an executor.</summary>
public class Dispatcher : MessageDispatcher
{
    private readonly Lazy<ExecutorService> _executor;

    public Dispatcher(
        MessageDispatcherConfigurator configurator,
        string id,
        int throughput,
        long? throughputDeadlineTime,
        ExecutorServiceFactory executorServiceFactory,
        TimeSpan shutdownTimeout) : base(configurator)
    {
        Id = id;
        Throughput = throughput;
        ThroughputDeadlineTime = throughputDeadlineTime;
        ShutdownTimeout = shutdownTimeout;
        _executor = new Lazy<ExecutorService>(() => executorServiceFactory.Produce(id));
    }

    protected override void ExecuteTask(IRunnable run) => _executor.Value.Execute(run);

    protected override void Shutdown()
    {
        if (_executor.IsValueCreated)
        {
            _executor.Value.Shutdown();
        }
    }
}

/// <summary>A thread of its own for each actor.</summary>
public sealed class PinnedDispatcher(
    MessageDispatcherConfigurator configurator,
    string id,
    int throughput,
    long? throughputDeadlineTime,
    ExecutorServiceFactory executorServiceFactory,
    TimeSpan shutdownTimeout)
    : Dispatcher(configurator, id, throughput, throughputDeadlineTime, executorServiceFactory, shutdownTimeout)
{
    public override void Detach(ActorCell cell)
    {
        base.Detach(cell);
        Shutdown();
    }
}

/// <summary>The executor has ended.</summary>
public class RejectedExecutionException(string message = null, Exception inner = null) : AkkaException(message, inner);
