using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>The users' messages of one actor: many threads put in, one takes out.</summary>
public interface IMessageQueue
{
    bool HasMessages { get; }

    void Enqueue(IActorRef receiver, Envelope envelope);

    bool TryDequeue(out Envelope envelope);

    /// <summary>Hands what is left to the dead letters; the owner has ended.</summary>
    void CleanUp(IActorRef owner, IMessageQueue deadletters);
}

internal static class MessageQueueExtensions
{
    public static void DrainTo(this IMessageQueue queue, IActorRef owner, IMessageQueue deadLetters)
    {
        while (queue.TryDequeue(out var envelope))
        {
            deadLetters.Enqueue(owner, envelope);
        }
    }
}
