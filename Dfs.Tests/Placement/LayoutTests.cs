using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using static Dfs.Tests.Placement.Members;

namespace Dfs.Tests.Placement;

public class LayoutTests
{
    [Fact]
    public void Data_follows_weight_to_a_partition()
    {
        // Sixteen in one zone, factor 1: nothing but weight decides.
        var members = Enumerable.Range(1, 16).Select(n => Member(n, "z", n <= 8 ? 10u : 1u)).ToList();

        var shares = Shares(Layout.First(default, new(1, 1), members));

        Assert.All(members, member => Assert.InRange(shares[member.Id] - (PartitionId.Count * member.Weight / 88.0), -1, 1));
    }

    [Theory, Seeds(20)]
    public void No_zone_has_two_replicas_while_there_are_enough_zones(int seed)
    {
        var random = new Random(seed);
        var zones = random.Next(3, 6);
        var members = Enumerable.Range(1, 12)
            .Select(n => Member(n, $"z{(n <= zones ? n : random.Next(zones))}", (uint)random.Next(1, 11))).ToList();
        var layout = Layout.First(default, Three, members);

        foreach (var partition in Partitions())
        {
            var replicas = layout.ReplicasOf(partition);
            Assert.Equal(3, replicas.Select(id => layout.Find(id)!.Zone).Distinct().Count());
        }
    }

    [Fact]
    public void With_fewer_zones_than_copies_the_rest_comes_from_what_is_there()
    {
        var layout = Layout.First(default, Three, [Member(1, "a"), Member(2, "a"), Member(3, "a"), Member(4, "b")]);

        Assert.All(Partitions(), partition =>
        {
            Assert.Equal(3, layout.ReplicasOf(partition).Distinct().Count());
            Assert.Contains(Id(4), layout.ReplicasOf(partition));
        });
        Assert.All(Partitions(), p => Assert.Equal(2, Members.First(2).ReplicasOf(p).Count));
    }

    [Fact]
    public void A_replacement_takes_exactly_the_partitions_of_whom_it_replaces()
    {
        var layout = Members.First(7);

        var next = layout.ReplaceStart(Id(3), Member(9, "zone3")).Finish();

        foreach (var partition in Partitions())
        {
            var expected = layout.ReplicasOf(partition).Select(id => id == Id(3) ? Id(9) : id);
            Assert.Equal(expected, next.ReplicasOf(partition));
        }
    }

    [Fact]
    public void The_derived_table_of_version_1_stays_as_it_is()
    {
        // Part of the stored format: docs/formats/layout.md.
        var bytes = Members.First(8).Encode()[..^(3 * PartitionId.Count)];
        bytes[4] = 1;
        Assert.True(Layout.TryDecode(bytes, out var layout));
        var heads = Partitions().Take(6).Select(p => string.Join('-', layout.ReplicasOf(p).Select(Number)));

        Assert.Equal("4-3-2 7-2-8 3-8-6 8-7-1 7-8-5 8-7-2", string.Join(' ', heads));

        int Number(ReplicaId id) => layout.Members.ToList().FindIndex(member => member.Id == id) + 1;
    }

    [Theory, Seeds(10)]
    public void A_join_moves_no_more_than_what_the_newcomer_gets(int seed)
    {
        var count = 3 + seed;
        var layout = Members.First(count);

        var next = layout.ChangeStart([.. layout.Members, Member(count + 1)]).Finish();

        var moved = Partitions().Sum(p => next.ChunkReplicasOf(p).Except(layout.ChunkReplicasOf(p)).Count());
        Assert.Equal(Shares(next)[Id(count + 1)], moved);
        Assert.InRange(moved - (PartitionId.Count * 3.0 / (count + 1)), -1, 1);
    }

