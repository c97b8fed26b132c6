using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using static Dfs.Tests.Placement.Members;

namespace Dfs.Tests.Catalog;

public class LayoutChangeTests
{
    private static readonly Layout Joint = First(3).ReplaceStart(Id(3), Member(4));

    [Fact]
    public void The_new_layout_follows_when_a_new_majority_has_pulled_from_an_old_one()
    {
        var progress = JointProgress.Start(Joint).PlacedAll();
        Assert.False(progress.MayFinish);

        progress = progress.PulledAll(Id(1), Id(2), Joint.Number);
        Assert.False(progress.MayFinish);
        progress = progress.PulledAll(Id(4), Id(1), Joint.Number);
        Assert.False(progress.MayFinish);
        Assert.Equal(PartitionId.Count, progress.OpenCount);

        Assert.True(progress.PulledAll(Id(4), Id(2), Joint.Number).MayFinish);
        Assert.False(progress.PulledAll(Id(4), Id(2), new LayoutNumber(1)).MayFinish);
    }

    [Fact]
    public void One_partition_or_one_partitions_chunks_hold_the_change_up()
    {
        var pulled = JointProgress.Start(Joint).PulledAll(Id(1), Id(2), Joint.Number);
        foreach (var partition in Partitions().Skip(1))
        {
            pulled = pulled.Placed(partition)
                .Pulled(partition, Id(4), Id(1), Joint.Number).Pulled(partition, Id(4), Id(2), Joint.Number);
        }

        Assert.Equal(1, pulled.OpenCount);
        var whole = pulled.Pulled(new PartitionId(0), Id(2), Id(1), Joint.Number);
        Assert.False(whole.MayFinish);
        Assert.True(whole.Placed(new PartitionId(0)).MayFinish);
    }

    [Fact]
    public void A_directory_says_yes_once_to_one_first_layout()
    {
        var proposed = Bootstrap.Propose(Three, [Member(1), Member(2)]);
        var same = Bootstrap.Propose(Three, [Member(2), Member(1)]);
        var another = Bootstrap.Propose(Three, [Member(1), Member(3)]);

        var (vote, yes) = Bootstrap.Answer(BootstrapVote.Fresh, Id(1), proposed);

        Assert.True(yes);
        Assert.True(Bootstrap.Answer(vote, Id(1), same).Yes);
        Assert.False(Bootstrap.Answer(vote, Id(1), another).Yes);
        Assert.False(Bootstrap.Answer(BootstrapVote.Fresh, Id(9), proposed).Yes);
        Assert.False(Bootstrap.Answer(BootstrapVote.Fresh with { Cluster = proposed.Cluster }, Id(1), proposed).Yes);
        Assert.False(Bootstrap.IsDecided(proposed, new HashSet<ReplicaId> { Id(1) }));
        Assert.True(Bootstrap.IsDecided(proposed, new HashSet<ReplicaId> { Id(1), Id(2) }));
    }

    [Fact]
    public void Each_layouts_register_is_a_fresh_one()
    {
        var cluster = Joint.Cluster;
        Assert.NotEqual(CouncilRegisters.Layout(cluster, new(2)), CouncilRegisters.Layout(cluster, new(3)));
        Assert.NotEqual(CouncilRegisters.Layout(cluster, new(2)), CouncilRegisters.Layout(default, new(2)));
    }

    [Fact]
    public void Leases_are_bounded_and_die_with_the_layout()
    {
        var leases = PartitionLeases.Empty(Id(1), 1, new LayoutNumber(1));
        for (var number = 0; number < PartitionLeases.RegistersMax + 10; number++)
        {
            var id = new byte[32];
            BitConverter.TryWriteBytes(id.AsSpan(4), number);
            leases = leases.Keep(new RowKey(false, new RegisterId(id)), new RegisterLease(default, new byte[8], 0));
        }

        Assert.Equal(PartitionLeases.RegistersMax, leases.RegisterCount);
        var (used, first) = leases.TakeBallot(1);
        var next = used.UnderLayout(new LayoutNumber(2));
        Assert.Equal(0, next.RegisterCount);
        Assert.True(next.TakeBallot(1).Ballot > first);
    }
}
