using System.Collections.Immutable;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Repair;

/// <summary>When a kept row may go, is given back, and stays.</summary>
public class KeptRuleTests
{
    private static readonly PartitionId Partition = new(0);
    private static readonly RowKey Key = new(false, new RegisterId(new byte[32]));
    private static readonly Layout Three = Members.First(3);

    // A value is its counter, and 255 as second byte when nobody signed it.
    private static readonly ValueRules Rules = new(
        (_, _, value) => value.Span[1] == 255 ? new TransitionRefusal("signature", "of nobody") : null,
        _ => [], 16, _ => false, value => value.Span[0]);

    private static readonly RegisterRow Kept = Row(round: 5, counter: 7);

    [Fact]
    public void A_replica_has_it_when_it_shows_the_value_a_later_one_or_that_it_was_removed()
    {
        Assert.Equal(KeptVerdict.Same, Judge(Kept));
        Assert.Equal(KeptVerdict.Newer, Judge(Row(round: 6, counter: 8)));
        Assert.Equal(KeptVerdict.Newer, Judge(Row(round: 2, counter: 8)));
        Assert.Equal(KeptVerdict.Newer, Judge(Row(round: 6, counter: 7, other: 1)));
        Assert.Equal(KeptVerdict.Newer, Judge(RegisterRow.Absent(Key) with { CounterFloor = 7 }));
    }

    [Fact]
    public void A_replica_that_shows_less_misses_it_unless_it_has_promised_more()
    {
        Assert.Equal(KeptVerdict.Missing, Judge(RegisterRow.Absent(Key)));
        Assert.Equal(KeptVerdict.Missing, Judge(Row(round: 4, counter: 6)));
        Assert.Equal(KeptVerdict.Missing, Judge(RegisterRow.Absent(Key) with { Promise = Ballot(5) }));

        Assert.Equal(KeptVerdict.Apart, Judge(RegisterRow.Absent(Key) with { Promise = Ballot(6) }));
        Assert.Equal(KeptVerdict.Apart, Judge(RegisterRow.Absent(Key), floor: Ballot(6)));
        Assert.Equal(KeptVerdict.Apart, Judge(Row(round: 6, counter: 6)));
        Assert.Equal(KeptVerdict.Apart, Judge(Row(round: 4, counter: 7) with { CounterFloor = 0, Promise = Ballot(9) }));
    }

    [Fact]
    public void A_value_that_nobody_signed_and_another_one_under_the_same_ballot_show_nothing()
    {
        Assert.Equal(KeptVerdict.Apart, Judge(Row(round: 9, counter: 200, other: 255)));
        Assert.Equal(KeptVerdict.Apart, Judge(Row(round: 5, counter: 7, other: 1)));
    }

    [Fact]
    public void It_goes_when_all_have_shown_it_and_not_for_want_of_an_answer()
    {
        Assert.True(May(KeptRule.MayForget, KeptVerdict.Same, KeptVerdict.Newer, KeptVerdict.Same));
        Assert.False(May(KeptRule.MayForget, KeptVerdict.Same, KeptVerdict.Same));
        Assert.False(May(KeptRule.MayForget, KeptVerdict.Same, KeptVerdict.Same, KeptVerdict.Missing));
        Assert.False(May(KeptRule.MayForget, KeptVerdict.Same, KeptVerdict.Apart, KeptVerdict.Newer));
    }

    [Fact]
    public void It_is_given_back_where_a_majority_may_have_it_and_nobody_shows_more()
    {
        Assert.True(May(KeptRule.MayHandBack, KeptVerdict.Missing, KeptVerdict.Missing, KeptVerdict.Missing));
        Assert.True(May(KeptRule.MayHandBack, KeptVerdict.Same, KeptVerdict.Missing));
        Assert.True(May(KeptRule.MayHandBack, KeptVerdict.Apart, KeptVerdict.Missing, KeptVerdict.Same));
        Assert.False(May(KeptRule.MayHandBack, KeptVerdict.Missing));
        Assert.False(May(KeptRule.MayHandBack, KeptVerdict.Missing, KeptVerdict.Missing, KeptVerdict.Newer));
        Assert.False(May(KeptRule.MayHandBack, KeptVerdict.Missing, KeptVerdict.Apart, KeptVerdict.Apart));
        Assert.False(May(KeptRule.MayHandBack, KeptVerdict.Same, KeptVerdict.Same, KeptVerdict.Same));
    }

    [Fact]
    public void While_a_layout_is_joint_nothing_goes_and_nothing_is_given_back()
    {
        var joint = Three.ReplaceStart(Members.Id(3), Members.Member(4));
        var shown = joint.ReplicasOf(Partition).ToImmutableDictionary(replica => replica, _ => KeptVerdict.Same);

        Assert.False(KeptRule.MayForget(joint, Partition, shown));
        Assert.False(KeptRule.MayHandBack(joint, Partition, shown.SetItem(Members.Id(1), KeptVerdict.Missing)));
    }

    [Fact]
    public void A_replica_takes_what_it_misses_and_nothing_older_and_nothing_that_nobody_signed()
    {
        var taken = KeptRule.Take(Rows(Row(round: 4, counter: 6)), Kept, Rules)!;
        Assert.Equal((Kept.Accepted, (byte)7), (taken.Accepted, taken.Value.Span[0]));

        Assert.Null(KeptRule.Take(Rows(Kept), Row(round: 9, counter: 6), Rules));
        Assert.Null(KeptRule.Take(Rows(Kept), Row(round: 4, counter: 8), Rules));
        Assert.Null(KeptRule.Take(Rows(RegisterRow.Absent(Key)), Row(round: 5, counter: 7, other: 255), Rules));
        Assert.Null(KeptRule.Take(Rows(RegisterRow.Absent(Key)), Row(round: 1UL << 40, counter: 7), Rules));
        Assert.Null(KeptRule.Take(Rows(RegisterRow.Absent(Key) with { CounterFloor = 7 }), Kept, Rules));
    }

    private static Ballot Ballot(ulong round) => new(round, Members.Id(1), 1, 1);

    private static RegisterRow Row(ulong round, byte counter, byte other = 0) =>
        new(Key, Ballot(round), Ballot(round), new byte[] { counter, other }, 0, 0);

    private static AcceptorRows Rows(RegisterRow row) => new(PartitionRow.Empty(Partition), row);

    private static KeptVerdict Judge(RegisterRow shown, Ballot floor = default) =>
        KeptRule.Judge(Kept, new AcceptorRows(PartitionRow.Empty(Partition) with { Floor = floor }, shown), Rules);

    private static bool May(Func<Layout, PartitionId, IReadOnlyDictionary<ReplicaId, KeptVerdict>, bool> rule, params KeptVerdict[] verdicts) =>
        rule(Three, Partition, verdicts.Select((verdict, at) => (verdict, at)).ToDictionary(pair => Members.Id(pair.at + 1), pair => pair.verdict));
}
