using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>A queue under a lock.</summary>
public abstract class BlockingMessageQueue : IMessageQueue
{
    private readonly Lock _lock = new();

    public bool HasMessages => Count > 0;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return LockedCount;
            }
        }
    }

    protected abstract int LockedCount { get; }

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        lock (_lock)
        {
            LockedEnqueue(envelope);
        }
    }

    public bool TryDequeue(out Envelope envelope)
    {
        lock (_lock)
        {
            return LockedTryDequeue(out envelope);
        }
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters) => this.DrainTo(owner, deadletters);

    protected abstract void LockedEnqueue(Envelope envelope);

    protected abstract bool LockedTryDequeue(out Envelope envelope);
}

/// <summary>Lowest number first; equal numbers in the order in which they came.</summary>
/// <remarks>What a stash gives back goes before everything.</remarks>
public class UnboundedStablePriorityMessageQueue : BlockingMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    private readonly Func<object, int> _priority;
    private readonly PriorityQueue<Envelope, (int Priority, long Arrival)> _queue;
    private readonly Stack<Envelope> _front = new();
    private long _arrivals;

    public UnboundedStablePriorityMessageQueue(Func<object, int> priorityGenerator, int initialCapacity)
    {
        _priority = priorityGenerator;
        _queue = new PriorityQueue<Envelope, (int, long)>(initialCapacity);
    }

    protected override int LockedCount => _front.Count + _queue.Count;

    public void EnqueueFirst(Envelope envelope) => _front.Push(envelope);

    protected override void LockedEnqueue(Envelope envelope) =>
        _queue.Enqueue(envelope, (_priority(envelope.Message), _arrivals++));

    protected override bool LockedTryDequeue(out Envelope envelope) =>
        _front.TryPop(out envelope) || _queue.TryDequeue(out envelope, out _);
}
