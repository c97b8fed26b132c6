using System.Diagnostics;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.MessageQueues;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

public interface IRunnable : IThreadPoolWorkItem
{
    void Run();
}

/// <summary>The mail of one actor and the state of its processing; as a work item it runs a batch of it.</summary>
/// <remarks>
/// One word holds closed, scheduled and how often it is suspended. System messages run always, users' messages only while
/// not suspended. Only the thread that won "scheduled" runs the actor, so an actor needs no lock.
/// </remarks>
public class Mailbox(IMessageQueue messageQueue) : IRunnable
{
    private const int Open = 0;
    private const int Closed = 1;
    private const int Scheduled = 2;
    private const int SuspendUnit = 4;
    private const int SuspendMask = ~3;

    /// <summary>Head of the queue of a mailbox that takes no more.</summary>
    private static readonly SystemMessage End = new NoMessage();

    private int _status;
    // Newest first; taken whole and turned round.
    private SystemMessage _system;
    private ActorCell _cell;

    public IMessageQueue MessageQueue { get; } = messageQueue;

    public MessageDispatcher Dispatcher => _cell.Dispatcher;

    internal bool IsClosed => Volatile.Read(ref _status) == Closed;

    internal bool IsSuspended => (Volatile.Read(ref _status) & SuspendMask) != 0;

    internal bool HasSystemMessages => Volatile.Read(ref _system) is not null and not NoMessage;

    internal bool HasMessages => MessageQueue.HasMessages;

    public virtual void SetActor(ActorCell actorCell) => _cell = actorCell;

    public void Execute() => Run();

    public void Run()
    {
        try
        {
            if (!IsClosed)
            {
                var outer = InternalCurrentActorCellKeeper.Current;
                InternalCurrentActorCellKeeper.Current = _cell;
                try
                {
                    ProcessAllSystemMessages();
                    ProcessMailbox();
                }
                finally
                {
                    InternalCurrentActorCellKeeper.Current = outer;
                }
            }
        }
        finally
        {
            SetAsIdle();
            Dispatcher.RegisterForExecution(this, false, false);
        }
    }

    internal virtual void SystemEnqueue(IActorRef receiver, SystemMessage message)
    {
        SystemMessage head;
        do
        {
            head = Volatile.Read(ref _system);
            if (ReferenceEquals(head, End))
            {
                _cell.SystemImpl.Mailboxes.DeadLetterMailbox.SystemEnqueue(receiver, message);
                return;
            }

            message.Next = head;
        }
        while (Interlocked.CompareExchange(ref _system, message, head) != head);
    }

    internal void Suspend()
    {
        int status;
        do
        {
            status = Volatile.Read(ref _status);
        }
        while (status != Closed
               && Interlocked.CompareExchange(ref _status, status + SuspendUnit, status) != status);
    }

    /// <summary>Takes back one <see cref="Suspend"/>.</summary>
    internal void Resume()
    {
        int status;
        do
        {
            status = Volatile.Read(ref _status);
        }
        while (status != Closed && status >= SuspendUnit
               && Interlocked.CompareExchange(ref _status, status - SuspendUnit, status) != status);
    }

    internal void BecomeClosed() => Interlocked.Exchange(ref _status, Closed);

    internal bool CanBeScheduled(bool hasMessageHint, bool hasSystemMessageHint)
    {
        var status = Volatile.Read(ref _status);
        return status switch
        {
            Open => hasMessageHint || hasSystemMessageHint || HasSystemMessages || HasMessages,
            Closed or Scheduled => false,
            _ => hasSystemMessageHint || HasSystemMessages,
        };
    }

    internal bool SetAsScheduled()
    {
        while (true)
        {
            var status = Volatile.Read(ref _status);
            if ((status & ~SuspendMask) != Open)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _status, status | Scheduled, status) == status)
            {
                return true;
            }
        }
    }

    internal void SetAsIdle()
    {
        while (true)
        {
            var status = Volatile.Read(ref _status);
            if ((status & Scheduled) == 0
                || Interlocked.CompareExchange(ref _status, status & ~Scheduled, status) == status)
            {
                return;
            }
        }
    }

    /// <summary>Hands the rest to the dead letters, once the cell has let go of this mailbox.</summary>
    /// <remarks>Called again by whoever put a message into it while it was being closed.</remarks>
    public virtual void CleanUp()
    {
        var deadLetters = _cell.SystemImpl.Mailboxes.DeadLetterMailbox;
        var newest = Interlocked.Exchange(ref _system, End);
        var rest = ReferenceEquals(newest, End) ? null : Reverse(newest);
        while (rest is not null)
        {
            var message = rest;
            rest = message.Next;
            message.Next = null;
            deadLetters.SystemEnqueue(_cell.Self, message);
        }

        lock (MessageQueue)
        {
            MessageQueue.CleanUp(_cell.Self, deadLetters.MessageQueue);
        }
    }

    private void ProcessMailbox()
    {
        var left = Math.Max(Dispatcher.Throughput, 1);
        var deadlineTicks = Dispatcher.ThroughputDeadlineTime is > 0
            ? Stopwatch.GetTimestamp() + (long)((double)Dispatcher.ThroughputDeadlineTime.Value * Stopwatch.Frequency / TimeSpan.TicksPerSecond)
            : long.MaxValue;
        // Open with Scheduled is the only state in which users' messages run: no suspension, not closed.
        while (Volatile.Read(ref _status) == Scheduled && MessageQueue.TryDequeue(out var envelope))
        {
            _cell.Invoke(envelope);
            ProcessAllSystemMessages();
            if (--left == 0 || (deadlineTicks != long.MaxValue && Stopwatch.GetTimestamp() >= deadlineTicks))
            {
                return;
            }
        }
    }

    private void ProcessAllSystemMessages()
    {
        while (HasSystemMessages && !IsClosed)
        {
            var batch = Reverse(Interlocked.Exchange(ref _system, null));
            while (batch is not null)
            {
                var message = batch;
                batch = message.Next;
                message.Next = null;
                if (IsClosed)
                {
                    _cell.SystemImpl.Mailboxes.DeadLetterMailbox.SystemEnqueue(_cell.Self, message);
                }
                else
                {
                    _cell.SystemInvoke(message);
                }
            }
        }
    }

    private static SystemMessage Reverse(SystemMessage newest)
    {
        SystemMessage oldest = null;
        while (newest is not null)
        {
            var next = newest.Next;
            newest.Next = oldest;
            (oldest, newest) = (newest, next);
        }

        return oldest;
    }
}
