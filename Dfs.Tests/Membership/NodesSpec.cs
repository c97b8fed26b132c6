using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using Dfs.Actors.Membership;
using Dfs.Client;
using Dfs.Core.Membership;
using Dfs.Core.Primitives;
using Dfs.Node.Cli;
using Dfs.Node.Hosting;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;
using static Dfs.Tests.Membership.NodesOnLoopback;

namespace Dfs.Tests.Membership;

/// <summary>Whole nodes that find each other, leave, crash, fall silent and come back, and keep files through it.</summary>
public sealed class NodesSpec : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly int[] All = [1, 2, 3];
    private static readonly string[] Missed = ["absent", "unreachable", "unknown"];
    private static readonly DfsOutcome[] NotNow = [DfsOutcome.NoQuorum, DfsOutcome.NotReady];
    private static readonly TimeSpan RebuiltWithin = TimeSpan.FromSeconds(6);
    private static readonly ReplicaId Unheard = new(new Bytes16(9, 9));
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    public NodesSpec()
        : base("akka.loglevel = ERROR") { }

    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(3, 2, 1)]
    public async Task Nodes_that_start_in_any_order_become_one_cluster_that_keeps_files(int first, int second, int third)
    {
        await using var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(3));
        await nodes.StartAsync(first, second, third);

        await UntilReadyAsync(nodes);

        Assert.Single(nodes.Running.Select(node => node.View.Status().Cluster).Distinct());
        foreach (var number in All)
        {
            Assert.Equal(["up", "up", "up"], All.Select(other => nodes.StateOf(number, other)));
            Assert.Equal(1, nodes[number].View.Status().NodesThatMayFail);
        }

        var content = TestBytes.Random(1, 3_000_000);
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[1], "large", content));
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[2], "empty", []));
        Assert.Equal(content, await GetAsync(nodes[3], "large"));
        Assert.Empty((await GetAsync(nodes[1], "empty"))!);
        Assert.Equal("empty large", await NamesAsync(nodes[3]));

        Assert.Equal(DfsOutcome.Done, (await nodes[2].Client.RemoveAsync(Key("large"), default)).Outcome);
        Assert.Equal(DfsOutcome.NotFound, (await nodes[3].Client.OpenAsync(Key("large"), default)).Outcome);
        Assert.Equal("empty", await NamesAsync(nodes[1]));
    }

    [Fact]
    public async Task A_node_that_leaves_is_missed_by_nobody_and_catches_up_when_it_comes_back()
    {
        await using var nodes = await ReadyAsync();
        var before = TestBytes.Random(1, 1_000_000);
        await PutAsync(nodes[1], "before", before);

        await nodes.StopAsync(3);

        await AwaitAssertAsync(() => AssertGone(nodes, 3), Patience, Glance);
        var during = TestBytes.Random(2, 1_000_000);
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[2], "during", during));
        Assert.Equal(before, await GetAsync(nodes[1], "before"));

        await nodes.StartAsync(3);
        await UntilReadyAsync(nodes);
        Assert.Equal(before, await GetAsync(nodes[3], "before"));
        Assert.Equal(during, await GetAsync(nodes[3], "during"));
        Assert.Equal("before during", await NamesAsync(nodes[3]));
    }

    [Fact]
    public async Task A_transfer_goes_on_while_a_node_crashes_and_the_node_comes_back()
    {
        await using var nodes = await ReadyAsync();
        var content = TestBytes.Random(3, 24_000_000);

        var put = PutAsync(nodes[1], "large", content);
        await nodes.CrashAsync(2);

        Assert.Equal(DfsOutcome.Done, await put);
        Assert.Equal(content, await GetAsync(nodes[3], "large"));
        await AwaitAssertAsync(() => AssertGone(nodes, 2), Patience, Glance);

        await nodes.StartAsync(2);
        await UntilReadyAsync(nodes);
        Assert.Equal(content, await GetAsync(nodes[2], "large"));
    }

    // Its last card says that there are three, and that its address is the lowest.
    [Fact]
    public async Task When_the_node_with_the_lowest_address_crashes_the_others_keep_their_actor_systems()
    {
        await using var nodes = await ReadyAsync(isSeedRelayed: false, TimeSpan.FromSeconds(8));
        var lowest = All.MinBy(number => nodes[number].Address, StringComparer.Ordinal);
        var others = All.Where(number => number != lowest).ToList();
        var before = others.ConvertAll(number => nodes[number].System);

        await nodes.CrashAsync(lowest);

        await AwaitAssertAsync(() => Assert.All(others, number => Assert.Equal("absent", nodes.StateOf(number, lowest))), Patience, Glance);
        Assert.Equal(before, others.ConvertAll(number => nodes[number].System));
    }

    [Fact]
    public async Task A_node_that_falls_silent_is_unreachable_for_the_others_until_it_answers_again()
    {
        await using var nodes = await ReadyAsync(isSeedRelayed: true, TimeSpan.FromMinutes(1));
        var before = nodes[1].System;

        nodes.Relay!.Freeze();

        await AwaitAssertAsync(
            () => Assert.All([2, 3], number => Assert.Equal("unreachable", nodes.StateOf(number, 1))), Patience, Glance);
        var content = TestBytes.Random(4, 1_000_000);
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[2], "silent", content));
        Assert.Equal(content, await GetAsync(nodes[3], "silent"));
        await AwaitAssertAsync(() => Assert.Contains("no quorum", nodes[1].View.Status().NotReadyBecause), Patience, Glance);

        nodes.Relay.Thaw();
        await UntilReadyAsync(nodes);
        Assert.Equal(content, await GetAsync(nodes[1], "silent"));
        Assert.Same(before, nodes[1].System);
    }

    [Fact]
    public async Task A_node_that_was_silent_for_too_long_starts_its_actor_system_anew_and_is_back_without_a_hand()
    {
        await using var nodes = await ReadyAsync(isSeedRelayed: true, TimeSpan.FromSeconds(2));
        var before = nodes[1].System;

        nodes.Relay!.Freeze();
        await AwaitAssertAsync(() => AssertGone(nodes, 1), Patience, Glance);
        await AwaitAssertAsync(() => Assert.False(nodes[1].System is null || nodes[1].System == before), Patience, Glance);
        Assert.False(nodes[1].View.IsReady);
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[2], "meanwhile", [1, 2, 3]));

        nodes.Relay.Thaw();
        await UntilReadyAsync(nodes);
        Assert.Equal<byte[]?>([1, 2, 3], await GetAsync(nodes[1], "meanwhile"));
    }

    [Fact]
    public async Task A_node_that_hears_that_it_is_shut_out_has_a_new_actor_system_within_seconds()
    {
        await using var nodes = await ReadyAsync(isSeedRelayed: true, TimeSpan.FromMinutes(1));
        var before = nodes[1].System!;
        nodes.Relay!.Freeze();

        before.EventStream.Publish(new ThisActorSystemQuarantinedEvent(Cluster.Get(before).SelfAddress, Cluster.Get(nodes[2].System!).SelfAddress));

        // Nobody would let it leave: the phases of a leave alone take ten.
        await AwaitAssertAsync(() => Assert.False(nodes[1].System is null || nodes[1].System == before), RebuiltWithin, Glance);
    }

    [Fact]
    public async Task A_node_that_hears_again_and_again_of_a_larger_island_starts_its_actor_system_anew_and_is_back()
    {
        await using var nodes = await ReadyAsync();
        var before = nodes[3].System!;
        const string address = "akka.tcp://dfs@127.0.0.1:1";
        var card = new NodeCard(Unheard, 1, "stranger", "zone", 100, address, "http://127.0.0.1:1", null, LayoutNumber.None, 4, address, []);

        await AwaitAssertAsync(
            () =>
            {
                before.ActorSelection($"/user/{PeerRegistry.Name}").Tell(new MembershipProtocol.Hello(card));
                Assert.False(nodes[3].System is null || nodes[3].System == before);
            },
            Patience, Glance);

        await UntilReadyAsync(nodes);
    }

    [Fact]
    public async Task Whoever_greets_a_node_that_is_up_is_told_whether_it_is_one_of_its_members()
    {
        await using var nodes = await ReadyAsync();
        var registry = nodes[1].System!.ActorSelection($"/user/{PeerRegistry.Name}");

        var member = await registry.Ask<MembershipProtocol.HelloAnswer>(new MembershipProtocol.Hello(CardOf(nodes[2])), Patience);
        var stranger = await registry.Ask<MembershipProtocol.HelloAnswer>(
            new MembershipProtocol.Hello(CardOf(nodes[2]) with { Replica = Unheard, Address = "akka.tcp://dfs@127.0.0.1:1" }), Patience);

        Assert.Equal((AskerStanding.Member, AskerStanding.Stranger), (member.Asker, stranger.Asker));
    }

    // The others' registries are stopped, so that only this test speaks for them.
    [Fact]
    public async Task A_node_whose_members_all_say_that_they_do_not_count_it_starts_its_actor_system_anew_and_is_back()
    {
        await using var nodes = await ReadyAsync(isSeedRelayed: false, TimeSpan.FromSeconds(1));
        var before = nodes[3].System!;
        foreach (var other in new[] { nodes[1], nodes[2] })
        {
            other.System!.ActorSelection($"/user/{PeerRegistry.Name}").Tell(PoisonPill.Instance);
        }

        await AwaitAssertAsync(
            () =>
            {
                before.ActorSelection($"/user/{PeerRegistry.Name}")
                    .Tell(new MembershipProtocol.HelloAnswer(CardOf(nodes[2])) { Asker = AskerStanding.Stranger });
                Assert.False(nodes[3].System is null || nodes[3].System == before);
            },
            Patience, Glance);

        await Task.WhenAll(nodes[1].System!.Terminate(), nodes[2].System!.Terminate());
        await UntilReadyAsync(nodes);
    }

    [Fact]
    public async Task A_node_is_not_ready_while_it_has_no_actor_system_and_can_be_stopped_then()
    {
        await using var nodes = await ReadyAsync();

        await nodes[3].System!.Terminate();

        await AwaitAssertAsync(() => Assert.Equal("not yet a member of a cluster", nodes[3].View.Status().NotReadyBecause), Patience, Glance);
        await nodes.StopAsync(3).WaitAsync(Patience);
    }

    [Fact]
    public async Task Without_a_majority_nothing_is_stored_and_the_answer_says_so()
    {
        await using var nodes = await ReadyAsync();
        await nodes.CrashAsync(2);
        await nodes.CrashAsync(3);

        Assert.Contains(await PutAsync(nodes[1], "alone", TestBytes.Random(5, 100_000)), NotNow);
        await AwaitAssertAsync(() => Assert.False(nodes[1].View.IsReady), Patience, Glance);
    }

    [Fact]
    public async Task Two_nodes_that_write_one_key_at_once_leave_one_of_the_two_contents_everywhere()
    {
        await using var nodes = await ReadyAsync();
        for (var round = 0; round < 5; round++)
        {
            var (one, other) = (TestBytes.Random(10 + round, 2000), TestBytes.Random(20 + round, 2000));

            var puts = await Task.WhenAll(PutAsync(nodes[1], "key", one), PutAsync(nodes[2], "key", other));

            Assert.All(puts, outcome => Assert.Equal(DfsOutcome.Done, outcome));
            var kept = await GetAsync(nodes[3], "key");
            Assert.True(kept!.SequenceEqual(one) || kept!.SequenceEqual(other));
            Assert.Equal(kept, await GetAsync(nodes[1], "key"));
            Assert.Equal(kept, await GetAsync(nodes[2], "key"));
        }
    }

    [Fact]
    public async Task Two_nodes_are_no_cluster_of_three_and_say_what_they_wait_for()
    {
        await using var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(3));
        await nodes.StartAsync(1, 2);

        await AwaitAssertAsync(
            () => Assert.All(nodes.Running, node => Assert.Contains("3 nodes", node.View.Status().NotReadyBecause)), Patience, Glance);
        Assert.Equal(DfsOutcome.NotReady, await PutAsync(nodes[2], "early", [1]));
        Assert.Equal(0UL, nodes[1].View.Status().Layout);
    }

    [Fact]
    public async Task A_node_without_seeds_on_any_free_port_is_a_cluster_of_its_own()
    {
        await using var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(3), expect: 1);
        await nodes.StartAsync(1);

        await UntilReadyAsync(nodes);

        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[1], "file", TestBytes.Random(6, 100_000)));
        Assert.Equal(TestBytes.Random(6, 100_000), await GetAsync(nodes[1], "file"));
    }

    [Fact]
    public async Task A_first_start_that_was_cut_short_is_begun_anew_and_a_catalog_that_is_lost_later_is_not()
    {
        await using var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(3), expect: 1);
        var replica = new ReplicaId(new Bytes16(1, 2));
        // Ends between the identity and the catalog.
        Assert.IsType<DataDirectoryOutcome.Opened>(
            DataDirectory.Open(HostDisk.Instance, nodes.DataDirectoryOf(1), "test", () => replica)).Directory.Dispose();

        await nodes.StartAsync(1);
        await UntilReadyAsync(nodes);
        Assert.Equal(replica.ToString(), nodes[1].View.Status().Replica);
        await nodes.StopAsync(1);

        Directory.Delete(Path.Combine(nodes.DataDirectoryOf(1), "catalog"), recursive: true);
        var refused = await Assert.ThrowsAsync<CliException>(() => nodes.StartAsync(1));
        Assert.Contains("missing", refused.Message, StringComparison.Ordinal);
    }

    private Task<NodesOnLoopback> ReadyAsync() => ReadyAsync(isSeedRelayed: false, TimeSpan.FromSeconds(3));

    private async Task<NodesOnLoopback> ReadyAsync(bool isSeedRelayed, TimeSpan downAfter)
    {
        var nodes = new NodesOnLoopback(isSeedRelayed, downAfter);
        await nodes.StartAsync(1, 2, 3);
        await UntilReadyAsync(nodes);
        return nodes;
    }

    private Task UntilReadyAsync(NodesOnLoopback nodes) => AwaitAssertAsync(
        () => Assert.All(nodes.Running, node =>
        {
            var status = node.View.Status();
            Assert.Equal("", status.NotReadyBecause);
            Assert.All(status.Peers, peer => Assert.Equal("up", peer.State));
        }),
        Patience, Glance);

    private static NodeCard CardOf(NodeHost node)
    {
        var status = node.View.Status();
        Assert.True(ReplicaId.TryParse(status.Replica, out var replica));
        return new NodeCard(replica, 1, status.Name, "zone", 100, node.Address, node.Address, null, LayoutNumber.None, 3, node.Address, []);
    }

    private static void AssertGone(NodesOnLoopback nodes, int number) => Assert.All(
        All.Where(other => other != number),
        other => Assert.Contains(nodes.StateOf(other, number), Missed));
}
