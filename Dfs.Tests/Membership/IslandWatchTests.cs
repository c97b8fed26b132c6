using Dfs.Core.Membership;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Membership;

public sealed class IslandWatchTests
{
    private static readonly TimeSpan Noon = TimeSpan.FromHours(12), SureAfter = TimeSpan.FromSeconds(5), Moment = TimeSpan.FromMilliseconds(1);
    private static readonly HashSet<string> None = [];
    private static readonly string[] Peers = ["n1", "n2", "n4"];
    private static readonly ClusterId Ours = new(new Bytes16(1, 1)), Other = new(new Bytes16(2, 2));

    [Fact]
    public void Of_two_islands_the_smaller_gives_up_and_of_equals_the_one_whose_lowest_member_is_higher()
    {
        Assert.True(GivesUp(Node(3, 1), Node(1, 2)));
        Assert.False(GivesUp(Node(1, 2), Node(3, 1)));
        Assert.True(GivesUp(Node(3, 1), Node(1, 1)));
        Assert.False(GivesUp(Node(1, 1), Node(3, 1)));
    }

    [Fact]
    public void Nobody_gives_up_for_its_own_island_for_another_cluster_or_for_a_node_in_none_and_who_is_in_none_has_nothing_to_give_up()
    {
        Assert.False(GivesUp(Node(2, 1) with { Island = "n1" }, Node(1, 3)));
        Assert.False(GivesUp(Node(2, 1), Node(1, 3) with { Cluster = Other }));
        Assert.False(GivesUp(Node(2, 1), Node(1, 0)));
        Assert.False(GivesUp(Node(2, 0), Node(1, 3)));
        Assert.True(GivesUp(Node(2, 1), Node(1, 3) with { Cluster = null }));
    }

    // The one with the lowest address was killed: its card counts the two who have lost it since.
    [Fact]
    public void A_member_is_no_other_island_whatever_its_card_says()
    {
        var self = Node(2, 2);
        var dead = Node(1, 3);

        Assert.False(GivesUp(self, dead, members: ["n1", "n3"]));
        Assert.True(GivesUp(self, dead, members: ["n3"]));
        Assert.True(GivesUp(self, Node(4, 3), members: ["n1", "n3"]));
    }

    [Fact]
    public void A_card_that_was_there_already_proves_nothing_however_long_it_stays()
    {
        var stale = new HeardFact(Node(1, 3), Noon - TimeSpan.FromSeconds(1));
        var watch = WatchFrom(Node(2, 3) with { Island = "n1" }, stale, Noon);
        Assert.Empty(watch.InSight);

        for (var after = TimeSpan.Zero; after < 4 * SureAfter; after += TimeSpan.FromMilliseconds(500))
        {
            // Two seconds on, this node has lost the other, so that its own island is the smaller.
            watch = watch.Look(after < TimeSpan.FromSeconds(2) ? Node(2, 3) with { Island = "n1" } : Node(2, 2), None, [stale], Noon + after);
            Assert.Equal(after >= TimeSpan.FromSeconds(2), watch.InSight.ContainsKey("n1"));
            Assert.False(watch.IsSure);
        }
    }

    [Fact]
    public void What_is_said_again_counts_when_the_island_was_in_sight_for_long_enough_then()
    {
        var early = new HeardFact(Node(1, 2), Noon + SureAfter - Moment);
        var late = new HeardFact(Node(1, 2), Noon + SureAfter);
        var watch = WatchFrom(Node(3, 1), new HeardFact(Node(1, 2), Noon), Noon);

        watch = watch.Look(Node(3, 1), None, [early], early.At);
        Assert.False(watch.IsSure);
        Assert.False(watch.Look(Node(3, 1), None, [early], Noon + (2 * SureAfter)).IsSure);
        Assert.True(watch.Look(Node(3, 1), None, [late], late.At).IsSure);
    }

    [Fact]
    public void An_island_that_goes_out_of_sight_or_another_peer_s_begins_anew()
    {
        var (self, first) = (Node(3, 1), new HeardFact(Node(1, 2), Noon));
        var again = new HeardFact(Node(1, 2), Noon + SureAfter);
        var watch = WatchFrom(self, first, Noon);

        foreach (var between in new HeardFact[][] { [], [new HeardFact(Node(1, 1) with { Island = "n9" }, Noon + Moment)], [new HeardFact(Node(5, 2), Noon + Moment)] })
        {
            Assert.False(watch.Look(self, None, between, Noon + Moment).Look(self, None, [again], again.At).IsSure);
        }

        Assert.False(watch.Look(Node(3, 2) with { Island = "n0" }, None, [first], Noon + Moment).Look(self, None, [again], again.At).IsSure);
        Assert.False(watch.Look(self, new HashSet<string> { "n1" }, [first], Noon + Moment).Look(self, None, [again], again.At).IsSure);
        Assert.False(watch.Look(self, None, [first, new HeardFact(Node(5, 2), again.At)], again.At).IsSure);
    }

    // Against the whole history: who is sure has heard one peer, that was no member, tell of a larger island in every card and at every look for long enough.
    [Theory, Seeds(200)]
    public void Whoever_gives_up_was_told_so_by_one_peer_all_the_time(int seed)
    {
        var random = new Random(seed);
        var watch = IslandWatch.Start(SureAfter);
        var (now, self, members) = (Noon, Node(3, 2), new HashSet<string>());
        var cards = new Dictionary<string, HeardFact>();
        var larger = new Dictionary<string, TimeSpan>();
        for (var step = 0; step < 300; step++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(1000));
            switch (random.Next(12))
            {
                case 0: self = Node(3, random.Next(1, 4)); break;
                case 1: members = [.. Peers.Where(_ => random.Next(4) == 0)]; break;
                case 2: cards.Remove($"n{random.Next(1, 5)}"); break;
                default:
                    var peer = Node(random.Next(4) is var number and < 2 ? number + 1 : 4, random.Next(8) == 0 ? random.Next(4) : 3);
                    cards[peer.Address] = new HeardFact(peer, now);
                    break;
            }

            watch = watch.Look(self, members, cards.Values, now);

            foreach (var address in Peers)
            {
                if (!cards.TryGetValue(address, out var card) || members.Contains(address) || card.Fact.MemberCount < self.MemberCount
                    || (card.Fact.MemberCount == self.MemberCount && address == "n4"))
                {
                    larger.Remove(address);
                }
                else
                {
                    larger.TryAdd(address, now);
                }
            }

            Assert.Equal(larger.Keys.Order(StringComparer.Ordinal), watch.InSight.Keys);
            Assert.Equal(larger.Any(entry => cards[entry.Key].At - entry.Value >= SureAfter), watch.IsSure);
        }
    }

    private static IslandWatch WatchFrom(PeerFact self, HeardFact heard, TimeSpan now) => IslandWatch.Start(SureAfter).Look(self, None, [heard], now);

    /// <summary>Whether it does for a peer that says the same for twice as long as is needed.</summary>
    private static bool GivesUp(PeerFact self, PeerFact peer, params string[] members)
    {
        var watch = IslandWatch.Start(SureAfter);
        for (var after = TimeSpan.Zero; after <= 2 * SureAfter; after += TimeSpan.FromSeconds(2))
        {
            watch = watch.Look(self, members.ToHashSet(), [new HeardFact(peer, Noon + after)], Noon + after);
        }

        return watch.IsSure;
    }

    private static PeerFact Node(int number, int members) =>
        new(new ReplicaId(new Bytes16(0, (ulong)number)), $"n{number}", Ours, members, members == 0 ? "" : $"n{number}");
}
