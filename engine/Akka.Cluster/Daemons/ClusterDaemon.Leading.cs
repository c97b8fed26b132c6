using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>The leader's duties, and taking note of who is unreachable, down or gone.</summary>
internal sealed partial class ClusterDaemon
{
    private const int GossipsBeforeShutdown = 5;
    private const int DownTicksMax = 4;

    private readonly MinimumMembers _minimum;
    private bool _isLeader;
    private int _ticksWithoutConvergence;
    private int _downTicks;

    private void ActAsLeader()
    {
        if (_state.IsLeader != _isLeader)
        {
            _isLeader = _state.IsLeader;
            _cluster.LogInfo(_isLeader ? "is the new leader among reachable nodes" : "is no longer leader");
        }

        if (_isLeader)
        {
            Lead();
        }

        // Another leader may have removed them.
        _exitingConfirmed = _exitingConfirmed.Intersect(_state.Members.Select(member => member.UniqueAddress));
        ShutDownWhenDown();
    }

    private void Lead()
    {
        if (_state.IsConverged(_exitingConfirmed))
        {
            _ticksWithoutConvergence = 0;
            CarryOut(LeaderActions.OnConvergence(_state, _exitingConfirmed, _minimum, NowTicks));
        }
        else
        {
            _ticksWithoutConvergence++;
            if (_settings.AllowWeaklyUpMembers
                && _settings.LeaderActionsInterval * _ticksWithoutConvergence >= _settings.WeaklyUpAfter)
            {
                CarryOut(LeaderActions.WithoutConvergence(_state, _minimum));
            }
        }
    }

    private void CarryOut(LeaderPlan plan)
    {
        if (plan.IsEmpty)
        {
            return;
        }

        if (plan.Next.StatusOf(SelfNode) == MemberStatus.Exiting)
        {
            // Before the change, which must not count as seen by this node.
            StartExiting();
        }

        Change(plan.Next);
        foreach (var member in plan.Changed)
        {
            _cluster.LogInfo("Leader is moving node [{0}] to [{1}]", member.Address, member.Status);
        }

        foreach (var member in plan.Removed)
        {
            _cluster.LogInfo("Leader is removing node [{0}], which is {1}", member.Address, member.Status);
        }
    }

    private void ReapUnreachable()
    {
        var reachability = _state.Gossip.Reachability;
        foreach (var member in _state.Members.Where(member => member.UniqueAddress != SelfNode))
        {
            var isAvailable = _cluster.FailureDetector.IsAvailable(member.Address);
            reachability = reachability.Observe(
                SelfNode, member.UniqueAddress, isAvailable ? ReachabilityStatus.Reachable : ReachabilityStatus.Unreachable);
        }

        if (!ReferenceEquals(reachability, _state.Gossip.Reachability))
        {
            _log.Warning("Cluster Node [{0}] - reachability is now {1}", _cluster.SelfAddress, reachability);
            Change(_state.Gossip.With(reachability));
        }
    }

    private void MarkTerminated(UniqueAddress node)
    {
        if (_state.Gossip.Has(node))
        {
            _log.Warning("[{0}] was quarantined and must be downed before it is removed", node.Address);
            Observe(node, ReachabilityStatus.Terminated);
        }
    }

    private void Observe(UniqueAddress node, ReachabilityStatus status)
    {
        var observed = _state.Gossip.Reachability.Observe(SelfNode, node, status);
        if (!ReferenceEquals(observed, _state.Gossip.Reachability))
        {
            Change(_state.Gossip.With(observed));
        }
    }

    private void Down(Address address)
    {
        var member = _state.Members.FirstOrDefault(member => member.Address == address);
        if (member is null || member.Status == MemberStatus.Down)
        {
            _cluster.LogInfo("Ignoring down of [{0}]: unknown, or down already", address);
            return;
        }

        _cluster.LogInfo("Marking node [{0}] as Down", address);
        Change(_state.Gossip.MarkDown(member));
        if (member.UniqueAddress == SelfNode)
        {
            SendGossipToSome(GossipsBeforeShutdown);
        }
        else
        {
            // It may still hear, and then ends itself.
            GossipTo(member.UniqueAddress);
        }
    }

    /// <summary>A downed node ends once all others that are down know of it, or after a few ticks.</summary>
    private void ShutDownWhenDown()
    {
        if (_state.SelfStatus != MemberStatus.Down)
        {
            return;
        }

        var othersKnow = _state.Members
            .Where(member => member.Status == MemberStatus.Down)
            .All(member => _state.Gossip.Seen.Contains(member.UniqueAddress)
                || !_state.Gossip.Reachability.IsReachable(member.UniqueAddress));
        if (othersKnow || ++_downTicks > DownTicksMax)
        {
            _log.Warning("Cluster Node [{0}] has been marked as Down. Shutting down myself", _cluster.SelfAddress);
            SendGossipToSome(GossipsBeforeShutdown);
            _cluster.Shutdown();
        }
    }
}
