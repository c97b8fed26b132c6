namespace Akka.Cluster;

internal enum ReceivedGossip
{
    NotForThisIncarnation,
    FromUnknownNode,
    FromUnreachableNode,
    WithoutThisNode,
    Older,
    Same,
    Newer,
    Merged,
}

/// <summary>Decides what to do with a gossip that arrived.</summary>
/// <param name="Kind">Why it was refused, or how it stood to the local one.</param>
/// <param name="Winner">The gossip to go on with; the local one when refused. Not yet marked as seen by this node.</param>
/// <param name="AnswerSender">True when the sender lacks something of the winner.</param>
internal readonly record struct GossipReception(ReceivedGossip Kind, Gossip Winner, bool AnswerSender)
{
    public bool IsRefused => Kind < ReceivedGossip.Older;

    public static GossipReception Decide(MembershipState state, UniqueAddress from, UniqueAddress to, Gossip remote)
    {
        if (Refusal(state, from, to, remote) is { } refusal)
        {
            return new GossipReception(refusal, state.Gossip, AnswerSender: false);
        }

        var local = state.Gossip;
        var unseen = !remote.Seen.Contains(state.Self);
        return remote.Version.CompareTo(local.Version) switch
        {
            ClockOrder.Same => new GossipReception(ReceivedGossip.Same, remote.MergeSeen(local), unseen),
            ClockOrder.Before => new GossipReception(ReceivedGossip.Older, local, AnswerSender: true),
            ClockOrder.After => new GossipReception(ReceivedGossip.Newer, remote, unseen),
            _ => new GossipReception(ReceivedGossip.Merged, remote.Merge(local).Trim(), AnswerSender: true),
        };
    }

    private static ReceivedGossip? Refusal(MembershipState state, UniqueAddress from, UniqueAddress to, Gossip remote)
    {
        if (to != state.Self)
        {
            return ReceivedGossip.NotForThisIncarnation;
        }

        if (!state.Gossip.Has(from))
        {
            return ReceivedGossip.FromUnknownNode;
        }

        if (state.Gossip.Reachability.Status(state.Self, from) != ReachabilityStatus.Reachable)
        {
            return ReceivedGossip.FromUnreachableNode;
        }

        return remote.Has(state.Self) ? null : ReceivedGossip.WithoutThisNode;
    }
}
