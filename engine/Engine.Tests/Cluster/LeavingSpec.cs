using Akka.Actor;
using Akka.Cluster;
using static Akka.Cluster.ClusterEvent;
using static Engine.Tests.Clustering.ClusterNodes;

namespace Engine.Tests.Clustering;

[CollectionDefinition(nameof(ClusterNodes))]
public sealed class OneClusterAtATime;

[Collection(nameof(ClusterNodes))]
public sealed class LeavingSpec : IAsyncLifetime
{
    private readonly ClusterNodes _nodes = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _nodes.Stop();

    [Fact]
    public async Task The_leader_sees_each_step_of_another_nodes_life_in_order()
    {
        var leader = await Leader();
        var guest = _nodes.Start();
        var (recorder, events) = Recorder.Start(leader.System);
        leader.Subscribe(recorder, InitialStateAsEvents, typeof(IMemberEvent));

        guest.Join(leader.SelfAddress);
        await UntilAgreed(leader, guest);
        guest.Leave(guest.SelfAddress);

        await Until(() => OfGuest().Any(change => change is MemberRemoved));
        Assert.Equal(
            [typeof(MemberJoined), typeof(MemberUp), typeof(MemberLeft), typeof(MemberExited), typeof(MemberRemoved)],
            OfGuest().Select(change => change.GetType()));
        Assert.Equal(MemberStatus.Exiting, ((MemberRemoved)OfGuest().Last()).PreviousStatus);
        await InTime(guest.System.WhenTerminated);
        await UntilAgreed(leader);

        IEnumerable<IMemberEvent> OfGuest() =>
            events.OfType<IMemberEvent>().Where(change => change.Member.UniqueAddress == guest.SelfUniqueAddress);
    }

    [Fact]
    public async Task When_the_leader_leaves_the_next_leads()
    {
        var nodes = await _nodes.StartTogether(3);
        var leader = nodes.Single(node => node.SelfAddress == node.State.Leader);
        var (recorder, events) = Recorder.Start(nodes.First(node => node != leader).System);
        nodes.First(node => node != leader).Subscribe(recorder, typeof(MemberDowned));

        leader.Leave(leader.SelfAddress);

        await UntilAgreed([.. nodes.Where(node => node != leader)]);
        await InTime(leader.System.WhenTerminated);
        Assert.True(leader.IsTerminated);
        Assert.Equal(MemberStatus.Removed, leader.SelfMember.Status);
        Assert.Empty(events.OfType<MemberDowned>());
    }

    [Fact]
    public async Task The_last_node_can_leave_too()
    {
        var node = await Leader();

        node.Leave(node.SelfAddress);

        await InTime(node.System.WhenTerminated);
    }

    [Fact]
    public async Task A_coordinated_shutdown_leaves_first()
    {
        var nodes = await _nodes.StartTogether(2);
        var (recorder, events) = Recorder.Start(nodes[0].System);
        nodes[0].Subscribe(recorder, typeof(MemberRemoved));

        await InTime(CoordinatedShutdown.Get(nodes[1].System).Run(CoordinatedShutdown.ClrExitReason.Instance));

        await Until(() => events.OfType<MemberRemoved>().Any());
        Assert.Equal(MemberStatus.Exiting, events.OfType<MemberRemoved>().Single().PreviousStatus);
    }

    [Fact]
    public async Task A_node_that_is_no_member_shuts_down_without_waiting()
    {
        var node = _nodes.Start();

        await CoordinatedShutdown.Get(node.System).Run(CoordinatedShutdown.ClrExitReason.Instance).WaitAsync(TimeSpan.FromSeconds(5));

        Assert.True(node.IsTerminated);
    }

    private async Task<Cluster> Leader() => (await _nodes.StartTogether(1))[0];
}
