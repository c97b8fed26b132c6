using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>Lowest number first; equal numbers in the order in which they came. Under a lock.</summary>
/// <remarks>What a stash gives back goes before everything. Only the actor itself puts in front and takes out.</remarks>
internal sealed class UnboundedStablePriorityMessageQueue(Func<object, int> priority)
    : IMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Envelope, (int Priority, long Arrival)> _queue = new();
    private readonly Stack<Envelope> _front = new();
    private long _arrivals;

    public bool HasMessages
    {
        get
        {
            lock (_lock)
            {
                return _front.Count + _queue.Count > 0;
            }
        }
    }

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        lock (_lock)
        {
            _queue.Enqueue(envelope, (priority(envelope.Message), _arrivals++));
        }
    }

    public void EnqueueFirst(Envelope envelope)
    {
        lock (_lock)
        {
            _front.Push(envelope);
        }
    }

    public bool TryDequeue(out Envelope envelope)
    {
        lock (_lock)
        {
            return _front.TryPop(out envelope) || _queue.TryDequeue(out envelope, out _);
        }
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters) => this.DrainTo(owner, deadletters);
}
