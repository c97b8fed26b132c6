using Akka.Actor;
using Akka.Cluster;
using static Akka.Cluster.ClusterEvent;
using static Engine.Tests.Clustering.ClusterNodes;

namespace Engine.Tests.Clustering;

[Collection(nameof(ClusterNodes))]
public sealed class JoiningSpec : IAsyncLifetime
{
    private readonly ClusterNodes _nodes = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _nodes.Stop();

    [Fact]
    public async Task Nodes_join_through_seeds_whoever_starts_first()
    {
        var (first, second, third) = (_nodes.Start(), _nodes.Start(), _nodes.Start());
        Address[] seeds = [first.SelfAddress, second.SelfAddress];

        third.JoinSeedNodes(seeds);
        second.JoinSeedNodes(seeds);
        await Task.Delay(200);
        Assert.Empty(second.State.Members);
        first.JoinSeedNodes(seeds);

        await UntilAgreed(first, second, third);
        Assert.Equal(MemberStatus.Up, third.SelfMember.Status);
    }

    [Fact]
    public async Task A_node_that_joins_itself_forms_a_cluster_which_others_join()
    {
        var (first, second) = (_nodes.Start(), _nodes.Start());
        Assert.Equal(MemberStatus.Removed, first.SelfMember.Status);

        first.Join(first.SelfAddress);
        await UntilAgreed(first);
        second.Join(first.SelfAddress);

        await UntilAgreed(first, second);
        Assert.True(first.SelfMember.IsOlderThan(second.SelfMember));
        Assert.NotEqual(first.SelfUniqueAddress.Uid, second.SelfUniqueAddress.Uid);
    }

    [Fact]
    public async Task Joining_nobody_goes_on_until_another_join_is_asked_for()
    {
        var (node, other) = (_nodes.Start(), _nodes.Start());
        other.Join(other.SelfAddress);

        node.Join(new Address(node.SelfAddress.Protocol, node.SelfAddress.System, node.SelfAddress.Host, 1));
        await Task.Delay(300);
        Assert.Empty(node.State.Members);
        node.Join(other.SelfAddress);
        await UntilAgreed(node, other);
    }

    [Fact]
    public async Task Roles_are_known_to_all()
    {
        var plain = _nodes.Start();
        var store = _nodes.Start("akka.cluster.roles = [store]");
        plain.Join(plain.SelfAddress);
        store.Join(plain.SelfAddress);
        await UntilAgreed(plain, store);

        Assert.True(plain.State.Members.Single(member => member.Address == store.SelfAddress).HasRole("store"));
        Assert.Equal(["store"], store.SelfRoles);
    }

    [Fact]
    public async Task Nobody_is_up_before_enough_have_joined()
    {
        const string two = "akka.cluster.min-nr-of-members = 2";
        var (first, second) = (_nodes.Start(two), _nodes.Start(two));

        first.Join(first.SelfAddress);
        await Until(() => !first.State.Members.IsEmpty);
        await Task.Delay(300);
        Assert.Equal(MemberStatus.Joining, first.SelfMember.Status);
        second.Join(first.SelfAddress);

        await UntilAgreed(first, second);
    }

    [Fact]
    public async Task A_node_that_joins_while_another_is_unreachable_is_weakly_up()
    {
        const string noDowning = "akka.cluster.downing-provider-class = \"Akka.Cluster.NoDowning, Akka.Cluster\"";
        var nodes = await _nodes.StartTogether(2, noDowning);
        await Kill(nodes[1]);
        await Until(() => nodes[0].State.Unreachable.Count == 1);
        var late = _nodes.Start(noDowning);

        late.Join(nodes[0].SelfAddress);

        await Until(() => late.SelfMember.Status == MemberStatus.WeaklyUp);
        nodes[0].Down(nodes[1].SelfAddress);
        await UntilAgreed(nodes[0], late);
    }

    [Fact]
    public async Task A_subscriber_gets_a_snapshot_or_events_first()
    {
        var nodes = await _nodes.StartTogether(2);
        var (snapshot, snapshots) = Recorder.Start(nodes[0].System);
        var (events, replayed) = Recorder.Start(nodes[0].System);

        nodes[0].Subscribe(snapshot, InitialStateAsSnapshot, typeof(IMemberEvent));
        nodes[0].Subscribe(events, InitialStateAsEvents, typeof(IMemberEvent), typeof(LeaderChanged));

        await Until(() => replayed.Count == 3 && snapshots.Count == 1);
        Assert.Equal(2, Assert.IsType<CurrentClusterState>(snapshots.Single()).Members.Count);
        Assert.Equal(nodes[0].State.Members.Order(), replayed.OfType<MemberUp>().Select(up => up.Member));
        Assert.Equal(nodes[0].State.Leader, replayed.OfType<LeaderChanged>().Single().Leader);
        Assert.Throws<ArgumentException>(() => nodes[0].Subscribe(events, typeof(string)));
    }

    [Fact]
    public async Task One_who_has_unsubscribed_gets_no_more()
    {
        var node = _nodes.Start();
        var (gone, nothing) = Recorder.Start(node.System);
        var (there, events) = Recorder.Start(node.System);
        node.Subscribe(gone, typeof(MemberUp));
        node.Unsubscribe(gone);
        node.Subscribe(there, typeof(MemberUp));

        node.Join(node.SelfAddress);

        await Until(() => events.OfType<MemberUp>().Any());
        Assert.Empty(nothing.OfType<MemberUp>());
    }
}
