using Akka.Cluster;
using Dfs.Core.Membership;

namespace Dfs.Actors.Membership;

/// <summary>Who counts as a member when nodes tell each other whether they count each other, see <see cref="LeftOutWatch"/>.</summary>
public static class MemberStanding
{
    /// <summary>What to tell the node at that address.</summary>
    /// <param name="self">Of the node that tells.</param>
    /// <param name="members">All that it counts, reachable or not.</param>
    public static AskerStanding Of(MemberStatus self, IEnumerable<Member> members, string address)
    {
        if (self != MemberStatus.Up)
        {
            return AskerStanding.Unknown;
        }

        var member = members.FirstOrDefault(member => member.Address.ToString() == address);
        return member is null ? AskerStanding.Stranger : Stays(member) ? AskerStanding.Member : AskerStanding.Unknown;
    }

    /// <summary>Addresses of those who are not on the way out.</summary>
    public static HashSet<string> StayingAddresses(IEnumerable<Member> members) => [.. members.Where(Stays).Select(member => member.Address.ToString())];

    private static bool Stays(Member member) => member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up or MemberStatus.Leaving;
}
