using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using static Dfs.Tests.Placement.Members;

namespace Dfs.Tests.Placement;

public sealed class NextLayoutTests
{
    private static readonly LayoutPolicy Policy = LayoutPolicy.Default;
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly Layout _three = First(3);

    [Fact]
    public void A_newcomer_comes_in_once_it_has_settled()
    {
        var ripe = Decide(_three, [Here(_three, 4, Policy.Settle)]);
        var young = Decide(_three, [Here(_three, 4, Policy.Settle - TimeSpan.FromSeconds(1))]);

        Assert.True(ripe.Proposal is { IsJoint: true, Number.Value: 2 });
        Assert.Equal([Id(1), Id(2), Id(3), Id(4)], Ids(ripe));
        Assert.Null(young.Proposal);
        Assert.Contains("node4", Assert.Single(young.Waits), StringComparison.Ordinal);
    }

    [Fact]
    public void Who_comes_shortly_after_is_taken_along_and_one_that_flaps_holds_nobody_up()
    {
        Assert.Null(Decide(_three, [Here(_three, 4, Policy.Settle), Here(_three, 5, TimeSpan.Zero)]).Proposal);
        Assert.Equal(5, Ids(Decide(_three, [Here(_three, 4, Policy.Settle * 2), Here(_three, 5, Policy.Settle)])).Length);
        Assert.Equal(
            [Id(1), Id(2), Id(3), Id(4)],
            Ids(Decide(_three, [Here(_three, 4, Policy.Settle * 3), Here(_three, 5, TimeSpan.Zero)])));
    }

    [Fact]
    public void Without_the_policy_or_in_a_large_cluster_it_takes_a_command()
    {
        var newcomer = Here(_three, 4, Long);
        var manual = Policy with { IsAutomatic = false };
        var large = First(Policy.MembersMax);

        Assert.Null(NextLayout.Decide(_three, Facts(_three, [newcomer]), manual, onCommand: false).Proposal);
        Assert.NotNull(NextLayout.Decide(_three, Facts(_three, [newcomer]), manual, onCommand: true).Proposal);
        Assert.Contains("plan --apply", Assert.Single(Decide(large, [Here(large, 99, Long)]).Waits), StringComparison.Ordinal);
        Assert.NotNull(NextLayout.Decide(large, Facts(large, [Here(large, 99, TimeSpan.Zero)]), Policy, onCommand: true).Proposal);
    }

    [Fact]
    public void A_member_that_is_away_stays_and_the_others_change_around_it()
    {
        var away = new DirectoryFact(Member(2), false, _three.Number, TimeSpan.FromHours(20));

        Assert.Null(Decide(_three, [away]).Proposal);
        Assert.Equal([Id(1), Id(2), Id(3), Id(4)], Ids(Decide(_three, [away, Here(_three, 4, Long)])));
    }

