using Dfs.Core.Membership;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Membership;

public sealed class JoinRuleTests
{
    private static readonly ClusterId Ours = new(new Bytes16(1, 1)), Other = new(new Bytes16(2, 2));

    [Fact]
    public void Without_a_layout_only_the_first_seed_begins_and_only_when_settled()
    {
        Assert.Equal(JoinDecision.Begin, Decide(Node(1), isFirstSeed: true, []));
        Assert.Equal(JoinDecision.Wait, Decide(Node(1), isFirstSeed: true, [], settled: false));
        Assert.Equal(JoinDecision.Wait, Decide(Node(2), isFirstSeed: false, [Node(1)]));
    }

    [Fact]
    public void A_first_seed_with_an_empty_directory_waits_for_those_who_have_a_layout() =>
        Assert.Equal(JoinDecision.Wait, Decide(Node(1), isFirstSeed: true, [Node(2, Ours), Node(3, Ours)]));

    [Fact]
    public void A_cluster_that_answers_is_joined_at_once_the_largest_first() =>
        Assert.Equal(
            JoinDecision.Join("n3"),
            Decide(Node(1), isFirstSeed: true, [Node(2, members: 1), Node(3, members: 2)], settled: false));

    [Fact]
    public void With_a_layout_the_lowest_reachable_member_begins_when_it_sees_a_majority()
    {
        Assert.Equal(JoinDecision.Begin, Decide(Node(2, Ours), false, [Node(3, Ours)], LayoutOf(1, 2, 3)));
        Assert.Equal(JoinDecision.Wait, Decide(Node(3, Ours), false, [Node(2, Ours)], LayoutOf(1, 2, 3)));
        Assert.Equal(JoinDecision.Wait, Decide(Node(1, Ours), true, [], LayoutOf(1, 2, 3)));
    }

    [Fact]
    public void Nodes_of_another_cluster_are_never_joined() =>
        Assert.Equal(
            JoinDecision.Begin,
            Decide(Node(1, Ours), false, [Node(9, Other, members: 5), Node(2, Ours)], LayoutOf(1, 2, 3)));

    [Fact]
    public void A_member_stays_where_it_is() =>
        Assert.Equal(JoinDecision.Wait, Decide(Node(3, Ours, members: 1), false, [Node(1, Ours, members: 2)], LayoutOf(1, 2, 3)));

    private static JoinDecision Decide(
        PeerFact self, bool isFirstSeed, PeerFact[] answers, LayoutView? layout = null, bool settled = true) =>
        JoinRule.Decide(self, isFirstSeed, answers, layout, settled);

    private static PeerFact Node(int number, ClusterId? cluster = null, int members = 0) =>
        new(Replica(number), $"n{number}", cluster, members, members == 0 ? "" : $"n{number}");

    private static LayoutView LayoutOf(params int[] numbers)
    {
        var members = numbers.Select(Replica).ToHashSet();
        return new LayoutView(members, seen => seen.Count(members.Contains) > members.Count / 2);
    }

    private static ReplicaId Replica(int number) => new(new Bytes16(0, (ulong)number));
}
