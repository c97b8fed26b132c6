using Akka.Actor;

namespace Akka.Cluster;

/// <summary>Answers heartbeats, whatever state the daemon is in.</summary>
internal sealed class HeartbeatReceiver(UniqueAddress self) : UntypedActor
{
    public const string Name = "heartbeatReceiver";

    private readonly UniqueAddress _self = self;

    public static Props Props(Cluster cluster)
    {
        var self = cluster.SelfUniqueAddress;
        return Akka.Actor.Props.Create(() => new HeartbeatReceiver(self)).WithDispatcher(cluster.Settings.UseDispatcher);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Heartbeat beat: Sender.Tell(new HeartbeatRsp(_self, beat.SequenceNr)); break;
            default: Unhandled(message); break;
        }
    }
}
