using Akka.Cluster;
using Dfs.Actors.Membership;

namespace Dfs.Tests.Membership;

public sealed class SeenMemberTests
{
    [Fact]
    public void Of_two_starts_of_a_node_at_one_address_the_one_counts_that_answers()
    {
        SeenMember other = new("b", MemberStatus.Up, IsReachable: true);
        SeenMember[][] starts =
        [
            [new("a", MemberStatus.Joining, IsReachable: true), new("a", MemberStatus.Up, IsReachable: false)],
            [new("a", MemberStatus.Up, IsReachable: true), new("a", MemberStatus.Down, IsReachable: true)],
            [new("a", MemberStatus.Joining, IsReachable: true), new("a", MemberStatus.Exiting, IsReachable: true)],
            [new("a", MemberStatus.WeaklyUp, IsReachable: false), new("a", MemberStatus.Down, IsReachable: false)],
        ];
        foreach (var both in starts)
        {
            Assert.Equal([both[0], other], SeenMember.ByAddress([.. both, other]).OrderBy(seen => seen.Key).Select(seen => seen.Value));
            Assert.Equal([both[0], other], SeenMember.ByAddress([other, .. both.Reverse()]).OrderBy(seen => seen.Key).Select(seen => seen.Value));
        }
    }
}
