using Akka.Event;

namespace Akka.Cluster;

/// <summary>Rounds of gossip: to a random member, more often to one that has not seen the latest.</summary>
internal sealed partial class ClusterDaemon
{
    private void ReceiveGossip(GossipEnvelope envelope)
    {
        var before = _state;
        var reception = GossipReception.Decide(before, envelope.From, envelope.To, envelope.Gossip);
        if (reception.IsRefused)
        {
            _log.Debug("Ignoring gossip from [{0}]: {1}", envelope.From, reception.Kind);
            return;
        }

        _state = new MembershipState(_exiting ? reception.Winner : reception.Winner.SeenBy(SelfNode), SelfNode);
        foreach (var newcomer in _state.Members.Except(before.Members))
        {
            _cluster.FailureDetector.Remove(newcomer.Address);
        }

        ReactToOwnStatus(before.SelfStatus, envelope.From);
        var hasSeen = !_exiting || reception.Kind is ReceivedGossip.Older or ReceivedGossip.Merged;
        if (reception.AnswerSender && hasSeen)
        {
            GossipTo(envelope.From);
        }
    }

    private void ReactToOwnStatus(MemberStatus before, UniqueAddress from)
    {
        if (_state.SelfStatus == MemberStatus.Exiting)
        {
            StartExiting();
        }
        else if (_state.SelfStatus == MemberStatus.Down && before != MemberStatus.Down)
        {
            _log.Warning("This node has been downed, as [{0}] says", from.Address);
            ShutDownWhenDown();
        }
    }

    private void ReceiveStatus(GossipStatus status)
    {
        if (!_state.Gossip.Has(status.From) || !_state.MayGossipTo(status.From))
        {
            return;
        }

        switch (status.Version.CompareTo(_state.Gossip.Version))
        {
            case ClockOrder.Same: break;
            case ClockOrder.After: StatusTo(status.From); break;
            default: GossipTo(status.From); break;
        }
    }

    private void GossipRound()
    {
        SendGossip();
        if (NeedsSpeedup)
        {
            Timers.StartSingleTimer(Tick.GossipSpeedup, Tick.GossipSpeedup, _settings.GossipInterval / 3);
            Timers.StartSingleTimer((Tick.GossipSpeedup, 2), Tick.GossipSpeedup, _settings.GossipInterval * 2 / 3);
        }
    }

    private void SpeedUpGossip()
    {
        if (NeedsSpeedup)
        {
            SendGossip();
        }
    }

    private bool NeedsSpeedup => _state.Gossip.Seen.Count < _state.Members.Count / 2
        || _state.Members.Any(member => member.Status == MemberStatus.Down);

    private void SendGossip()
    {
        var targets = GossipTargets();
        var behind = targets.Where(node => !_state.Gossip.Seen.Contains(node)).ToArray();
        if (behind.Length > 0 && Random.Shared.NextDouble() < DifferentViewProbability)
        {
            GossipTo(behind[Random.Shared.Next(behind.Length)]);
        }
        else if (targets.Length > 0)
        {
            var peer = targets[Random.Shared.Next(targets.Length)];
            if (_state.Gossip.Seen.Contains(peer))
            {
                StatusTo(peer);
            }
            else
            {
                GossipTo(peer);
            }
        }
    }

    private void SendGossipToSome(int count)
    {
        var targets = GossipTargets();
        Random.Shared.Shuffle(targets);
        foreach (var node in targets.Take(count))
        {
            GossipTo(node);
        }
    }

    private UniqueAddress[] GossipTargets() =>
        [.. _state.Members.Select(member => member.UniqueAddress).Where(_state.MayGossipTo)];

    /// <summary>Shrinks linearly to a tenth between the configured size and three times it, to spare a large cluster.</summary>
    private double DifferentViewProbability
    {
        get
        {
            var full = _settings.GossipDifferentViewProbability;
            double reduceFrom = _settings.ReduceGossipDifferentViewProbability;
            var beyond = Math.Clamp((_state.Members.Count - reduceFrom) / (2 * reduceFrom), 0, 1);
            return full * (1 - (0.9 * beyond));
        }
    }

    private void GossipTo(UniqueAddress node)
    {
        if (_state.MayGossipTo(node))
        {
            DaemonOf(node.Address).Tell(new GossipEnvelope(SelfNode, node, _state.Gossip), Self);
        }
    }

    private void StatusTo(UniqueAddress node) =>
        DaemonOf(node.Address).Tell(new GossipStatus(SelfNode, _state.Gossip.Version), Self);
}
