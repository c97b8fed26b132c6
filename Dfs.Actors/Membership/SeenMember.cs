using Akka.Cluster;

namespace Dfs.Actors.Membership;

/// <summary>A member as the cluster's gossip has it.</summary>
internal sealed record SeenMember(string Address, MemberStatus Status, bool IsReachable)
{
    /// <summary>One of each address.</summary>
    /// <remarks>
    /// A node that was killed and started again is a new member at the old address, and takes the old one's place. Where two sides of a
    /// cut come together that saw different starts of it, both stand in the gossip until the old one is removed: that one does not answer.
    /// </remarks>
    public static IReadOnlyDictionary<string, SeenMember> ByAddress(IEnumerable<SeenMember> members) =>
        members.GroupBy(member => member.Address).ToDictionary(
            starts => starts.Key, starts => starts.OrderByDescending(start => start.IsReachable).ThenBy(start => RankOf(start.Status)).First());

    private static int RankOf(MemberStatus status) => status switch
    {
        MemberStatus.Up => 0,
        MemberStatus.WeaklyUp => 1,
        MemberStatus.Joining => 2,
        MemberStatus.Leaving => 3,
        MemberStatus.Exiting => 4,
        _ => 5,
    };
}
