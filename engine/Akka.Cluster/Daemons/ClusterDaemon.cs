using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>Holds this node's view of the cluster and carries out what the pure parts decide.</summary>
/// <remarks>
/// One per node, <c>/system/cluster/daemon</c>. Never restarted, so its state is lost only with the node. Parts: what it
/// answers (here), joining, gossiping, leading and watching, leaving.
/// </remarks>
internal sealed partial class ClusterDaemon : UntypedActor, IWithTimers
{
    public const string Name = "daemon";

    private readonly Cluster _cluster;
    private readonly ClusterSettings _settings;
    private readonly MembershipPublisher _publisher;
    private readonly CoordinatedShutdown _shutdown = CoordinatedShutdown.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private MembershipState _state;
    private Action<object> _behaviour;

    public ClusterDaemon(Cluster cluster)
    {
        _cluster = cluster;
        _settings = cluster.Settings;
        _minimum = _settings.MinimumMembers;
        _publisher = new MembershipPublisher(cluster);
        _state = new MembershipState(Gossip.Empty, cluster.SelfUniqueAddress);
        _behaviour = Uninitialized;
        AddExitingTask();
    }

    private enum Tick
    {
        Gossip,
        GossipSpeedup,
        LeaderActions,
        Reap,
        JoinRetry,
        SeedDeadline,
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private UniqueAddress SelfNode => _state.Self;

    private static long NowTicks => Context.System.Scheduler.Now.UtcTicks;

    public static Props Props(Cluster cluster) => Akka.Actor.Props.Create(() => new ClusterDaemon(cluster))
        .WithDispatcher(cluster.Settings.UseDispatcher);

    protected override void PreStart()
    {
        StartTicking(Tick.Gossip, _settings.GossipInterval);
        StartTicking(Tick.LeaderActions, _settings.LeaderActionsInterval);
        StartTicking(Tick.Reap, _settings.UnreachableNodesReaperInterval);
        Context.System.EventStream.Subscribe(Self, typeof(QuarantinedEvent));
        if (_cluster.DowningProvider.DowningActorProps is { } downing)
        {
            Context.ActorOf(downing, "downingProvider");
        }

        if (!_settings.SeedNodes.IsEmpty)
        {
            Self.Tell(new ClusterCommand.JoinSeedNodes(_settings.SeedNodes));
        }
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _selfExiting.TrySetResult(Done.Instance);
        _publisher.Stop();
    }

    protected override void OnReceive(object message)
    {
        _behaviour(message);
        _publisher.Publish(_state);
    }

    private void Uninitialized(object message)
    {
        switch (message)
        {
            case InitJoin: Sender.Tell(new InitJoinNack(_cluster.SelfAddress)); break;
            case ClusterCommand.JoinTo join: Join(join.Address); break;
            case ClusterCommand.JoinSeedNodes join: StartJoiningSeedNodes(join.SeedNodes); break;
            default: Always(message); break;
        }
    }

    private void TryingToJoin(object message)
    {
        switch (message)
        {
            case InitJoin: Sender.Tell(new InitJoinNack(_cluster.SelfAddress)); break;
            case Welcome welcome: ReceiveWelcome(welcome); break;
            case ClusterCommand.JoinTo join: Join(join.Address); break;
            case ClusterCommand.JoinSeedNodes join: StartJoiningSeedNodes(join.SeedNodes); break;
            case Tick.JoinRetry: RetryJoin(); break;
            default: Always(message); break;
        }
    }

    private void Initialized(object message)
    {
        switch (message)
        {
            case GossipEnvelope envelope: ReceiveGossip(envelope); break;
            case GossipStatus status: ReceiveStatus(status); break;
            case Tick.Gossip: GossipRound(); break;
            case Tick.GossipSpeedup: SpeedUpGossip(); break;
            case Tick.Reap: ReapUnreachable(); break;
            case Tick.LeaderActions: ActAsLeader(); break;
            case InitJoin: AnswerInitJoin(); break;
            case Join join: ReceiveJoin(join); break;
            case ClusterCommand.Down down: Down(down.Address); break;
            case ClusterCommand.Leave leave: Leave(leave.Address); break;
            case ClusterCommand.LeaveSelf: LeaveSelf(); break;
            case ExitingConfirmed confirmed: _exitingConfirmed = _exitingConfirmed.Add(confirmed.Node); break;
            case QuarantinedEvent quarantined: MarkTerminated(new UniqueAddress(quarantined.Address, quarantined.Uid)); break;
            case ClusterCommand.JoinTo or ClusterCommand.JoinSeedNodes:
                _cluster.LogInfo("Is part of a cluster already, ignoring {0}", message);
                break;
            default: Always(message); break;
        }
    }

    /// <summary>What is answered alike in and out of a cluster; what only members understand is dropped outside.</summary>
    private void Always(object message)
    {
        switch (message)
        {
            case ClusterCommand.Subscribe subscribe: _publisher.Subscribe(subscribe); break;
            case ClusterCommand.Unsubscribe unsubscribe: _publisher.Unsubscribe(unsubscribe); break;
            case ClusterCommand.SendCurrentState request: _publisher.SendState(request); break;
            case ClusterCommand.SendMembership: Sender.Tell(new MembershipChanged(_state)); break;
            case ClusterCommand.LeaveSelf: Sender.Tell(Done.Instance); break;
            case ClusterCommand.ExitingCompleted: CompleteExiting(); break;
            case ClusterCommand.Leave or ClusterCommand.Down:
                _cluster.LogInfo("Is not part of a cluster, ignoring {0}", message);
                break;
            case Tick.SeedDeadline: GiveUpSeedNodes(); break;
            case Tick or IClusterMessage or QuarantinedEvent: break;
            default: Unhandled(message); break;
        }
    }

    private void StartTicking(Tick tick, TimeSpan interval)
    {
        var delay = _settings.PeriodicTasksInitialDelay;
        Timers.StartPeriodicTimer(tick, tick, delay > interval ? delay : interval, interval);
    }

    private static IActorRef DaemonOf(Address node) =>
        ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(ClusterSupervisor.DaemonAt(node));

    /// <summary>Takes over a changed gossip as this node's own change.</summary>
    private void Change(Gossip gossip)
    {
        // What a node does not mark as seen while it exits holds up its removal until it is done.
        _state = new MembershipState(gossip.ChangedBy(SelfNode, seen: !_exiting), SelfNode);
    }
}