    [Fact]
    public void A_change_that_is_aimed_elsewhere_moves_back_only_what_went_to_the_lost_one()
    {
        var first = Members.First(5);
        var joint = first.ChangeStart([.. first.Members, Member(6), Member(7)]);

        var again = joint.Retarget([.. first.Members, Member(6)]);
        var none = again.Retarget([.. first.Members]);

        Assert.All(Partitions(), partition => Assert.Equal(first.ReplicasOf(partition), none.NextReplicasOf(partition)));
        Assert.Equal(
            Shares(again.Finish())[Id(6)],
            Partitions().Sum(partition => again.NextReplicasOf(partition).Except(again.OldReplicasOf(partition)).Count()));
        Assert.All(
            Partitions().Where(partition => joint.NextReplicasOf(partition).Contains(Id(6)) && !joint.NextReplicasOf(partition).Contains(Id(7))),
            partition => Assert.Contains(Id(6), again.NextReplicasOf(partition)));
    }

    [Fact]
    public void Heads_and_chunks_are_prefixes_of_one_order_of_everyone()
    {
        foreach (var factors in new[] { new LayoutFactors(3, 5), new LayoutFactors(3, 2) })
        {
            var layout = Layout.First(default, factors, [.. Enumerable.Range(1, 7).Select(number => Member(number))]);
            Assert.All(Partitions(), partition =>
            {
                var order = layout.ChunkOrderOf(partition);
                Assert.Equal(7, order.Distinct().Count());
                Assert.Equal(order.Take(3), layout.ChunkReplicasOf(partition));
                Assert.Equal(order.Take(factors.Metadata), layout.ReplicasOf(partition));
            });
        }
    }

    [Fact]
    public void A_joint_quorum_needs_a_majority_of_both()
    {
        var layout = Members.First(3).ReplaceStart(Id(3), Member(4, "zone3"));
        var quorum = layout.QuorumOf(new PartitionId(5));

        Assert.Equal([Id(1), Id(2), Id(3), Id(4)], quorum.Replicas.Order());
        Assert.True(quorum.IsMet(new HashSet<ReplicaId> { Id(1), Id(2) }));
        Assert.False(quorum.IsMet(new HashSet<ReplicaId> { Id(1), Id(4) }));
        Assert.False(quorum.IsMet(new HashSet<ReplicaId> { Id(1), Id(3) }));
        Assert.True(quorum.IsMet(new HashSet<ReplicaId> { Id(1), Id(3), Id(4) }));
        Assert.False(quorum.CanBeMetWithout(new HashSet<ReplicaId> { Id(1), Id(3) }));
        Assert.True(quorum.CanBeMetWithout(new HashSet<ReplicaId> { Id(3), Id(4) }));
    }

    [Fact]
    public void Each_step_of_a_change_has_the_next_number_and_the_old_members_council()
    {
        var first = Members.First(7);
        var joint = first.ReplaceStart(Id(3), Member(8, "zone3"));
        var again = joint.Retarget([.. first.Members.Where(m => m.Id != Id(3)), Member(9, "zone3")]);
        var last = again.Finish();

        Assert.Equal([1, 2, 3, 4], new[] { first, joint, again, last }.Select(layout => (int)layout.Number.Value));
        Assert.Equal(5, first.Council.Length);
        Assert.Equal(first.Council.AsEnumerable(), joint.Council);
        Assert.Equal(first.Council.AsEnumerable(), again.Council);
        Assert.Contains(Id(9), last.Members.Select(member => member.Id));
        Assert.DoesNotContain(Id(8), again.Everyone.Select(member => member.Id));
    }

    [Fact]
    public void A_list_that_no_layout_can_have_is_refused_with_a_sentence()
    {
        Assert.NotNull(Layout.Refusal(Three, []));
        Assert.NotNull(Layout.Refusal(Three, [Member(1), Member(1)]));
        Assert.NotNull(Layout.Refusal(Three, [Member(1, weight: 0)]));
        Assert.NotNull(Layout.Refusal(new LayoutFactors(0, 3), [Member(1)]));
        Assert.NotNull(Layout.Refusal(Three, [Member(1, new string('z', 64))]));
        Assert.Null(Layout.Refusal(Three, [Member(1)]));
    }
}
