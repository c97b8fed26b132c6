using Dfs.Core.Placement;
using static Dfs.Tests.Placement.Members;

namespace Dfs.Tests.Placement;

/// <summary>Placement over unequal nodes in zones; docs/design/placement.md has more figures. Always the same ids, so nothing here is left to chance.</summary>
public sealed class PlacementTests
{
    [Theory]
    [InlineData(10, 5)]
    [InlineData(100, 10)]
    public void No_zone_has_two_copies_and_only_what_must_moves_when_nodes_come_leave_or_change(int count, int zones)
    {
        // The largest cluster has no room for one more; its join is the leave of another, seen from the other side.
        var members = Enumerable.Range(1, count).Select(number => MemberOf(number, zones)).ToList();
        var layout = Layout.First(default, Three, members);
        var fewer = layout.ChangeStart(members[..^1]).Finish();
        var heavier = layout.ChangeStart([members[0] with { Weight = 2 * members[0].Weight }, .. members.Skip(1)]).Finish();

        foreach (var partition in Partitions())
        {
            Assert.Equal(3, layout.ChunkReplicasOf(partition).Select(id => layout.Find(id)!.Zone).Distinct().Count());
        }

        var (last, first) = (members[^1].Id, members[0].Id);
        Assert.InRange(Moved(layout, fewer), 1, Shares(layout)[last] * 11 / 10);
        Assert.InRange(Moved(fewer, layout), 1, Shares(layout)[last] * 11 / 10);
        Assert.InRange(Moved(layout, heavier), 1, (Shares(heavier)[first] - Shares(layout)[first]) * 11 / 10);
    }

    // Of a hundred nodes one has thirty partitions, give or take six: what weight alone decides shows in 25 of them together.
    [Fact]
    public void Nodes_of_one_weight_have_together_what_their_weight_asks_for()
    {
        var members = Enumerable.Range(1, 100).Select(number => MemberOf(number, 10)).ToList();
        var shares = Shares(Layout.First(default, Three, members));
        var all = members.Sum(member => (double)member.Weight);

        foreach (var alike in members.GroupBy(member => member.Weight))
        {
            var asked = 3 * 1024 * alike.Sum(member => member.Weight) / all;
            Assert.InRange(alike.Sum(member => shares.GetValueOrDefault(member.Id)), 0.9 * asked, 1.1 * asked);
        }
    }

    private static LayoutMember MemberOf(int number, int zones) =>
        Member(number, $"zone{number % zones}", (uint)(100 * (1 + (number * 7 / zones % 4))));

    private static int Moved(Layout from, Layout to) =>
        Partitions().Sum(partition => to.ChunkReplicasOf(partition).Except(from.ChunkReplicasOf(partition)).Count());
}
