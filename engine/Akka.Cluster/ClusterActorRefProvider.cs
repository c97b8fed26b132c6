using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

public interface IClusterActorRefProvider : IRemoteActorRefProvider;

/// <summary>What <c>akka.actor.provider = cluster</c> names: remoting whose peers are members of a cluster.</summary>
public class ClusterActorRefProvider : RemoteActorRefProvider, IClusterActorRefProvider
{
    public ClusterActorRefProvider(string systemName, Settings settings, EventStream eventStream)
        : base(systemName, settings, eventStream) => settings.InjectTopLevelFallback(
            ConfigurationFactory.FromResource<ClusterActorRefProvider>("Akka.Cluster.cluster.conf"));

    public override void Init(ActorSystemImpl system)
    {
        base.Init(system);

        // Not before: it needs the address that remoting is bound to.
        Cluster.Get(system);
    }

    protected override IActorRef CreateRemoteWatcher(ActorSystemImpl system)
    {
        var detector = CreateRemoteWatcherFailureDetector(system);
        return system.SystemActorOf(
            ClusterRemoteWatcher.Props(
                detector,
                RemoteSettings.WatchHeartBeatInterval,
                RemoteSettings.WatchUnreachableReaperInterval,
                RemoteSettings.WatchHeartbeatExpectedResponseAfter),
            "remote-watcher");
    }
}
