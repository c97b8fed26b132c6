using System.Collections.Immutable;
using Akka.Actor;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>Sends heartbeats to the nodes that this one watches, and feeds the failure detector with their answers.</summary>
/// <remarks>
/// The only writer of the detector, but that the daemon has it forget earlier incarnations. A node that leaves the watch while
/// it does not answer stays watched until it does: otherwise a change of the ring would make it reachable.
/// </remarks>
internal sealed class HeartbeatSender : UntypedActor, IWithTimers
{
    public const string Name = "heartbeatSender";

    private readonly Cluster _cluster;
    private readonly DefaultFailureDetectorRegistry<Address> _detector;
    private readonly TimeSpan _expectedResponseAfter;
    private readonly int _monitoredBy;
    private HeartbeatRing _ring;
    private ImmutableHashSet<UniqueAddress> _receivers = [];
    private ImmutableHashSet<UniqueAddress> _silent = [];
    private long _sequenceNr;

    public HeartbeatSender(Cluster cluster)
    {
        _cluster = cluster;
        _detector = cluster.FailureDetector;
        _expectedResponseAfter = cluster.Settings.HeartbeatExpectedResponseAfter;
        _monitoredBy = cluster.Settings.MonitoredByNrOfMembers;
        _ring = new HeartbeatRing(cluster.SelfUniqueAddress, [], [], _monitoredBy);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(Cluster cluster) =>
        Akka.Actor.Props.Create(() => new HeartbeatSender(cluster)).WithDispatcher(cluster.Settings.UseDispatcher);

    protected override void PreStart()
    {
        // Subscribed first, asked then: nothing is missed in between.
        Context.System.EventStream.Subscribe(Self, typeof(MembershipChanged));
        Context.Parent.Tell(ClusterCommand.SendMembership.Instance);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _cluster.Settings.HeartbeatInterval);
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _detector.Reset();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick: SendHeartbeats(); break;
            case HeartbeatRsp answer: ReceiveAnswer(answer.From); break;
            case MembershipChanged changed: Observe(changed.State); break;
            case ExpectFirst expected: CountFirstAsMissed(expected.Node); break;
            default: Unhandled(message); break;
        }
    }

    private void SendHeartbeats()
    {
        foreach (var node in _receivers.Union(_silent))
        {
            if (!_detector.IsMonitoring(node.Address) && !Timers.IsTimerActive(node))
            {
                // It is watched from its first answer on; if that never comes, from when it should have.
                Timers.StartSingleTimer(node, new ExpectFirst(node), _expectedResponseAfter);
            }

            _cluster.System.Provider.ResolveActorRef(ClusterSupervisor.HeartbeatReceiverAt(node.Address))
                .Tell(new Heartbeat(_cluster.SelfAddress, ++_sequenceNr), Self);
        }
    }

    private void ReceiveAnswer(UniqueAddress node)
    {
        if (_receivers.Contains(node))
        {
            _detector.Heartbeat(node.Address);
            _silent = _silent.Remove(node);
        }
        else if (_silent.Contains(node))
        {
            _detector.Remove(node.Address);
            _silent = _silent.Remove(node);
        }
    }

    private void CountFirstAsMissed(UniqueAddress node)
    {
        if (_receivers.Contains(node) && !_detector.IsMonitoring(node.Address))
        {
            _detector.Heartbeat(node.Address);
        }
    }

    private void Observe(MembershipState state)
    {
        _ring = new HeartbeatRing(
            _cluster.SelfUniqueAddress,
            state.Members.Select(member => member.UniqueAddress),
            [.. state.Unreachable.Select(member => member.UniqueAddress)],
            _monitoredBy);
        var receivers = _ring.Receivers();
        foreach (var dropped in _receivers.Except(receivers))
        {
            if (_ring.Contains(dropped) && !_detector.IsAvailable(dropped.Address))
            {
                _silent = _silent.Add(dropped);
            }
            else
            {
                Forget(dropped, state);
            }
        }

        _silent = [.. _silent.Where(_ring.Contains)];
        _receivers = receivers;
    }

    private void Forget(UniqueAddress node, MembershipState state)
    {
        Timers.Cancel(node);
        if (!state.Members.Any(member => member.Address == node.Address && member.UniqueAddress != node))
        {
            _detector.Remove(node.Address);
        }
    }

    private sealed record ExpectFirst(UniqueAddress Node);

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
