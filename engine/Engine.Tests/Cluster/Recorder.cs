using System.Collections.Concurrent;
using Akka.Actor;

namespace Engine.Tests.Clustering;

/// <summary>Keeps every message that it gets, in order.</summary>
public sealed class Recorder : UntypedActor
{
    private readonly ConcurrentQueue<object> _messages;

    public Recorder(ConcurrentQueue<object> messages) => _messages = messages;

    public static (IActorRef Actor, ConcurrentQueue<object> Messages) Start(ActorSystem system)
    {
        var messages = new ConcurrentQueue<object>();
        return (system.ActorOf(Akka.Actor.Props.Create(() => new Recorder(messages))), messages);
    }

    protected override void OnReceive(object message)
    {
        if (message is IActorRef watchee)
        {
            Context.Watch(watchee);
        }

        _messages.Enqueue(message);
    }
}
