using System.Globalization;
using Dfs.Actors.Client;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Membership;

/// <summary>Tells a person what a change of the layout would mean. Pure.</summary>
internal static class LayoutPlans
{
    /// <param name="next">What would be proposed on command.</param>
    public static LayoutPlan Of(Layout layout, NextLayout next, PeerView view)
    {
        var joint = next.Proposal ?? layout;
        var moves = MovesOf(joint, view);
        return new LayoutPlan(
            [
                .. joint.Members.Where(member => layout.Find(member.Id) is null).OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"{member.Name} comes in."),
                .. layout.Members.Where(member => joint.Members.All(next => next.Id != member.Id)).Select(member => $"{member.Name} leaves."),
                .. layout.Members.Join(joint.Members, member => member.Id, member => member.Id, Change).OfType<string>(),
            ],
            NoRoom(joint, view) is { } full ? [.. next.Waits, full] : next.Waits,
            [.. moves.OrderBy(move => move.Member.Name, StringComparer.Ordinal).Select(move => new LayoutPlanMove(move.Member.Name, move.Partitions, move.Bytes))],
            moves.Sum(move => move.Bytes),
            moves.Select(move => move.Bytes / LayoutPlan.BytesPerSecond).DefaultIfEmpty().Max(),
            Tolerance.MayFail(joint, joint.Everyone.Select(member => member.Id).Where(id => IsHere(view, id)).ToHashSet()));
    }

    /// <returns>Who would get more than fits on its disk; null when everything fits, as far as it is known.</returns>
    public static string? NoRoom(Layout joint, PeerView view)
    {
        var free = view.Peers.Values.Where(peer => peer.Card.FreeBytes is not null)
            .ToDictionary(peer => peer.Card.Replica, peer => peer.Card.FreeBytes!.Value);
        var full = PlannedMove.WithoutRoom(MovesOf(joint, view), free).Select(each => string.Create(
            CultureInfo.InvariantCulture, $"{each.Move.Member.Name} would get about {each.Move.Bytes:N0} bytes and has {each.FreeBytes:N0} free")).ToList();
        return full.Count == 0 ? null : $"There is too little room: {string.Join("; ", full)}. Add a node or make room first.";
    }

    private static IReadOnlyList<PlannedMove> MovesOf(Layout joint, PeerView view) => joint.IsJoint
        ? PlannedMove.Of(joint, view.Peers.Values.ToDictionary(peer => peer.Card.Replica, peer => peer.Card.Bytes))
        : [];

    private static string? Change(LayoutMember old, LayoutMember next) => (old.Weight == next.Weight, old.Zone == next.Zone) switch
    {
        (false, true) => $"{next.Name} has the weight {next.Weight}, not {old.Weight}.",
        (true, false) => $"{next.Name} is in the zone {next.Zone}, not {old.Zone}.",
        (false, false) => $"{next.Name} has the weight {next.Weight}, not {old.Weight}, and is in the zone {next.Zone}, not {old.Zone}.",
        _ => null,
    };

    private static bool IsHere(PeerView view, ReplicaId replica) =>
        view.Peers.TryGetValue(replica, out var peer) && peer is { Reachable: true, IsMember: true };
}
