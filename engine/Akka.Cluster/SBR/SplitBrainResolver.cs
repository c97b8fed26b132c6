using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.SBR;

/// <summary>Downs one side of a partition once nothing has changed for a while.</summary>
/// <remarks>
/// One per node, below the cluster's daemon. On each side the leader decides for all; instability is decided by every node.
/// Loses its timing when it restarts and then waits anew.
/// </remarks>
internal sealed class SplitBrainResolver : UntypedActor, IWithTimers
{
    private static readonly TimeSpan TickMax = TimeSpan.FromSeconds(1);

    private readonly Cluster _cluster;
    private readonly DowningStrategy _strategy;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly TimeSpan _tickInterval;
    private MembershipState? _state;
    private DowningTimer _timer;

    public SplitBrainResolver(Cluster cluster, SplitBrainResolverSettings settings)
    {
        _cluster = cluster;
        _strategy = DowningStrategy.Create(settings);
        _timer = new DowningTimer(settings.DowningStableAfter, settings.DownAllWhenUnstable, Now);
        var quarter = settings.DowningStableAfter / 4;
        _tickInterval = quarter < TickMax ? quarter : TickMax;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    public static Props Props(Cluster cluster, SplitBrainResolverSettings settings) =>
        Akka.Actor.Props.Create(() => new SplitBrainResolver(cluster, settings));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _tickInterval);
        Context.System.EventStream.Subscribe(Self, typeof(MembershipChanged));
        Context.Parent.Tell(ClusterCommand.SendMembership.Instance);
    }

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MembershipChanged changed: Observe(changed.State); break;
            case Tick when _state is { } state: Decide(state, DowningView.Of(state)); break;
            case Tick: break;
            default: Unhandled(message); break;
        }
    }

    private void Observe(MembershipState state)
    {
        _state = state;
        _timer = _timer.Observe(DowningView.Of(state), Now);
    }

    private void Decide(MembershipState state, DowningView view)
    {
        if (_timer.IsUnstableForTooLong(Now))
        {
            _log.Warning("SBR downs all: reachability has not come to rest since too long");
            Act(view, DowningDecision.DownAll);
        }
        else if (IsResponsible(state) && !view.Unreachable.IsEmpty && _timer.IsStable(Now))
        {
            Act(view, _strategy.Decide(view));
        }
    }

    private static bool IsResponsible(MembershipState state) =>
        state.IsLeader && state.SelfStatus is not (MemberStatus.Joining or MemberStatus.Removed);

    private void Act(DowningView view, DowningDecision decision)
    {
        var down = _strategy.NodesToDown(view, decision);
        if (down.IsEmpty)
        {
            return;
        }

        _log.Warning(
            "SBR took decision {0} and is downing [{1}], [{2}] unreachable of [{3}] members",
            decision,
            string.Join(", ", down.Select(node => node.Address)),
            view.Unreachable.Count,
            view.AllMembers.Count);

        // Itself last: it may end at once when nobody else is left.
        foreach (var node in down.OrderBy(node => node == _cluster.SelfUniqueAddress))
        {
            _cluster.Down(node.Address);
        }

        _timer = _timer.Restart(Now);
    }

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
