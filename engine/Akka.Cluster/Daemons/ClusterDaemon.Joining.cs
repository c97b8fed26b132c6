using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>How this node gets into a cluster, and how it lets others in.</summary>
internal sealed partial class ClusterDaemon
{
    private ImmutableList<Address> _seedNodes = [];
    private IActorRef? _seedNodeProcess;
    private Address? _joinWith;

    private void StartJoiningSeedNodes(ImmutableList<Address> seedNodes)
    {
        if (_settings.ShutdownAfterUnsuccessfulJoinSeedNodes is { } limit)
        {
            Timers.StartSingleTimer(Tick.SeedDeadline, Tick.SeedDeadline, limit);
        }

        JoinSeedNodes(seedNodes);
    }

    private void JoinSeedNodes(ImmutableList<Address> seedNodes)
    {
        ResetJoin();
        _seedNodes = seedNodes;
        if (seedNodes.IsEmpty)
        {
            return;
        }

        if (seedNodes.All(seed => seed == _cluster.SelfAddress))
        {
            Join(_cluster.SelfAddress);
        }
        else
        {
            // Without a name: the one before may still be stopping.
            _seedNodeProcess = Context.ActorOf(SeedNodeProcess.Props(_cluster, seedNodes));
        }
    }

    private void Join(Address address)
    {
        if (!IsOfThisSystem(address))
        {
            return;
        }

        ResetJoin();
        if (address == _cluster.SelfAddress)
        {
            BecomeInitialized();
            ReceiveJoin(new Join(SelfNode, _cluster.SelfRoles));
            return;
        }

        _joinWith = address;
        _behaviour = TryingToJoin;
        if (_settings.RetryUnsuccessfulJoinAfter is { } retryAfter)
        {
            Timers.StartSingleTimer(Tick.JoinRetry, Tick.JoinRetry, retryAfter);
        }

        DaemonOf(address).Tell(new Join(SelfNode, _cluster.SelfRoles), Self);
    }

    private void RetryJoin()
    {
        if (_seedNodes.IsEmpty)
        {
            Join(_joinWith!);
        }
        else
        {
            JoinSeedNodes(_seedNodes);
        }
    }

    private void GiveUpSeedNodes()
    {
        if (_behaviour != Initialized)
        {
            _log.Warning("Could not join the seed nodes [{0}] in time", string.Join(", ", _seedNodes));
            _ = _shutdown.Run(CoordinatedShutdown.ClusterJoinUnsuccessfulReason.Instance);
        }
    }

    private void ResetJoin()
    {
        Timers.Cancel(Tick.JoinRetry);
        _behaviour = Uninitialized;
        if (_seedNodeProcess is { } process)
        {
            Context.Stop(process);
            _seedNodeProcess = null;
        }
    }

    private void BecomeInitialized()
    {
        ResetJoin();
        Timers.Cancel(Tick.SeedDeadline);
        _behaviour = Initialized;

        // Not earlier: heartbeats of a node that is no member would be for nothing.
        Context.ActorOf(HeartbeatSender.Props(_cluster), HeartbeatSender.Name);
    }

    private void ReceiveWelcome(Welcome welcome)
    {
        if (welcome.From.Address != _joinWith || !welcome.Gossip.Has(SelfNode))
        {
            _cluster.LogInfo("Ignoring welcome from [{0}], while joining [{1}]", welcome.From.Address, _joinWith!);
            return;
        }

        _cluster.LogInfo("Welcome from [{0}]", welcome.From.Address);
        _state = new MembershipState(welcome.Gossip.SeenBy(SelfNode), SelfNode);
        BecomeInitialized();
        GossipTo(welcome.From);
    }

    private void AnswerInitJoin() => Sender.Tell(_state.SelfStatus.IsGoing()
        ? new InitJoinNack(_cluster.SelfAddress)
        : new InitJoinAck(_cluster.SelfAddress));

    private void ReceiveJoin(Join join)
    {
        if (!IsOfThisSystem(join.Node.Address) || _state.SelfStatus.IsGoing())
        {
            _cluster.LogInfo("Not letting in [{0}]; this node is {1}", join.Node, _state.SelfStatus);
            return;
        }

        // By address: a new incarnation comes in only after the old one is gone.
        var present = _state.Members.FirstOrDefault(member => member.Address == join.Node.Address);
        if (present is null)
        {
            LetIn(join);
        }
        else if (present.UniqueAddress == join.Node)
        {
            _cluster.LogInfo("Member [{0}] is joining again: its welcome was lost", join.Node);
            WelcomeSender(join.Node);
        }
        else if (present.Status != MemberStatus.Down)
        {
            _cluster.LogInfo("A new incarnation of [{0}] wants to join; the old one goes first", join.Node.Address);
            Observe(present.UniqueAddress, ReachabilityStatus.Terminated);
            Down(present.Address);
        }
    }

    private void LetIn(Join join)
    {
        // What the detector knows is of an earlier incarnation.
        _cluster.FailureDetector.Remove(join.Node.Address);
        _cluster.LogInfo("Node [{0}] is JOINING, roles [{1}]", join.Node.Address, string.Join(", ", join.Roles));
        var isFirst = _state.Members.IsEmpty;
        Change(_state.Gossip.Add(Member.Joining(join.Node, join.Roles)));
        if (isFirst)
        {
            // Up at once, so that who forms the cluster is its oldest member.
            ActAsLeader();
        }

        WelcomeSender(join.Node);
    }

    private void WelcomeSender(UniqueAddress node)
    {
        if (node != SelfNode)
        {
            Sender.Tell(new Welcome(SelfNode, _state.Gossip));
        }
    }

    private bool IsOfThisSystem(Address address)
    {
        var self = _cluster.SelfAddress;
        var same = address.Protocol == self.Protocol && address.System == self.System;
        if (!same)
        {
            _log.Warning("[{0}] and [{1}] cannot be in one cluster: protocol and system must be the same", address, self);
        }

        return same;
    }
}
