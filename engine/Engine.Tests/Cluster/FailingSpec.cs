using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using static Akka.Cluster.ClusterEvent;
using static Engine.Tests.Clustering.ClusterNodes;

namespace Engine.Tests.Clustering;

[Collection(nameof(ClusterNodes))]
public sealed class FailingSpec : IAsyncLifetime
{
    private readonly ClusterNodes _nodes = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _nodes.Stop();

    [Fact]
    public async Task A_killed_node_becomes_unreachable_then_down_then_removed_and_its_actors_terminated()
    {
        var nodes = await _nodes.StartTogether(3);
        var (victim, observer) = (nodes[2], nodes[0]);
        victim.System.ActorOf(Props.Create(() => new Echo()), "echo");
        var (recorder, events) = Recorder.Start(observer.System);
        observer.Subscribe(recorder, typeof(IMemberEvent), typeof(IReachabilityEvent));
        var echo = await observer.System
            .ActorSelection(new RootActorPath(victim.SelfAddress) / "user" / "echo")
            .ResolveOne(TimeSpan.FromSeconds(10));
        recorder.Tell(echo);

        await Kill(victim);

        await UntilAgreed(nodes[0], nodes[1]);
        await Until(() => events.OfType<Terminated>().Any());
        Assert.Equal(
            [typeof(UnreachableMember), typeof(MemberDowned), typeof(MemberRemoved)],
            events.Where(message => MemberOf(message)?.Address == victim.SelfAddress).Select(message => message.GetType()));
        Assert.Equal(MemberStatus.Down, events.OfType<MemberRemoved>().Single().PreviousStatus);
    }

    // On a busy machine another node may look unreachable for a moment; that is not this story.
    private static Member? MemberOf(object message) => message switch
    {
        IMemberEvent change => change.Member,
        ReachabilityEvent change => change.Member,
        _ => null,
    };

    [Fact]
    public async Task A_killed_node_comes_back_at_the_same_address_as_a_new_member()
    {
        var nodes = await _nodes.StartTogether(3);
        var old = nodes[2].SelfUniqueAddress;
        await Kill(nodes[2]);

        var back = _nodes.Start($"akka.remote.dot-netty.tcp.port = {old.Address.Port}");
        back.Join(nodes[0].SelfAddress);

        await UntilAgreed(nodes[0], nodes[1], back);
        Assert.Equal(old.Address, back.SelfAddress);
        Assert.NotEqual(old, back.SelfUniqueAddress);
    }

    [Fact]
    public async Task A_minority_ends_itself()
    {
        var nodes = await _nodes.StartTogether(3);

        await Task.WhenAll(Kill(nodes[1]), Kill(nodes[2]));

        await InTime(nodes[0].System.WhenTerminated);
        Assert.True(nodes[0].IsTerminated);
    }

    [Fact]
    public async Task Of_two_sides_that_cannot_talk_the_majority_goes_on_and_the_other_ends_itself()
    {
        var nodes = await _nodes.StartTogether(3);

        CutOff(nodes[2], nodes[0]);
        CutOff(nodes[2], nodes[1]);

        await InTime(nodes[2].System.WhenTerminated);
        await UntilAgreed(nodes[0], nodes[1]);
    }

    [Fact]
    public async Task Of_two_nodes_that_cannot_talk_the_one_with_the_lowest_address_goes_on()
    {
        var nodes = (await _nodes.StartTogether(2)).OrderBy(node => node.SelfAddress, Member.AddressOrdering).ToArray();

        CutOff(nodes[0], nodes[1]);

        await InTime(nodes[1].System.WhenTerminated);
        await UntilAgreed(nodes[0]);
    }

    [Fact]
    public async Task A_node_that_is_downed_by_hand_ends_itself()
    {
        var nodes = await _nodes.StartTogether(2);

        nodes[0].Down(nodes[1].SelfAddress);

        await InTime(nodes[1].System.WhenTerminated);
        await UntilAgreed(nodes[0]);
    }

    /// <summary>Each refuses all traffic with the other's incarnation from now on.</summary>
    private static void CutOff(Cluster one, Cluster other)
    {
        Provider(one).Quarantine(other.SelfAddress, other.SelfUniqueAddress.Uid);
        Provider(other).Quarantine(one.SelfAddress, one.SelfUniqueAddress.Uid);

        static IRemoteActorRefProvider Provider(Cluster node) => (IRemoteActorRefProvider)node.System.Provider;
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }
}
