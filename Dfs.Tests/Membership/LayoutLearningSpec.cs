using System.Collections.Immutable;
using Akka.Actor;
using Dfs.Actors.Catalog;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Actors.Trust;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using Dfs.Tests.Trust;
using static Dfs.Actors.Membership.MembershipProtocol;
using Store = Dfs.Storage.CatalogStore.CatalogStore;

namespace Dfs.Tests.Membership;

/// <summary>What a keeper believes of layouts that it is told, with real certificates and a real catalog; who tells them is a probe.</summary>
public sealed class LayoutLearningSpec : Akka.TestKit.Xunit2.TestKit, IAsyncLifetime
{
    private const int Self = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly ValueRules Rules = new((_, _, _) => null, _ => [], 16, _ => false, _ => 1);
    private static readonly Layout First = Bootstrap.Propose(Members.Three, [Member(1), Member(2), Member(3)]);
    private static readonly Layout Joint = First.ChangeStart([.. First.Members, Member(Self)]);

    private readonly TempFolder _folder = new();
    private readonly TestCluster _cluster = new();
    private readonly LayoutFence _fence = new();
    private readonly BufferPool _buffers = new();
    private readonly List<string> _forged = [];
    private readonly NodeTrust _trust;
    private readonly PeerClient _peers;
    private readonly Store _store;
    private readonly Probe _teller;

