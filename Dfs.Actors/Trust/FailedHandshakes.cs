using Akka.Actor;
using Akka.Remote;

namespace Dfs.Actors.Trust;

/// <summary>Counts connections to the remoting's port that came to no TLS. One per actor system.</summary>
public sealed class FailedHandshakes : UntypedActor
{
    public const string Name = "failed-handshakes";

    public static Props Props() => Akka.Actor.Props.Create(() => new FailedHandshakes());

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(RemotingErrorEvent));

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        // Of the listener, not of a link: an accept that failed for want of file handles counts too.
        if (message is RemotingErrorEvent)
        {
            TrustMetrics.Failed(NodeTrust.Remoting);
        }
    }
}
