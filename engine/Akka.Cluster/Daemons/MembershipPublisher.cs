using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>Tells the state and what changed to <see cref="Cluster"/> and to subscribers. The daemon's, used on its thread.</summary>
internal sealed class MembershipPublisher
{
    private readonly Cluster _cluster;
    private readonly EventStream _stream;
    private readonly MembershipState _empty;
    private MembershipState _published;

    public MembershipPublisher(Cluster cluster)
    {
        _cluster = cluster;
        _stream = cluster.System.EventStream;
        _published = _empty = new MembershipState(Gossip.Empty, cluster.SelfUniqueAddress);
    }

    public void Publish(MembershipState state)
    {
        if (ReferenceEquals(state, _published))
        {
            return;
        }

        var events = MembershipDiff.Events(_published, state).ToList();
        _published = state;

        // First, so that whoever gets an event finds Cluster.State to agree with it.
        _cluster.Observe(state);
        foreach (var change in events)
        {
            _stream.Publish(change);
        }

        _stream.Publish(new MembershipChanged(state));
    }

    /// <summary>The last events: as this node sees it, everybody is removed.</summary>
    public void Stop()
    {
        _stream.Publish(ClusterEvent.ClusterShuttingDown.Instance);
        Publish(_empty);
    }

    public void Subscribe(ClusterCommand.Subscribe request)
    {
        if (!request.AsEvents)
        {
            request.Subscriber.Tell(MembershipDiff.Snapshot(_published));
        }
        else
        {
            foreach (var change in MembershipDiff.Events(_empty, _published).Where(change => request.To.Any(type => type.IsInstanceOfType(change))))
            {
                request.Subscriber.Tell(change);
            }
        }

        foreach (var type in request.To)
        {
            _stream.Subscribe(request.Subscriber, type);
        }
    }

    public void Unsubscribe(ClusterCommand.Unsubscribe request)
    {
        if (request.To is { } type)
        {
            _stream.Unsubscribe(request.Subscriber, type);
        }
        else
        {
            _stream.Unsubscribe(request.Subscriber);
        }
    }

    public void SendState(ClusterCommand.SendCurrentState request) => request.Receiver.Tell(MembershipDiff.Snapshot(_published));
}
