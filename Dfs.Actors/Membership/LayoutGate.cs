using Dfs.Actors.Transfer;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Membership;

/// <summary>Lets requests in that come from this cluster, are meant for this directory, and know its layout.</summary>
/// <param name="layout">Answers with the newest layout; null before the first.</param>
/// <param name="newerLayoutSeen">Is told that a sender knows a newer layout than this node.</param>
public sealed class LayoutGate(
    ReplicaId self, Func<Layout?> layout, PeerDirectory directory, Action<ReplicaId, LayoutNumber> newerLayoutSeen) : IPeerGate
{
    public PeerVerdict Judge(PeerCall call)
    {
        if (layout() is not { } current)
        {
            return new PeerVerdict.Refused(PeerRefusal.Busy);
        }

        if (call.Cluster != current.Cluster)
        {
            return new PeerVerdict.Refused(PeerRefusal.WrongCluster);
        }

        if (call.To != self)
        {
            return new PeerVerdict.Refused(PeerRefusal.WrongReplica);
        }

        if (current.Find(call.From) is null && !directory.View.Peers.ContainsKey(call.From))
        {
            return new PeerVerdict.Refused(PeerRefusal.UnknownSender);
        }

        return JudgeLayout(call, current);
    }

    // Under a number that is not durable here nothing is answered (L3); the sender tries again in a moment.
    private PeerVerdict JudgeLayout(PeerCall call, Layout current)
    {
        var order = call.Layout.CompareTo(current.Number);
        if (order > 0)
        {
            newerLayoutSeen(call.From, call.Layout);
        }

        return order == 0 ? PeerVerdict.Welcome.Instance
            : order < 0 ? new PeerVerdict.StaleLayout(current.Number)
            : new PeerVerdict.Refused(PeerRefusal.Behind);
    }
}
