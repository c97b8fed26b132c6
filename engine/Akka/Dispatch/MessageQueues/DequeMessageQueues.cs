using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>Adds a front to another queue.</summary>
/// <remarks>Only the actor itself puts in front and takes out, so the front needs no lock.</remarks>
public class DequeWrapperMessageQueue(IMessageQueue messageQueue) : IMessageQueue, IDequeBasedMessageQueueSemantics
{
    protected readonly IMessageQueue MessageQueue = messageQueue;

    private readonly Stack<Envelope> _front = new();

    public bool HasMessages => _front.Count > 0 || MessageQueue.HasMessages;

    public void Enqueue(IActorRef receiver, Envelope envelope) => MessageQueue.Enqueue(receiver, envelope);

    public void EnqueueFirst(Envelope envelope) => _front.Push(envelope);

    public bool TryDequeue(out Envelope envelope) =>
        _front.TryPop(out envelope) || MessageQueue.TryDequeue(out envelope);

    public void CleanUp(IActorRef owner, IMessageQueue deadletters) => this.DrainTo(owner, deadletters);
}

public class UnboundedDequeMessageQueue : DequeWrapperMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    public UnboundedDequeMessageQueue() : base(new UnboundedMessageQueue())
    {
    }
}

/// <remarks>What comes back from a stash was counted when it came in: it never waits for room.</remarks>
public class BoundedDequeMessageQueue(int boundedCapacity, TimeSpan pushTimeOut)
    : DequeWrapperMessageQueue(new BoundedMessageQueue(boundedCapacity, pushTimeOut)), IBoundedDequeBasedMessageQueueSemantics
{
}
