namespace Akka.Dispatch;

/// <summary>Root of what a mailbox can promise and an actor can require.</summary>
public interface ISemantics;

/// <summary>On an actor: its mailbox's queue must be a <typeparamref name="T"/>.</summary>
public interface IRequiresMessageQueue<T> where T : ISemantics;

public interface IUnboundedMessageQueueSemantics : ISemantics;

public interface IBoundedMessageQueueSemantics : ISemantics;

/// <summary>Can take a message in front, as a stash needs it.</summary>
public interface IDequeBasedMessageQueueSemantics : ISemantics
{
    void EnqueueFirst(Actor.Envelope envelope);
}

public interface IUnboundedDequeBasedMessageQueueSemantics
    : IDequeBasedMessageQueueSemantics, IUnboundedMessageQueueSemantics;

public interface IBoundedDequeBasedMessageQueueSemantics
    : IDequeBasedMessageQueueSemantics, IBoundedMessageQueueSemantics;

public interface IMultipleConsumerSemantics : ISemantics;

/// <summary>On a mailbox type: the queues that it makes.</summary>
public interface IProducesMessageQueue<TQueue> where TQueue : MessageQueues.IMessageQueue;
