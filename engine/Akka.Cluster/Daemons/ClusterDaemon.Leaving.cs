using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>
/// Leaving: Leaving, then Exiting by the leader, then the coordinated shutdown does what is left to do, then this node says
/// that it is done and the leader removes it.
/// </summary>
internal sealed partial class ClusterDaemon
{
    private readonly TaskCompletionSource<Done> _selfExiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableHashSet<UniqueAddress> _exitingConfirmed = [];
    private bool _exiting;
    private bool _exitingStarted;

    private void AddExitingTask() => _shutdown.AddTask(
        CoordinatedShutdown.PhaseClusterExiting,
        "wait-exiting",
        () => _cluster.SelfMember.Status is MemberStatus.Removed or MemberStatus.Down
            ? Task.FromResult(Done.Instance)
            : _selfExiting.Task);

    private void Leave(Address address)
    {
        var member = _state.Members.FirstOrDefault(member => member.Address == address);
        if (member is null || !member.Status.MayBecome(MemberStatus.Leaving))
        {
            return;
        }

        Change(_state.Gossip.Replace([member.Copy(MemberStatus.Leaving)]));
        _cluster.LogInfo("Marked address [{0}] as [{1}]", address, MemberStatus.Leaving);
        SendGossip();
    }

    private void LeaveSelf()
    {
        Leave(_cluster.SelfAddress);
        Sender.Tell(Done.Instance);
    }

    private void StartExiting()
    {
        if (_exitingStarted)
        {
            return;
        }

        _exiting = _exitingStarted = true;
        _cluster.LogInfo("Exiting, starting coordinated shutdown");
        _selfExiting.TrySetResult(Done.Instance);
        _ = _shutdown.Run(CoordinatedShutdown.ClusterLeavingReason.Instance);
    }

    private void CompleteExiting()
    {
        _exiting = false;
        if (_state.SelfStatus != MemberStatus.Removed)
        {
            _state = new MembershipState(_state.Gossip.SeenBy(SelfNode), SelfNode);
            SendGossipToSome(GossipsBeforeShutdown);
            ConfirmToLeaders();
        }

        _cluster.LogInfo("Exiting completed");
        Sender.Tell(Done.Instance);
        _cluster.Shutdown();
    }

    /// <summary>Best effort, to two who may lead: unheard, this node is removed as unreachable, which takes longer.</summary>
    private void ConfirmToLeaders()
    {
        var others = _state.Members.Where(member => member.UniqueAddress != SelfNode).ToList();
        for (var count = 0; count < 2 && _state.LeaderOf(others) is { } leader; count++)
        {
            DaemonOf(leader.Address).Tell(new ExitingConfirmed(SelfNode), Self);
            others.RemoveAll(member => member.UniqueAddress == leader);
        }
    }
}
