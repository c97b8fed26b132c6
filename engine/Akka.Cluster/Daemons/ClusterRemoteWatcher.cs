using Akka.Actor;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>Leaves the watching of members to the cluster: their actors are terminated when the member is removed.</summary>
/// <remarks>
/// So a member that is unreachable for a while costs no watches, and one that was downed is quarantined, which keeps its
/// incarnation out for good.
/// </remarks>
internal sealed class ClusterRemoteWatcher(
    IFailureDetectorRegistry<Address> failureDetector,
    TimeSpan heartbeatInterval,
    TimeSpan unreachableReaperInterval,
    TimeSpan heartbeatExpectedResponseAfter)
    : RemoteWatcher(failureDetector, heartbeatInterval, unreachableReaperInterval, heartbeatExpectedResponseAfter)
{
    private Gossip _members = Gossip.Empty;
    private HashSet<Address> _nodes = [];

    public static new Props Props(
        IFailureDetectorRegistry<Address> failureDetector,
        TimeSpan heartbeatInterval,
        TimeSpan unreachableReaperInterval,
        TimeSpan heartbeatExpectedResponseAfter) => Akka.Actor.Props.Create(() => new ClusterRemoteWatcher(
            failureDetector, heartbeatInterval, unreachableReaperInterval, heartbeatExpectedResponseAfter));

    protected override void PreStart()
    {
        base.PreStart();
        Context.System.EventStream.Subscribe(Self, typeof(MembershipChanged));
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        base.PostStop();
    }

    protected override void OnReceive(object message)
    {
        if (message is MembershipChanged changed)
        {
            Observe(changed.State);
        }
        else
        {
            base.OnReceive(message);
        }
    }

    protected override void WatchNode(IInternalActorRef watchee)
    {
        if (!_nodes.Contains(watchee.Path.Address))
        {
            base.WatchNode(watchee);
        }
    }

    private void Observe(MembershipState state)
    {
        _nodes = [.. state.Members.Where(member => member.UniqueAddress != state.Self).Select(member => member.Address)];
        foreach (var watched in WatchingNodes.Where(_nodes.Contains).ToList())
        {
            UnwatchNode(watched);
        }

        Unreachable.ExceptWith(_nodes);
        foreach (var removed in _members.Members.Except(state.Members).Where(member => member.UniqueAddress != state.Self))
        {
            if (removed.Status == MemberStatus.Down)
            {
                Quarantine(removed.Address, removed.UniqueAddress.Uid);
            }

            PublishAddressTerminated(removed.Address);
        }

        _members = state.Gossip;
    }
}
