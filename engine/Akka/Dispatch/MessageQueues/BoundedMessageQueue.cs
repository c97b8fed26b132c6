using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;

namespace Akka.Dispatch.MessageQueues;

/// <summary>Holds at most so many messages; a teller waits for room for the push timeout, then its message is a dead letter.</summary>
public class BoundedMessageQueue : IMessageQueue, IBoundedMessageQueueSemantics
{
    private readonly ConcurrentQueue<Envelope> _queue = new();
    private readonly SemaphoreSlim _room;

    public BoundedMessageQueue(int boundedCapacity, TimeSpan pushTimeOut)
    {
        _room = new SemaphoreSlim(boundedCapacity, boundedCapacity);
        PushTimeOut = pushTimeOut;
    }

    public TimeSpan PushTimeOut { get; set; }

    public bool HasMessages => !_queue.IsEmpty;

    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        if (_room.Wait(PushTimeOut < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : PushTimeOut))
        {
            _queue.Enqueue(envelope);
        }
        else
        {
            ((IInternalActorRef)receiver).Provider.DeadLetters.Tell(
                new DeadLetter(envelope.Message, envelope.Sender, receiver), envelope.Sender);
        }
    }

    public bool TryDequeue(out Envelope envelope)
    {
        if (!_queue.TryDequeue(out envelope))
        {
            return false;
        }

        _room.Release();
        return true;
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters) => this.DrainTo(owner, deadletters);
}
