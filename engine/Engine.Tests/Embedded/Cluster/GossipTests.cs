using Akka.Cluster;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

public sealed class GossipTests
{
    [Theory, Seeds(100)]
    internal void Merge_is_commutative_associative_and_idempotent(int seed)
    {
        var views = new GossipHistory(seed).Views;

        foreach (var a in views)
        {
            Assert.Equal(Content(a), Content(a.Merge(a)));
            foreach (var b in views)
            {
                Assert.Equal(Content(a.Merge(b)), Content(b.Merge(a)));
                Assert.All(views, c => Assert.Equal(Content(a.Merge(b).Merge(c)), Content(a.Merge(b.Merge(c)))));
            }
        }
    }

    [Theory, Seeds(100)]
    internal void Equal_versions_have_equal_content(int seed)
    {
        var views = new GossipHistory(seed).Views;
        var all = views.Concat(from a in views from b in views select a.Merge(b)).ToList();

        foreach (var (a, b) in from a in all from b in all where a.Version.CompareTo(b.Version) == ClockOrder.Same select (a, b))
        {
            Assert.Equal(Content(a), Content(b));
        }
    }

    [Theory, Seeds(100)]
    internal void Nothing_but_members_is_spoken_of(int seed) => Assert.All(new GossipHistory(seed).Views, gossip =>
    {
        Assert.All(gossip.Seen, node => Assert.True(gossip.Has(node)));
        Assert.All(gossip.Version.Versions.Keys, node => Assert.True(gossip.Has(node) || gossip.Tombstones.ContainsKey(node)));
        Assert.All(gossip.Reachability.Observations, o => Assert.True(gossip.Has(o.Observer) && gossip.Has(o.Subject)));
        Assert.All(gossip.Tombstones.Keys, node => Assert.False(gossip.Has(node)));
    });

    [Fact]
    public void A_removed_incarnation_stays_removed_when_an_older_view_is_merged()
    {
        var old = GossipOf(Up(1), Up(2), Down(3)).ChangedBy(Node(2), seen: true);
        var removed = old.Remove(new HashSet<UniqueAddress> { Node(3) }, 1).ChangedBy(Node(1), seen: true);
        var concurrent = old.Add(Joining(4)).ChangedBy(Node(2), seen: true);

        var merged = concurrent.Merge(removed);

        Assert.Equal([Node(1), Node(2), Node(4)], merged.Members.Select(member => member.UniqueAddress));
        Assert.Same(merged, merged.Add(Joining(3)));
    }

    [Fact]
    public void A_new_incarnation_is_another_member()
    {
        var gossip = GossipOf(Up(1)).Remove(new HashSet<UniqueAddress> { Node(1) }, 1);

        Assert.True(gossip.Add(Member.Joining(Node(1, uid: 2), [])).Has(Node(1, uid: 2)));
    }

    [Fact]
    public void Merging_takes_the_later_status_and_the_older_age()
    {
        var merged = GossipOf(Up(1, upNumber: 3)).Merge(GossipOf(Joining(1).Copy(MemberStatus.Leaving)));

        Assert.Equal(MemberStatus.Leaving, merged.StatusOf(Node(1)));
        Assert.Equal(3, merged.Find(Node(1))!.UpNumber);
    }

    [Fact]
    public void Only_the_latest_tombstones_are_kept_whatever_the_leaders_clocks_showed()
    {
        // The clock of every third leader is far behind.
        var gossip = Enumerable.Range(0, Gossip.TombstonesMax + 9).Aggregate(
            GossipOf(Up(1)),
            (all, number) => all.Remove(new HashSet<UniqueAddress> { Node(2 + number) }, nowTicks: number % 3 == 0 ? 5 : 1_000_000 + number));

        Assert.Equal(Enumerable.Range(2 + 9, Gossip.TombstonesMax).Select(number => Node(number)).Order(), gossip.Trim().Tombstones.Keys);
    }

    [Theory]
    [InlineData(MemberStatus.Joining, MemberStatus.Exiting)]
    [InlineData(MemberStatus.Up, MemberStatus.Joining)]
    [InlineData(MemberStatus.Up, MemberStatus.Exiting)]
    [InlineData(MemberStatus.Down, MemberStatus.Up)]
    [InlineData(MemberStatus.Exiting, MemberStatus.Leaving)]
    public void A_member_cannot_go_back_nor_skip_leaving(MemberStatus from, MemberStatus to) =>
        Assert.Throws<InvalidOperationException>(() => new Member(Node(1), 1, from, []).Copy(to));

    private static string Content(Gossip gossip) => string.Join('\n', [
        string.Join(' ', gossip.Members),
        string.Join(' ', gossip.Tombstones),
        string.Join(' ', gossip.Reachability.Rows.Select(row => $"{row.Key}:{row.Value.Version}")),
        gossip.Reachability.ToString(),
        gossip.Version.ToString()]);
}