    [Fact]
    public void A_member_leaves_when_told_to_said_to_be_gone_or_away_for_too_long_and_enough_are_left()
    {
        var four = First(4);
        var told = Here(four, 2, Long) with { IsLeaving = true };
        var away = new DirectoryFact(Member(2), false, four.Number, Policy.DeadAfter - TimeSpan.FromSeconds(1));

        Assert.Equal([Id(1), Id(3), Id(4)], Ids(Decide(four, [told])));
        Assert.Null(Decide(four, [away]).Proposal);
        Assert.Equal([Id(1), Id(3), Id(4)], Ids(Decide(four, [away with { IsGone = true }])));
        Assert.Equal([Id(1), Id(3), Id(4)], Ids(Decide(four, [away with { For = Policy.DeadAfter }])));
        Assert.Null(NextLayout.Decide(
            four, Facts(four, [away with { For = Policy.DeadAfter }]), Policy with { IsAutomatic = false }, onCommand: false).Proposal);
        var few = Decide(_three, [Here(_three, 2, Long) with { IsLeaving = true }]);
        Assert.Null(few.Proposal);
        Assert.Contains("start another node first", Assert.Single(few.Waits), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_not_all_may_leave_those_go_first_that_are_gone()
    {
        var four = First(4);
        var told = Here(four, 2, Long) with { IsLeaving = true };
        var gone = new DirectoryFact(Member(3), false, four.Number, Long) { IsGone = true };

        var next = Decide(four, [told, gone]);

        Assert.Equal([Id(1), Id(2), Id(4)], Ids(next));
        Assert.Contains("node2 stays for now: 2 nodes would be left", Assert.Single(next.Waits), StringComparison.Ordinal);
        Assert.Equal([Id(1), Id(4), Id(9)], Ids(Decide(four, [told, gone, Here(four, 9, Long)])));
        Assert.Equal([Id(3), Id(4), Id(5)], Ids(Decide(First(5), [.. Enumerable.Range(1, 3).Select(number => Here(First(5), number, Long) with { IsLeaving = true })])));
    }

    [Fact]
    public void A_member_that_says_another_weight_or_zone_for_a_while_gets_its_partitions_by_it()
    {
        var five = First(5);
        var heavy = Here(five, 2, Policy.Settle) with { Member = Member(2, weight: 3) };
        var moved = Here(five, 3, Policy.Settle) with { Member = Member(3, "zone1") };

        var next = Decide(five, [heavy, moved]);

        Assert.Equal([Member(1), Member(2, weight: 3), Member(3, "zone1"), Member(4), Member(5)], next.Proposal!.Members.AsEnumerable());
        Assert.Equal(five.Members.AsEnumerable(), next.Proposal.OldMembers.AsEnumerable());
        Assert.True(Shares(next.Proposal.Finish())[Id(2)] > Shares(five)[Id(2)]);
        var young = Decide(five, [heavy with { For = Policy.Settle - TimeSpan.FromSeconds(1) }]);
        Assert.Null(young.Proposal);
        Assert.Contains("another weight", Assert.Single(young.Waits), StringComparison.Ordinal);
        var manual = Policy with { IsAutomatic = false };
        Assert.Contains(
            "plan --apply", Assert.Single(NextLayout.Decide(five, Facts(five, [heavy]), manual, onCommand: false).Waits), StringComparison.Ordinal);
        Assert.NotNull(NextLayout.Decide(five, Facts(five, [heavy]), manual, onCommand: true).Proposal);
        Assert.Null(Decide(five, [heavy with { IsHere = false }]).Proposal);
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        var joint = First(4).ChangeStart(First(4).Members[..3]);
        var moves = PlannedMove.Of(joint, First(4).Members.ToDictionary(member => member.Id, _ => 1_000_000L));
        var fullest = moves.MaxBy(move => move.Bytes)!;

        Assert.Empty(PlannedMove.WithoutRoom(moves, moves.ToDictionary(move => move.Member.Id, move => move.Bytes)));
        Assert.Empty(PlannedMove.WithoutRoom(moves, new Dictionary<ReplicaId, long>()));
        Assert.Equal(
            (fullest, fullest.Bytes - 1),
            Assert.Single(PlannedMove.WithoutRoom(moves, new Dictionary<ReplicaId, long> { [fullest.Member.Id] = fullest.Bytes - 1 })));
    }

    [Fact]
    public void With_another_one_coming_in_a_member_leaves_in_the_same_change()
    {
        var leaving = Here(_three, 2, Long) with { IsLeaving = true };

        Assert.Equal([Id(1), Id(3), Id(4)], Ids(Decide(_three, [leaving, Here(_three, 4, Long)])));
        Assert.Null(Decide(_three, [Here(_three, 4, Long) with { IsLeaving = true }]).Proposal);
    }

    [Fact]
    public void Nobody_leaves_while_somebody_who_would_get_data_is_away()
    {
        var four = First(4);
        var away = new DirectoryFact(Member(3), false, four.Number, TimeSpan.FromMinutes(1));

        var stays = Decide(four, [away, Here(four, 2, Long) with { IsLeaving = true }]);

        Assert.Null(stays.Proposal);
        Assert.Contains("node3", Assert.Single(stays.Waits), StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_is_given_a_partition_before_it_knows_the_layout()
    {
        var stale = Here(_three, 4, Long) with { Knows = LayoutNumber.None };

        Assert.Null(Decide(_three, [stale]).Proposal);
    }

    [Fact]
    public void A_node_that_comes_back_empty_takes_its_own_place_at_once_and_another_may_not_take_its_name()
    {
        var away = new DirectoryFact(Member(2), false, _three.Number, Long);
        var again = new DirectoryFact(Member(9) with { Name = "node2" }, true, _three.Number, TimeSpan.Zero);

        var replaced = Decide(_three, [away, again]).Proposal!;
        var second = Decide(_three, [again with { For = Long }]);

        Assert.Equal(_three.Find(Id(2))!.Slot, replaced.Find(Id(9))!.Slot);
        Assert.Null(second.Proposal);
        Assert.Contains("name", Assert.Single(second.Waits), StringComparison.Ordinal);
    }

    [Fact]
    public void A_newcomer_that_is_lost_before_the_change_is_finished_is_left_out_again()
    {
        var joint = _three.ChangeStart([.. _three.Members, Member(4), Member(5)]);
        DirectoryFact Away(int number, TimeSpan time) => new(Member(number), false, joint.Number, time);

        Assert.Null(Decide(joint, [Here(joint, 4, Long), Away(5, TimeSpan.FromSeconds(1))]).Proposal);
        Assert.Null(Decide(joint, [Here(joint, 4, Long), Here(joint, 5, Long), Away(2, Long)]).Proposal);
        var again = Decide(joint, [Here(joint, 4, Long), Away(5, Policy.NewcomerPatience)]).Proposal!;

        Assert.Equal([Id(1), Id(2), Id(3), Id(4)], again.Members.Select(member => member.Id));
        Assert.Equal([Id(1), Id(2), Id(3)], again.OldMembers.Select(member => member.Id));
        Assert.Equal(3UL, again.Number.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_was_to_go_stays_when_too_few_would_be_left_without_the_newcomer(bool isLost)
    {
        // Node 2 is lost too: with two members left, both would be needed, and nothing could be read again.
        var joint = _three.ChangeStart([.. _three.Members.Where(member => member.Id != Id(1)), Member(4)]);
        var leaves = new DirectoryFact(Member(4), !isLost, joint.Number, Policy.NewcomerPatience) { IsLeaving = !isLost };
        DirectoryFact[] facts = [leaves, Here(joint, 1, Long) with { IsLeaving = true }, new(Member(2), false, joint.Number, Long)];

        var again = Decide(joint, facts);

        Assert.Equal([Id(1), Id(2), Id(3)], Ids(again).Order());
        Assert.Contains("node1 stays for now", Assert.Single(again.Waits), StringComparison.Ordinal);
        var single = again.Proposal!.Finish();
        Assert.Null(Decide(single, [.. facts.Select(fact => fact with { Knows = single.Number })]).Proposal);
        Assert.Null(LayoutSuccession.Refusal(joint, again.Proposal!, facts, mayFinish: false));
    }

    // Property: whatever is seen, a proposal never drops a member without a replacement, and gives partitions only to
    // directories that are here and know the current layout.
    [Theory, Seeds(50)]
    public void A_proposal_never_loses_a_member(int seed)
    {
        var random = new Random(seed);
        var current = First(random.Next(1, 6));
        var facts = Enumerable.Range(1, 9).Where(_ => random.Next(4) > 0).Select(number => new DirectoryFact(
            Member(number) with { Name = $"node{random.Next(1, 9)}" }, random.Next(3) > 0,
            random.Next(4) > 0 ? current.Number : LayoutNumber.None, TimeSpan.FromSeconds(random.Next(60)))).ToList();

        if (NextLayout.Decide(current, facts, Policy, random.Next(2) == 0).Proposal is not { } next)
        {
            return;
        }

        var ready = facts.Where(fact => fact.IsHere && fact.Knows == current.Number).Select(fact => fact.Member.Id).ToHashSet();
        Assert.All(current.Members, old => Assert.Contains(next.Members, member => member.Slot == old.Slot));
        Assert.All(Partitions(), partition => Assert.Subset(
            ready, next.NextChunkReplicasOf(partition).Except(next.OldChunkReplicasOf(partition)).ToHashSet()));
    }

    private static NextLayout Decide(Layout current, DirectoryFact[] facts) =>
        NextLayout.Decide(current, Facts(current, facts), Policy, onCommand: false);

    // Members that are not named are here.
    private static List<DirectoryFact> Facts(Layout current, DirectoryFact[] named) =>
    [
        .. named,
        .. current.OldMembers.Concat(current.Members).DistinctBy(member => member.Id)
            .Where(member => named.All(fact => fact.Member.Id != member.Id))
            .Select(member => new DirectoryFact(member, true, current.Number, Long)),
    ];

    private static DirectoryFact Here(Layout current, int number, TimeSpan time) => new(Member(number), true, current.Number, time);

    private static ReplicaId[] Ids(NextLayout next) => [.. next.Proposal!.Members.Select(member => member.Id)];
}
