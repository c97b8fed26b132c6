using System.Collections.Immutable;
using Dfs.Actors.Membership;
using Dfs.Core.Membership;
using Dfs.Core.Primitives;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Membership;

public sealed class PeerBookTests
{
    private const string Self = "akka.tcp://dfs@127.0.0.1:1";

    private static readonly TimeSpan Noon = TimeSpan.FromHours(12);

    [Fact]
    public void The_seeds_are_asked_from_the_beginning_and_this_node_never() =>
        Assert.Equal(["a", "b"], PeerBook.Start(Members.Id(1), Self, ["a", Self, "b", "a"]).Addresses);

    [Fact]
    public void Who_is_heard_is_known_with_everyone_that_it_knows()
    {
        var book = PeerBook.Start(Members.Id(1), Self, ["a"]).Hear(Card(2, "b", known: ["c", Self, ""]), Noon, 0);

        Assert.Equal("b", Assert.Single(book.Cards).Value.Card.Address);
        Assert.Equal(["a", "b", "c"], book.Addresses);
    }

    [Fact]
    public void An_earlier_start_than_known_is_a_directory_that_was_rolled_back_and_is_not_believed()
    {
        var book = PeerBook.Start(Members.Id(1), Self, []).Hear(Card(2, "b", start: 5), Noon, 0);

        Assert.Same(book, book.Hear(Card(2, "elsewhere", start: 4), Noon, 0));
        Assert.Equal("elsewhere", book.Hear(Card(2, "elsewhere", start: 5), Noon, 0).Cards[Members.Id(2)].Card.Address);
        Assert.Equal(6UL, book.Hear(Card(2, "b", start: 6), Noon, 0).Cards[Members.Id(2)].Card.Start);
    }

    [Fact]
    public void Who_says_that_it_is_this_node_is_left_out()
    {
        var book = PeerBook.Start(Members.Id(1), Self, []);

        Assert.Same(book, book.Hear(Card(1, "b", start: 99), Noon, 0));
        Assert.Same(book, book.Hear(Card(2, Self), Noon, 0));
    }

    [Fact]
    public void At_one_address_lives_who_was_heard_there_last()
    {
        var book = PeerBook.Start(Members.Id(1), Self, []).Hear(Card(2, "b"), Noon, 0).Hear(Card(3, "c"), Noon, 0).Hear(Card(4, "b"), Noon, 0);

        Assert.Equal([Members.Id(3), Members.Id(4)], book.Cards.Keys);
    }

    [Fact]
    public void A_card_is_fresh_for_as_long_as_is_asked_for()
    {
        var book = PeerBook.Start(Members.Id(1), Self, []).Hear(Card(2, "b"), Noon, 0).Hear(Card(3, "c"), Noon + TimeSpan.FromSeconds(3), 0);

        Assert.Equal([Members.Id(3)], book.Fresh(Noon + TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(3)).Select(heard => heard.Card.Replica));
        Assert.Equal(2, book.Fresh(Noon + TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(4)).Count);
        Assert.Equal([Members.Id(3)], book.Hear(Card(3, "c"), Noon + TimeSpan.FromSeconds(9), 0).Fresh(Noon + TimeSpan.FromSeconds(9), TimeSpan.Zero).Select(heard => heard.Card.Replica));
    }

    [Fact]
    public void Of_a_peer_s_clock_the_greeting_counts_that_was_on_its_way_the_shortest()
    {
        var book = PeerBook.Start(Members.Id(1), Self, []);
        foreach (var (theirs, ours) in new[] { (5_000L, 9_000L), (10_000, 10_100), (12_000, 20_000) })
        {
            book = book.Hear(Card(2, "b") with { ClockUnixMs = theirs }, Noon, ours);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(-100), ClockSkew.Best(Ahead()));

        // Silent about its clock, then set back by an hour: told once the old greetings are past.
        book = book.Hear(Card(2, "b"), Noon, 21_000);
        for (var greeting = 0; greeting < ClockSkew.SamplesMax; greeting++)
        {
            book = book.Hear(Card(2, "b") with { ClockUnixMs = -3_600_000 }, Noon, 0);
        }

        Assert.Equal(TimeSpan.FromHours(-1), ClockSkew.Best(Ahead()));

        book = book.Hear(Card(2, "b") with { ClockUnixMs = long.MaxValue }, Noon, long.MinValue);
        Assert.Equal(HeardCard.AheadMax, ClockSkew.Best(Ahead()));

        ImmutableArray<TimeSpan> Ahead() => book.Cards[Members.Id(2)].Ahead;
    }

    // A peer that makes addresses up fills the book, and no more than the book.
    [Fact]
    public void There_are_never_more_addresses_than_the_limit()
    {
        var book = PeerBook.Start(Members.Id(1), Self, Enumerable.Range(0, 1000).Select(number => $"seed{number}"));
        Assert.Equal(PeerBook.AddressesMax, book.Addresses.Count);

        book = PeerBook.Start(Members.Id(1), Self, ["a"]);
        for (var number = 0; number < 20; number++)
        {
            book = book.Hear(Card(2, "b", known: [.. Enumerable.Range(0, NodeCard.KnownMax).Select(at => $"{number}-{at}")]), Noon, 0)
                .Learn([$"layout{number}"]);
        }

        Assert.Equal(PeerBook.AddressesMax, book.Addresses.Count);
        Assert.Contains("a", book.Addresses);
    }

    [Fact]
    public void The_directory_says_what_a_peer_said_last_else_what_the_layout_says()
    {
        var directory = new PeerDirectory();
        var layout = Members.First(3);
        Assert.Equal(layout.Members[1].Address, directory.AddressOf(Members.Id(2), layout));
        Assert.Equal(layout.Members[1].PeerEndpoint, directory.EndpointOf(Members.Id(2), layout));
        Assert.Null(directory.AddressOf(Members.Id(2), null));
        Assert.Null(directory.EndpointOf(Members.Id(9), layout));

        directory.Update(View(new PeerInfo(Card(2, "moved"), "up", Reachable: true), new PeerInfo(Card(9, "stranger"), "known", true)));

        Assert.Equal("moved", directory.AddressOf(Members.Id(2), layout));
        Assert.Equal("http://moved", directory.EndpointOf(Members.Id(2), layout));
        Assert.Equal("stranger", directory.AddressOf(Members.Id(9), layout));
        Assert.Equal(layout.Members[2].Address, directory.AddressOf(Members.Id(3), layout));
    }

    [Fact]
    public void Only_who_was_found_unreachable_seems_unreachable()
    {
        var directory = new PeerDirectory();
        Assert.True(directory.SeemsReachable(Members.Id(2)));

        directory.Update(View(new PeerInfo(Card(2, "b"), "unreachable", Reachable: false), new PeerInfo(Card(3, "c"), "up", true)));

        Assert.False(directory.SeemsReachable(Members.Id(2)));
        Assert.True(directory.SeemsReachable(Members.Id(3)));
        Assert.True(directory.SeemsReachable(Members.Id(4)));
    }

    private static PeerView View(params PeerInfo[] peers) =>
        new(Self, true, peers.ToImmutableSortedDictionary(peer => peer.Card.Replica, peer => peer));

    private static NodeCard Card(int number, string address, ulong start = 1, ImmutableArray<string>? known = null) => new(
        Members.Id(number), start, $"node{number}", "zone", 1, address, $"http://{address}", null, LayoutNumber.None, 0, "", known ?? []);
}
