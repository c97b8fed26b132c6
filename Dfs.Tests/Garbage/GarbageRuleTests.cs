using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Catalog;

namespace Dfs.Tests.Garbage;

public class GarbageRuleTests
{
    [Fact]
    public void The_next_epoch_begins_only_when_every_member_has_the_one_before()
    {
        Assert.Equal(new Epoch(6), GarbageRule.Begin([Fact(5), Fact(5), Fact(5)]));
        Assert.Equal(new Epoch(5), GarbageRule.Begin([Fact(5), Fact(4), Fact(5)]));
    }

    [Fact]
    public void Nothing_is_condemned_while_a_member_was_not_raised_before_under_this_layout_and_in_this_start()
    {
        Assert.True(GarbageRule.MayCondemn(new Epoch(6), [Fact(6, 5), Fact(6, 2)]));
        Assert.False(GarbageRule.MayCondemn(new Epoch(6), [Fact(6, 5), Fact(6, 6)]));
        Assert.False(GarbageRule.MayCondemn(new Epoch(6), [Fact(6, 5), Fact(6, 7)]));
    }

    [Theory]
    [InlineData(6, true)]
    [InlineData(5, true)]
    [InlineData(4, false)]
    [InlineData(0, false)]
    public void The_pins_of_this_epoch_and_of_the_one_before_protect(ulong pin, bool isProtected) =>
        Assert.Equal(isProtected, GarbageRule.IsProtected(new Epoch(pin), new Epoch(6)));

    // The acceptor's rule and the collector's are one: no head is accepted on pins that a collection would not heed.
    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    [InlineData(1)]
    public void What_a_head_may_still_be_accepted_with_is_protected(ulong pin)
    {
        var replicas = new TestReplicas();
        var accept = replicas.Accept(TestReplicas.Ballot(1, 1), 5);
        var reply = replicas.Handle(1, accept with { Header = accept.Header with { Epoch = new Epoch(pin) } }, 1, new Epoch(3));

        Assert.Equal(reply is CatalogProtocol.Accepted, GarbageRule.IsProtected(new Epoch(pin), new Epoch(3)));
    }

    [Theory]
    [InlineData(6, 0, true)]
    [InlineData(6, 1, false)]
    [InlineData(5, 1, true)]
    public void Garbage_rests_as_many_collections_as_it_should(ulong since, int trash, bool goes) =>
        Assert.Equal(goes, GarbageRule.MayDelete(new Epoch(since), new Epoch(6), trash));

    private static EpochFact Fact(ulong current, ulong first = 1) => new(new Epoch(current), new Epoch(first));
}
