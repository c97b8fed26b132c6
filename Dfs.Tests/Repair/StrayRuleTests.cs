using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Repair;

public sealed class StrayRuleTests
{
    private static readonly Layout Four = Members.First(4);
    private static readonly PartitionId Partition = new(5);
    private static readonly ReplicaId Stranger = Four.Members.Select(member => member.Id).Except(Four.ChunkReplicasOf(Partition)).Single();

    [Fact]
    public void A_stray_copy_goes_when_all_replicas_have_confirmed_theirs_and_no_sooner()
    {
        var replicas = Four.ChunkReplicasOf(Partition);

        Assert.True(StrayRule.MayDelete(Four, Stranger, Partition, replicas.ToHashSet()));
        Assert.All(replicas, missing =>
            Assert.False(StrayRule.MayDelete(Four, Stranger, Partition, replicas.Where(replica => replica != missing).ToHashSet())));
    }

    [Fact]
    public void Nothing_goes_while_a_layout_is_joint_or_from_a_replica()
    {
        var everyone = Four.Members.Select(member => member.Id).ToHashSet();
        var joint = Four.ChangeStart([.. Four.Members.Where(member => member.Id != Stranger)]);

        Assert.False(StrayRule.MayDelete(joint, Stranger, Partition, everyone));
        Assert.True(StrayRule.MayDelete(joint.Finish(), Stranger, Partition, everyone));
        Assert.All(Four.ChunkReplicasOf(Partition), replica => Assert.False(StrayRule.MayDelete(Four, replica, Partition, everyone)));
    }
}
