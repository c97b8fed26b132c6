using Akka.Actor;

namespace Akka.Cluster;

/// <summary><c>/system/cluster</c>: starts the daemon and what answers heartbeats, and ends with the daemon.</summary>
/// <remarks>
/// A daemon that fails is not started again: without its gossip it would be another node under the same uid. So the node
/// leaves the cluster, and its ActorSystem ends if run-coordinated-shutdown-when-down is on.
/// </remarks>
internal sealed class ClusterSupervisor : UntypedActor
{
    public const string Name = "cluster";

    private readonly Cluster _cluster;
    private readonly CoordinatedShutdown _shutdown = CoordinatedShutdown.Get(Context.System);
    private readonly TaskCompletionSource<Done> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IActorRef _daemon = ActorRefs.Nobody;

    public ClusterSupervisor(Cluster cluster)
    {
        _cluster = cluster;
        AddShutdownTasks(Self);
    }

    public static Props Props(Cluster cluster) => Akka.Actor.Props.Create(() => new ClusterSupervisor(cluster))
        .WithDispatcher(cluster.Settings.UseDispatcher);

    /// <summary>Where to reach the daemon of a node; the path has no uid, so that any incarnation answers.</summary>
    public static ActorPath DaemonAt(Address node) => new RootActorPath(node) / "system" / Name / ClusterDaemon.Name;

    public static ActorPath HeartbeatReceiverAt(Address node) => new RootActorPath(node) / "system" / Name / HeartbeatReceiver.Name;

    protected override void PreStart()
    {
        _daemon = Context.Watch(Context.ActorOf(ClusterDaemon.Props(_cluster), ClusterDaemon.Name));
        Context.ActorOf(HeartbeatReceiver.Props(_cluster), HeartbeatReceiver.Name);
    }

    protected override void PostStop()
    {
        _cluster.Stopped();
        _stopped.TrySetResult(Done.Instance);
        if (_cluster.Settings.RunCoordinatedShutdownWhenDown)
        {
            // Does nothing when the shutdown was the reason for leaving.
            _ = _shutdown.Run(CoordinatedShutdown.ClusterDowningReason.Instance);
        }
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Terminated: _cluster.Shutdown(); break;
            default: _daemon.Forward(message); break;
        }
    }

    private void AddShutdownTasks(IActorRef self)
    {
        _shutdown.AddTask(CoordinatedShutdown.PhaseClusterLeave, "leave", () => _cluster.IsTerminated
            ? Task.FromResult(Done.Instance)
            : self.Ask<Done>(ClusterCommand.LeaveSelf.Instance, _shutdown.Timeout(CoordinatedShutdown.PhaseClusterLeave)));
        _shutdown.AddTask(CoordinatedShutdown.PhaseClusterExitingDone, "exiting-completed", () => _cluster.IsTerminated
            ? Task.FromResult(Done.Instance)
            : self.Ask<Done>(ClusterCommand.ExitingCompleted.Instance, _shutdown.Timeout(CoordinatedShutdown.PhaseClusterExitingDone)));
        _shutdown.AddTask(CoordinatedShutdown.PhaseClusterShutdown, "wait-shutdown", () => _stopped.Task);
    }
}
