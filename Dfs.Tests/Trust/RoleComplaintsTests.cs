using Dfs.Actors.Membership;
using Dfs.Actors.Trust;
using Dfs.Core.Events;
using Dfs.Core.Trust;
using Dfs.Storage.Events;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Trust;

public sealed class RoleComplaintsTests
{
    [Fact]
    public async Task A_node_that_asks_for_more_than_its_role_is_noted_by_name_and_every_ten_minutes_at_most()
    {
        var time = new HandTime();
        await using var events = new EventLog(new SimDisk(), "events", TimeProvider.System);
        var complaints = new RoleComplaints(new PeerDirectory(), events, time);
        var (liar, other) = (TestCluster.Node(3), TestCluster.Node(4));

        complaints.Note(liar, RoleRight.CollectGarbage);
        complaints.Note(liar, RoleRight.AskOwners);
        time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1));
        complaints.Note(liar, RoleRight.AskOwners);
        complaints.Note(other, RoleRight.AskOwners);
        time.Advance(TimeSpan.FromTicks(1));
        complaints.Note(liar, RoleRight.AskOwners);

        var noted = events.Since(0, 100);
        Assert.All(noted, each => Assert.Equal(EventKind.RoleExceeded, each.Kind));
        Assert.Equal([liar.ToString(), other.ToString(), liar.ToString()], noted.Select(each => each.Subject));
        Assert.Contains("CollectGarbage", noted[0].Text, StringComparison.Ordinal);
    }
}
