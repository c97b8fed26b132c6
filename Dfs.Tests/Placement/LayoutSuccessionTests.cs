using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using static Dfs.Tests.Placement.Members;

namespace Dfs.Tests.Placement;

/// <summary>What an honest member of a council does not put its signature to.</summary>
public sealed class LayoutSuccessionTests
{
    private static readonly Layout Three = First(3);

    [Fact]
    public void What_an_honest_keeper_proposes_is_endorsed_by_who_sees_the_same()
    {
        Agrees(Three, Three.ChangeStart([.. Three.Members, Member(4)]), Here(1, 2, 3, 4));
        Agrees(Three, Three.ReplaceStart(Id(3), Member(4)), Here(1, 2, 4));
        Agrees(First(4), First(4).ChangeStart([.. Three.Members]), Here(1, 2, 3));
        Agrees(First(4), First(4).ChangeStart([.. Three.Members]), [.. Here(1, 2, 3), Here(4)[0] with { IsLeaving = true }]);
        var heavier = Member(3, weight: 7);
        Agrees(Three, Three.ChangeStart([Member(1), Member(2), heavier]), [.. Here(1, 2), Here(3)[0] with { Member = heavier }]);

        var joint = Three.ChangeStart([.. Three.Members, Member(4)]);
        Assert.Null(LayoutSuccession.Refusal(joint, joint.Finish(), [], mayFinish: true));
        Agrees(joint, joint.Retarget([.. Three.Members]), Here(1, 2, 3));
        Agrees(joint, joint.Retarget([.. Three.Members, Member(5) with { Slot = Member(4).Slot }]), Here(1, 2, 3, 5));
        Assert.Null(LayoutSuccession.Refusal(First(2).ChangeStart([.. Three.Members]), First(2).ChangeStart([.. Three.Members]).Retarget([.. First(2).Members]), Here(1, 2), mayFinish: false));
    }

    [Fact]
    public void Nobody_is_left_out_who_answers_and_does_not_leave()
    {
        Refuses("node3 answers", Three, Three.ReplaceStart(Id(3), Member(4)), Here(1, 2, 3, 4));
        Refuses("node4 answers", First(4), First(4).ChangeStart([.. Three.Members]), Here(1, 2, 3, 4));
        Refuses("2 nodes would be left", Three, Three.ChangeStart([.. First(2).Members]), Here(1, 2));
        var joint = Three.ChangeStart([.. Three.Members, Member(4)]);
        Refuses("node4 answers", joint, joint.Retarget([.. Three.Members]), Here(1, 2, 3, 4));
    }

    [Fact]
    public void Nobody_comes_in_who_is_not_here_or_is_not_as_it_says()
    {
        var next = Three.ChangeStart([.. Three.Members, Member(4)]);
        Refuses("node4", Three, next, Here(1, 2, 3));
        Refuses("node4 gets data", Three, next, [.. Here(1, 2, 3), Here(4)[0] with { Knows = LayoutNumber.None }]);
        foreach (var other in new[]
        {
            Member(4) with { Address = "akka.tcp://dfs@127.0.0.1:1" }, Member(4) with { PeerEndpoint = "http://127.0.0.1:1" }, Member(4) with { StartFloor = 99 },
            Member(4) with { Slot = new Bytes16(1, 1) }, Member(4, weight: 1000), Member(4, "elsewhere"),
        })
        {
            Refuses("node4", Three, Three.ChangeStart([.. Three.Members, other]), Here(1, 2, 3, 4));
        }

        Refuses("node3", Three, Three.ChangeStart([Member(1), Member(2), Member(3) with { PeerEndpoint = "http://127.0.0.1:1" }]), Here(1, 2, 3));
        Refuses("node3", Three, Three.ChangeStart([Member(1), Member(2), Member(3, weight: 9)]), Here(1, 2, 3));
    }

    [Fact]
    public void What_does_not_follow_is_neither_endorsed_nor_accepted_by_a_replica_of_the_register()
    {
        var joint = Three.ChangeStart([.. Three.Members, Member(4)]);
        var other = Layout.First(new ClusterId(new Bytes16(8, 8)), Three.Factors, [.. Three.Members]);
        foreach (var (current, proposed) in new[]
        {
            (Three, Three), (Three, joint.Finish()), (Three, other.ChangeStart([.. Three.Members, Member(4)])), (joint, joint), (joint.Finish(), joint),
            (Three, First(2).ChangeStart([.. Three.Members])),
            // Finished for others than those that the change was for.
            (joint, Three.ChangeStart([.. Three.Members, Member(5)]).Finish()),
            // One that keeps everything less often.
            (Three, Layout.First(Three.Cluster, new LayoutFactors(1, 1), [.. Three.Members]).ChangeStart([Member(3)])),
        })
        {
            Assert.False(LayoutSuccession.Follows(current, proposed));
            Refuses("does not follow", current, proposed, Here(1, 2, 3, 4, 5));
        }

        // The same members, and another table: everything on two of them first.
        var bytes = joint.Encode();
        var row = bytes.AsSpan(bytes.Length - (PartitionId.Count * 6), 3);
        (row[0], row[1]) = (row[1], row[0]);
        Assert.True(Layout.TryDecode(bytes, out var tampered));
        Refuses("does not follow", Three, tampered, Here(1, 2, 3, 4));
    }

    [Fact]
    public void A_change_is_finished_by_who_has_heard_that_everything_is_there()
    {
        var joint = Three.ChangeStart([.. Three.Members, Member(4)]);

        Refuses("where the layout wants it", joint, joint.Finish(), Here(1, 2, 3, 4));
    }

    [Fact]
    public void Only_a_member_that_is_a_gateway_may_ask()
    {
        Assert.True(LayoutSuccession.MayAsk(Three, new NodeIdentity(default, Id(3), NodeRole.Gateway)));
        Assert.False(LayoutSuccession.MayAsk(Three, new NodeIdentity(default, Id(3), NodeRole.Storage)));
        Assert.False(LayoutSuccession.MayAsk(Three, new NodeIdentity(default, Id(4), NodeRole.Gateway)));
        Assert.False(LayoutSuccession.MayAsk(Three, null));
    }

    private static void Agrees(Layout current, Layout proposed, List<DirectoryFact> facts) =>
        Assert.Null(LayoutSuccession.Refusal(current, proposed, [.. facts.Select(fact => fact with { Knows = current.Number })], mayFinish: false));

    private static void Refuses(string why, Layout current, Layout proposed, List<DirectoryFact> facts) =>
        Assert.Contains(why, LayoutSuccession.Refusal(current, proposed, facts, mayFinish: false), StringComparison.Ordinal);

    private static List<DirectoryFact> Here(params int[] numbers) =>
        [.. numbers.Select(number => new DirectoryFact(Member(number), true, Three.Number, TimeSpan.Zero))];
}
