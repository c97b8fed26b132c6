using Akka.Dispatch;

namespace Akka.Actor;

/// <summary>Keeps messages aside until the actor can take them.</summary>
/// <remarks>What is stashed comes back when the actor restarts, and goes to the dead letters when it ends.</remarks>
public interface IStash
{
    bool NonEmpty { get; }

    /// <summary>Puts the current message aside.</summary>
    /// <exception cref="StashOverflowException">The stash is full.</exception>
    void Stash();

    /// <summary>Puts the oldest in front of the mailbox.</summary>
    void Unstash();

    void UnstashAll();
}

/// <summary>On an actor: it gets a stash. Use one of the interfaces below.</summary>
public interface IActorStash
{
    IStash Stash { get; set; }
}

public interface IWithUnrestrictedStash : IActorStash;

/// <summary>With the mailbox that has a front, bounded or not as it is configured.</summary>
public interface IWithStash : IWithUnrestrictedStash, IRequiresMessageQueue<IDequeBasedMessageQueueSemantics>;

public interface IWithUnboundedStash
    : IWithUnrestrictedStash, IRequiresMessageQueue<IUnboundedDequeBasedMessageQueueSemantics>;

internal static class StashFactory
{
    /// <exception cref="NotSupportedException">The mailbox has no front.</exception>
    public static IStash CreateStash(this ActorCell cell, IActorStash actor) =>
        cell.Mailbox.MessageQueue is IDequeBasedMessageQueueSemantics queue
            ? new StashOfCell(cell, queue, cell.SystemImpl.Mailboxes.StashCapacity(cell.Props))
            : throw new NotSupportedException(
                $"DequeBasedMailbox required, got: {cell.Mailbox.MessageQueue.GetType().Name}. An (unbounded) deque-based "
                + $"mailbox can be configured as follows: my-custom-mailbox {{ mailbox-type = \"{typeof(UnboundedDequeBasedMailbox)}\" }}");

    private sealed class StashOfCell(ActorCell cell, IDequeBasedMessageQueueSemantics queue, int capacity) : IStash
    {
        private readonly LinkedList<Envelope> _stashed = [];
        private int _lastStashed = -1;

        public bool NonEmpty => _stashed.Count > 0;

        public void Stash()
        {
            var message = cell.CurrentMessage;
            if (_lastStashed == cell.CurrentEnvelopeId)
            {
                throw new IllegalActorStateException($"Can't stash the same message {message} more than once");
            }

            if (capacity >= 0 && _stashed.Count >= capacity)
            {
                throw new StashOverflowException($"Couldn't enqueue message {message} to stash of {cell.Self}");
            }

            _lastStashed = cell.CurrentEnvelopeId;
            _stashed.AddLast(new Envelope(message, cell.SenderOrNone));
        }

        public void Unstash()
        {
            if (_stashed.First is { } first)
            {
                _stashed.RemoveFirst();
                queue.EnqueueFirst(first.Value);
            }
        }

        public void UnstashAll()
        {
            for (var node = _stashed.Last; node is not null; node = node.Previous)
            {
                queue.EnqueueFirst(node.Value);
            }

            _stashed.Clear();
        }
    }
}
