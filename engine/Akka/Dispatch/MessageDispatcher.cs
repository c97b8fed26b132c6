using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

/// <summary>Gives actors their turns on threads.</summary>
public abstract class MessageDispatcher
{
    /// <summary>Used where the configuration is silent.</summary>
    public const int DefaultThroughput = 100;

    protected MessageDispatcher(MessageDispatcherConfigurator configurator)
    {
        Configurator = configurator;
        Throughput = DefaultThroughput;
        Mailboxes = configurator.Prerequisites.Mailboxes;
    }

    public MessageDispatcherConfigurator Configurator { get; }

    public Mailboxes Mailboxes { get; }

    /// <summary>Messages that one actor may process before the thread turns to the next.</summary>
    public int Throughput { get; protected set; }

    /// <summary>Ticks that one turn may take, besides; null or 0 for no limit.</summary>
    public long? ThroughputDeadlineTime { get; protected set; }

    public virtual void Attach(ActorCell cell) => RegisterForExecution(cell.Mailbox, false, true);

    public virtual void Detach(ActorCell cell)
    {
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

    internal Dispatcher(
        MessageDispatcherConfigurator configurator, int throughput, long? throughputDeadlineTime, Func<ExecutorService> executor)
        : base(configurator)
    {
        Throughput = throughput;
        ThroughputDeadlineTime = throughputDeadlineTime;
        _executor = new Lazy<ExecutorService>(executor);
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
public sealed class PinnedDispatcher : Dispatcher
{
    internal PinnedDispatcher(
        MessageDispatcherConfigurator configurator, int throughput, long? throughputDeadlineTime, Func<ExecutorService> executor)
        : base(configurator, throughput, throughputDeadlineTime, executor)
    {
    }

    public override void Detach(ActorCell cell)
    {
        base.Detach(cell);
        Shutdown();
    }
}

/// <summary>The executor has ended.</summary>
public class RejectedExecutionException(string message = null, Exception inner = null) : AkkaException(message, inner);
