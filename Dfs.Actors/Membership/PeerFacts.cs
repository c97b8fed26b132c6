using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Membership;

/// <summary>Makes of what a node sees what layouts are thought about with. Pure.</summary>
internal static class PeerFacts
{
    /// <param name="presence">How long each has been here, or away.</param>
    public static List<DirectoryFact> Of(PeerView view, ReplicaId self, Layout? layout, Func<ReplicaId, TimeSpan> presence) =>
    [
        .. view.Peers.Values.Select(peer => new DirectoryFact(
            MemberOf(peer), IsHere(peer),
            peer.Card.Replica == self ? layout?.Number ?? LayoutNumber.None : peer.Card.Layout,
            presence(peer.Card.Replica)) { IsLeaving = peer.Card.IsLeaving }),
        .. (layout?.Everyone ?? []).Where(member => !view.Peers.ContainsKey(member.Id)).Select(member =>
            new DirectoryFact(member, false, LayoutNumber.None, presence(member.Id))),
    ];

    public static bool IsHere(PeerInfo peer) => peer is { Reachable: true, IsMember: true };

    public static LayoutMember MemberOf(PeerInfo peer) => LayoutMember.Newcomer(
        peer.Card.Replica, peer.Card.Start, peer.Card.Name, peer.Card.Zone, peer.Card.Weight, peer.Card.Address,
        peer.Card.PeerEndpoint);
}