    public LayoutLearningSpec()
        : base("akka.loglevel = OFF")
    {
        _trust = _cluster.Trust(Self);
        _peers = new PeerClient(new PeerClientOptions(), _buffers, _trust);
        _store = Assert.IsType<CatalogOpenOutcome.Opened>(Store.Open(Path.Combine(_folder.Path, "catalog"), TestCluster.Node(Self), 1, true, Rules)).Store;
        _teller = new Probe(Sys);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Sys.Terminate();
        await _store.DisposeAsync();
        _peers.Dispose();
        _trust.Dispose();
        _fence.Dispose();
        _cluster.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_layout_with_a_majority_of_the_council_before_it_is_worked_under()
    {
        await _store.InstallAsync(First);
        var keeper = Start();

        Tell(keeper, Joint, Proof(Joint, 1, 3));

        Assert.Equal(Joint.Encode(), await KnownAsync(keeper));
        Assert.Empty(_forged);
    }

    [Fact]
    public async Task One_signature_none_strangers_and_the_expelled_are_no_majority_and_whoever_told_is_reported()
    {
        await _store.InstallAsync(First);
        var keeper = Start();
        using var others = new TestCluster();
        _trust.Revoke(_cluster.Expelled(2));

        Tell(keeper, Joint, Proof(Joint, 1));
        Tell(keeper, Joint);
        Tell(keeper, Joint, Proof(Joint, 1, 2));
        Tell(keeper, Joint, Proof(Joint, 1, 5, 6));
        Tell(keeper, Joint, Signed(others, Joint, LayoutStage.Decided, 1, 3));
        Tell(keeper, Joint, Signed(_cluster, Joint, LayoutStage.Endorsed, 1, 3));
        // Signatures of another layout.
        Tell(keeper, Joint, Proof(Joint, 1) with { Signatures = Proof(Joint.Finish(), 1, 3).Signatures });

        Assert.Equal(First.Encode(), await KnownAsync(keeper));
        // Once for each that tells: a liar does not fill the events.
        Assert.Contains("told layout 2, which the council did not sign", Assert.Single(_forged), StringComparison.Ordinal);

        Tell(keeper, Joint, Proof(Joint, 1, 3));
        Assert.Equal(Joint.Encode(), await KnownAsync(keeper));
    }

    [Fact]
    public async Task A_forger_that_has_not_greeted_yet_has_the_name_that_the_layout_gives_it()
    {
        var first = Bootstrap.Propose(Members.Three, [Member(1), Member(2), Member(3) with { Address = _teller.Ref.Path.Address.ToString() }]);
        await _store.InstallAsync(first);
        var keeper = Start();

        Tell(keeper, first.ChangeStart([.. first.Members, Member(Self)]));

        Assert.Equal(first.Encode(), await KnownAsync(keeper));
        Assert.StartsWith("node3 told layout 2", Assert.Single(_forged), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_was_away_asks_for_the_chain_and_follows_it_link_by_link()
    {
        await _store.InstallAsync(First);
        var keeper = Start();
        var chain = Chain(20);
        var newest = chain[^1];

        Tell(keeper, newest, Proof(newest, 1, 2));
        Assert.Equal(First.Number, (await _teller.NextAsync<GetLayout>()).After);
        Tell(keeper, newest, [.. chain.Take(9).Select(layout => Proof(layout, 1, 2, 3))]);
        Assert.Equal(chain[8].Number, (await _teller.NextAsync<GetLayout>()).After);
        Assert.Equal(First.Encode(), await KnownAsync(keeper));
        Tell(keeper, newest, [.. chain.Skip(9).Select(layout => Proof(layout, 1, 2, Self))]);

        Assert.Equal(newest.Encode(), await KnownAsync(keeper));
        Assert.Empty(_forged);
        // What it has followed it can show others.
        var told = await keeper.Ask<LayoutIs>(new GetLayout { After = First.Number }, Patience);
        Assert.Equal(chain.Select(layout => layout.Number), told.Proofs.Select(proof => LayoutLink.TryDecode(proof.Span, out var link) ? link.Number : default));
    }

    [Fact]
    public async Task A_chain_that_breaks_off_is_not_followed_and_who_has_no_other_is_reported()
    {
        await _store.InstallAsync(First);
        var keeper = Start();
        var chain = Chain(4);

        Tell(keeper, chain[3], Proof(chain[0], 1, 2), Proof(chain[2], 1, 2), Proof(chain[3], 1, 2));
        Assert.Equal(chain[0].Number, (await _teller.NextAsync<GetLayout>()).After);
        Tell(keeper, chain[3], Proof(chain[2], 1, 2), Proof(chain[3], 1, 2));

        Assert.Equal(First.Encode(), await KnownAsync(keeper));
        Assert.Single(_forged);
    }

    [Fact]
    public async Task What_the_authority_signed_needs_nothing_before_it_and_an_empty_directory_believes_nothing_else()
    {
        var keeper = Start();
        Tell(keeper, First, Proof(First, 1, 2, 3));
        Assert.Equal(LayoutNumber.None, (await _teller.NextAsync<GetLayout>()).After);
        Tell(keeper, First, Proof(First, 1, 2, 3));
        await AskAnythingAsync(keeper);
        Assert.Null(_store.Layout);
        // It may be true, and not signed by the authority yet.
        Assert.Empty(_forged);

        Tell(keeper, Joint, ByAuthority(Joint));

        Assert.Equal(Joint.Encode(), await KnownAsync(keeper));
    }

    [Fact]
    public async Task The_first_layout_is_believed_by_who_has_agreed_to_it()
    {
        var first = Bootstrap.Propose(Members.Three, [Member(1), Member(2), Member(Self)]);
        Assert.True(await _store.VoteAsync(first));
        var keeper = Start();

        Tell(keeper, first);

        Assert.Equal(first.Encode(), await KnownAsync(keeper));
        Assert.Empty(_forged);
    }

    [Fact]
    public async Task Another_layout_of_the_same_number_is_a_lie_and_more_signatures_of_this_one_are_kept()
    {
        await _store.InstallAsync(Joint, Proof(Joint, 1, 3));
        var keeper = Start();
        var other = First.ReplaceStart(TestCluster.Node(3), Member(Self));

        Tell(keeper, other, Proof(other, 1, 2));
        Tell(keeper, Joint, ByAuthority(Joint));

        Assert.Equal(Joint.Encode(), await KnownAsync(keeper));
        Assert.Contains("another layout 2", Assert.Single(_forged), StringComparison.Ordinal);
        Assert.True(Assert.Single(_store.Proofs.Links).HasAuthority);
    }

    [Fact]
    public async Task A_node_that_has_the_authority_signs_what_it_works_under_also_what_was_never_signed()
    {
        await _store.InstallAsync(First);
        var keeper = Start(withAuthority: true);

        await AwaitAssertAsync(() => Assert.True(_store.Proofs.Find(First.Number)?.HasAuthority), Patience);

        var told = await keeper.Ask<LayoutIs>(new GetLayout(), Patience);
        Assert.True(LayoutLink.TryDecode(Assert.Single(told.Proofs).Span, out var link));
        Assert.True(new LayoutSigner(_trust, null).WhoSigned(link.Statement.ToSign(LayoutStage.Decided), link.Signatures).IsByAuthority);
    }

    // The actor system is started anew where a node was shut out, and the fence is the node's.
    [Fact]
    public async Task A_keeper_that_ends_while_it_installs_a_layout_does_not_leave_the_fence_shut()
    {
        await _store.InstallAsync(First);
        var keeper = Start();
        Watch(keeper);
        using (await _fence.EnterAsync(default))
        {
            Tell(keeper, Joint, Proof(Joint, 1, 2));
            await AwaitAssertAsync(() => Assert.Equal(1, _fence.Waiting), Patience);
            Sys.Stop(keeper);
            ExpectTerminated(keeper, Patience);
        }

        using var patience = new CancellationTokenSource(Patience);
        using var again = await _fence.EnterAsync(patience.Token);
        Assert.Equal(Joint.Number, _store.Layout?.Number);
    }

    private IActorRef Start(bool withAuthority = false)
    {
        var signer = new LayoutSigner(_trust, withAuthority ? _cluster.Authority : null);
        var notary = new LayoutNotary(new LayoutNotaryOptions(TestCluster.Node(Self), _store, new PeerDirectory(), _peers, signer, () => null, TimeProvider.System));
        return Sys.ActorOf(LayoutKeeper.Props(new LayoutKeeperOptions(
            TestCluster.Node(Self), false, 3, Members.Three, _store, () => new CatalogClient(ActorRefs.Nobody, _store), _fence)
        {
            Notary = notary,
            Progress = notary.Progress,
            OnForged = (node, what) => _forged.Add($"{node} {what}"),
            Round = TimeSpan.FromMilliseconds(50),
        }));
    }

    private void Tell(IActorRef keeper, Layout layout, params ImmutableArray<LayoutLink> proofs) =>
        keeper.Tell(new LayoutIs(layout.Encode()) { Proofs = [.. proofs.Select(proof => new ByteString(proof.Encode()))] }, _teller.Ref);

    // Each from the one before: somebody comes, and goes.
    private static List<Layout> Chain(int count)
    {
        var layouts = new List<Layout> { First };
        while (layouts.Count <= count)
        {
            var last = layouts[^1];
            layouts.Add(last.IsJoint ? last.Finish() : last.Members.Length == 3 ? last.ChangeStart([.. last.Members, Member(Self)]) : last.ChangeStart([.. First.Members]));
        }

        return layouts[1..];
    }

    private LayoutLink Proof(Layout layout, params int[] nodes) => Signed(_cluster, layout, LayoutStage.Decided, nodes);

    private static LayoutLink Signed(TestCluster cluster, Layout layout, LayoutStage stage, params int[] nodes)
    {
        var statement = LayoutStatement.Of(layout);
        return new LayoutLink(statement, [.. nodes.Select(node => Sign(cluster, node, statement.ToSign(stage)))]);
    }

    private LayoutLink ByAuthority(Layout layout) => new(
        LayoutStatement.Of(layout), [new LayoutSigner(_trust, _cluster.Authority).SignAsAuthority(LayoutStatement.Of(layout).ToSign(LayoutStage.Decided))!]);

    private static LayoutSignature Sign(TestCluster cluster, int node, byte[] bytes)
    {
        using var trust = cluster.Trust(node);
        return new LayoutSigner(trust, null).Sign(bytes);
    }

    private static async Task<byte[]> KnownAsync(IActorRef keeper) => (await keeper.Ask<LayoutIs>(new GetLayout(), Patience)).Layout.ToArray();

    // Everything before it has been taken.
    private static Task<PlanIs> AskAnythingAsync(IActorRef keeper) => keeper.Ask<PlanIs>(new GetPlan(), Patience);

    private static LayoutMember Member(int number) => Members.Member(number) with { Id = TestCluster.Node(number), Slot = TestCluster.Node(number).Value };
}
