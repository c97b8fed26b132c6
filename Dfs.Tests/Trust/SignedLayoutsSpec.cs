using Akka.Actor;
using Dfs.Actors.Catalog;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Events;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Node.Hosting;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;
using Dfs.Tests.Membership;
using static Dfs.Actors.Membership.MembershipProtocol;
using static Dfs.Tests.Membership.NodesOnLoopback;

namespace Dfs.Tests.Trust;

/// <summary>Whole nodes with certificates, one of which announces and proposes what it likes; and changes that the council signs.</summary>
public sealed class SignedLayoutsSpec : Akka.TestKit.Xunit2.TestKit
{
    private const int Liar = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    public SignedLayoutsSpec()
        : base("akka.loglevel = ERROR") { }

    [Fact]
    public async Task A_member_that_announces_and_proposes_a_forged_layout_changes_nothing_and_is_named()
    {
        using var counts = new TrustCounts();
        await using var nodes = await ReadyAsync();
        var content = TestBytes.Random(1, 1_000_000);
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[1], "kept", content));
        var current = await LayoutOfAsync(nodes[Liar]);
        var signer = nodes.SignerOf(Liar);
        var self = nodes.ReplicaOf(Liar);

        // Itself alone: who believed it would erase its rows of what it leaves, and drop its chunks.
        var joint = current.ChangeStart([.. current.Members.Where(member => member.Id == self)]);
        foreach (var forged in new[] { joint, joint.Finish() })
        {
            var statement = LayoutStatement.Of(forged);
            var proof = new LayoutLink(statement, [signer.Sign(statement.ToSign(LayoutStage.Decided))]);
            foreach (var proofs in new[] { Array.Empty<ByteString>(), [new ByteString(proof.Encode())] })
            {
                Array.ForEach([1, 2], other => KeeperOf(nodes, other).Tell(new LayoutIs(forged.Encode()) { Proofs = [.. proofs] }));
            }
        }

        foreach (var other in new[] { 1, 2 })
        {
            await AwaitAssertAsync(async () => Assert.Contains(
                (await nodes[other].View.Events.ReadAsync(DateTimeOffset.UnixEpoch, default)).Events,
                seen => seen.Kind == EventKind.LayoutForged && seen.Subject == NameOf(Liar) && seen.By.Contains(NameOf(other))), Patience, Glance);
            Assert.Equal(current.Encode(), (await LayoutOfAsync(nodes[other])).Encode());
        }

        await counts.UntilAsync("dfs.trust.layouts.refused", ("reason", "notsigned"));

        // By the council's register: without endorsements, and with its own alone.
        var key = CouncilRegisters.Layout(current.Cluster, current.Number.Next);
        var endorsed = new EndorsedLayout(joint, [signer.Sign(LayoutStatement.Of(joint).ToSign(LayoutStage.Endorsed))]);
        foreach (var value in new[] { joint.Encode(), endorsed.Encode() })
        {
            var written = await nodes[Liar].System!.ActorSelection($"/user/{ProposerActor.Name}").Ask<CatalogMessages.OperationEnded>(
                new CatalogMessages.RunOperation(new RegisterOperation(key, null, _ => new WriteValue(value), PartitionClaim.Never, Epoch.First, 1)), Patience);
            Assert.IsType<ValueNotAllowed>(written.Outcome);
        }

        // Nor does anybody sign that a node which answers is left out, or what was not decided.
        using var trust = nodes.TrustOf(Liar);
        using var client = new PeerClient(new PeerClientOptions(), new BufferPool(), trust);
        var victim = current.Find(nodes.ReplicaOf(1))!;
        var call = new PeerCall(current.Cluster, self, victim.Id, current.Number, Epoch.First);
        var without = current.ChangeStart([.. current.Members.Where(member => member.Id != nodes.ReplicaOf(2))]);
        Assert.Contains("2 nodes would be left", ReasonOf(await client.EndorseLayoutAsync(new Uri(victim.PeerEndpoint), call, without.Encode(), default)), StringComparison.Ordinal);
        Assert.Contains("does not follow", ReasonOf(await client.EndorseLayoutAsync(new Uri(victim.PeerEndpoint), call, joint.Finish().Encode(), default)), StringComparison.Ordinal);
        Assert.Contains("register", ReasonOf(await client.SignLayoutAsync(new Uri(victim.PeerEndpoint), call, default)), StringComparison.Ordinal);

        Assert.Equal(content, await GetAsync(nodes[2], "kept"));
        Assert.Equal("kept", await NamesAsync(nodes[1]));
    }

    // What ends an actor is no message of ours; it is the engine that has to drop it.
    [Fact]
    public async Task A_member_cannot_end_the_actors_of_another_one()
    {
        await using var nodes = await ReadyAsync();
        var provider = ((ExtendedActorSystem)nodes[Liar].System!).Provider;
        foreach (var name in new[] { LayoutKeeper.Name, ReplicaActor.Name, ProposerActor.Name, PeerRegistry.Name })
        {
            var path = $"{nodes[1].Address}/user/{name}";
            foreach (var command in new object[] { PoisonPill.Instance, Kill.Instance })
            {
                nodes[Liar].System!.ActorSelection(path).Tell(command);
                provider.ResolveActorRef(path).Tell(command);
            }

            ((IInternalActorRef)provider.ResolveActorRef(path)).Stop();
        }

        // Behind them on the same connection: what it is answered by was not ended.
        Assert.NotNull((await KeeperOf(nodes, 1).Ask<LayoutIs>(new GetLayout(), Patience)).Layout.ToArray());
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[1], "after", [1, 2, 3]));
        Assert.Equal(new byte[] { 1, 2, 3 }, await GetAsync(nodes[Liar], "after"));
    }

    [Fact]
    public async Task A_newcomer_a_replaced_directory_and_a_node_that_was_away_follow_what_the_council_signed()
    {
        await using var nodes = await ReadyAsync();
        Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[1], "kept", TestBytes.Random(2, 500_000)));

        // Two of three are a majority: they replace the directory that is lost while its old id answers nobody.
        await nodes.CrashAsync(3);
        Directory.Delete(nodes.DataDirectoryOf(3), recursive: true);
        await nodes.StartAsync(3);
        await SingleAsync(nodes, 3, above: 1);

        await nodes.CrashAsync(2);
        await nodes.StartAsync(4);
        await AwaitAssertAsync(async () => Assert.True((await LayoutOfAsync(nodes[1])).Members.Length == 4), Patience, Glance);
        await nodes.StartAsync(2);
        var newest = await SingleAsync(nodes, 4, above: 3);

        foreach (var node in nodes.Running)
        {
            var told = await Keeper(node).Ask<LayoutIs>(new GetLayout(), Patience);
            Assert.True(LayoutLink.TryDecode(told.Proofs[^1].Span, out var link));
            Assert.Equal(LayoutStatement.HashOf(newest), link.Statement.Hash);
        }

        Assert.Equal(TestBytes.Random(2, 500_000), await GetAsync(nodes[4], "kept"));
    }

    private async Task<NodesOnLoopback> ReadyAsync()
    {
        var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(3)) { Cluster = new TestCluster() };
        await nodes.StartAsync(1, 2, 3);
        await AwaitAssertAsync(() => Assert.All(nodes.Running, node => Assert.Equal("", node.View.Status().NotReadyBecause)), Patience, Glance);
        return nodes;
    }

    private async Task<Layout> SingleAsync(NodesOnLoopback nodes, int members, ulong above)
    {
        Layout? last = null;
        await AwaitAssertAsync(async () =>
        {
            foreach (var node in nodes.Running)
            {
                last = await LayoutOfAsync(node);
                Assert.False(last.IsJoint);
                Assert.Equal(members, last.Members.Length);
                Assert.True(last.Number.Value > above);
                Assert.Equal("", node.View.Status().NotReadyBecause);
            }
        }, Patience, Glance);
        return last!;
    }

    private static string ReasonOf(PeerOutcome outcome) => LayoutAnswer.Decode(Assert.IsType<PeerOutcome.Answered>(outcome).Bytes)!.Reason;

    private static async Task<Layout> LayoutOfAsync(NodeHost node)
    {
        var told = await Keeper(node).Ask<LayoutIs>(new GetLayout(), Patience);
        Assert.True(Layout.TryDecode(told.Layout.Span, out var layout));
        return layout;
    }

    private static ActorSelection Keeper(NodeHost node) => node.System!.ActorSelection($"/user/{LayoutKeeper.Name}");

    // As the liar reaches it.
    private static ActorSelection KeeperOf(NodesOnLoopback nodes, int other) =>
        nodes[Liar].System!.ActorSelection($"{nodes[other].Address}/user/{LayoutKeeper.Name}");
}
