using System.Collections.Immutable;
using Akka.Actor;
using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Actors.Membership;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Storage.CatalogStore;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using static Dfs.Actors.Membership.MembershipProtocol;
using Store = Dfs.Storage.CatalogStore.CatalogStore;

namespace Dfs.Tests.Membership;

/// <summary>One keeper over a real catalog; the other nodes' keepers and the proposer are probes.</summary>
public sealed class LayoutKeeperSpec : Akka.TestKit.Xunit2.TestKit, IAsyncLifetime
{
    private const int Self = 1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ThreeRounds = Round * 3;

    private static readonly ValueRules Rules = new((_, _, _) => null, _ => [], 16, _ => false, _ => 1);

    private readonly TempFolder _folder = new();
    private readonly LayoutFence _fence = new();
    private readonly Dictionary<int, Probe> _peers = [];
    private readonly Probe _proposer;
    private readonly Store _store;

    public LayoutKeeperSpec()
        : base("akka.loglevel = ERROR")
    {
        _proposer = new Probe(Sys);
        _store = Assert.IsType<CatalogOpenOutcome.Opened>(Store.Open(Path.Combine(_folder.Path, "catalog"), Members.Id(Self), 1, true, Rules)).Store;
        foreach (var number in new[] { 1, 2, 3, 4 })
        {
            var probe = new Probe(Sys);
            _peers.Add(number, probe);
            PathProbe.Start(Sys, NameOf(number), $"user/{LayoutKeeper.Name}", probe.Ref);
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Sys.Terminate();
        await _store.DisposeAsync();
        _fence.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_first_seed_asks_everyone_until_all_have_agreed_and_then_tells_them()
    {
        var keeper = Start(isFirstSeed: true);
        var changes = new Probe(Sys);
        Sys.EventStream.Subscribe(changes.Ref, typeof(CatalogMessages.LayoutChanged));
        keeper.Tell(new ViewChanged(View(1, 2, 3)));

        var ask = await _peers[2].NextAsync<AskFirstLayout>();
        Assert.True(Layout.TryDecode(ask.Layout.Span, out var proposed));
        Assert.Equal([Members.Id(1), Members.Id(2), Members.Id(3)], proposed.Members.Select(member => member.Id));

        keeper.Tell(new FirstLayoutAnswer(Members.Id(1), Yes: true));
        keeper.Tell(new FirstLayoutAnswer(Members.Id(2), Yes: true));
        Assert.True((await AskAsync<FirstLayoutAnswer>(keeper, ask)).Yes);
        // Number 3's answer was lost: from now on it alone is asked again.
        _peers[3].Drain();
        await _peers[3].NextAsync<AskFirstLayout>();
        _peers[2].Drain();
        await _peers[2].NothingComesAsync(ThreeRounds);
        Assert.Null(_store.Layout);

        keeper.Tell(new FirstLayoutAnswer(Members.Id(3), Yes: true));

        var told = await _peers[2].NextAsync<LayoutIs>();
        Assert.Equal(proposed.Encode(), told.Layout.ToArray());
        Assert.Equal(proposed.Encode(), _store.Layout!.Encode());
        Assert.Equal(proposed.Encode(), (await changes.NextAsync<CatalogMessages.LayoutChanged>()).Layout.Encode());
    }

    [Fact]
    public async Task Whoever_says_no_is_no_part_of_it_and_another_proposal_is_made()
    {
        var keeper = Start(isFirstSeed: true);
        keeper.Tell(new ViewChanged(View(1, 2, 3)));
        await _peers[3].NextAsync<AskFirstLayout>();

        keeper.Tell(new ViewChanged(View(1, 2, 4)));
        keeper.Tell(new FirstLayoutAnswer(Members.Id(3), Yes: false));

        var ask = await _peers[4].NextAsync<AskFirstLayout>();
        Assert.True(Layout.TryDecode(ask.Layout.Span, out var proposed));
        Assert.Equal([Members.Id(1), Members.Id(2), Members.Id(4)], proposed.Members.Select(member => member.Id));
    }

    [Fact]
    public async Task Nobody_but_the_first_seed_asks_and_it_waits_until_enough_are_there()
    {
        var keeper = Start(isFirstSeed: false);
        keeper.Tell(new ViewChanged(View(1, 2, 3)));
        await _peers[2].NothingComesAsync(ThreeRounds);

        var first = Start(isFirstSeed: true);
        first.Tell(new ViewChanged(View(1, 2)));
        await _peers[2].NothingComesAsync(ThreeRounds);
    }

    [Fact]
    public async Task A_yes_is_durable_and_is_given_to_one_proposal()
    {
        var keeper = Start(isFirstSeed: false);
        var (one, other) = (Bootstrap.Propose(Members.Three, MembersOf(1, 2, 3)), Bootstrap.Propose(Members.Three, MembersOf(1, 2, 4)));

        Assert.True((await AskAsync<FirstLayoutAnswer>(keeper, new AskFirstLayout(one.Encode()))).Yes);
        Assert.False((await AskAsync<FirstLayoutAnswer>(keeper, new AskFirstLayout(other.Encode()))).Yes);
        Assert.True((await AskAsync<FirstLayoutAnswer>(keeper, new AskFirstLayout(one.Encode()))).Yes);

        Sys.Stop(keeper);
        Assert.False((await AskAsync<FirstLayoutAnswer>(Start(isFirstSeed: false), new AskFirstLayout(other.Encode()))).Yes);
    }

    [Fact]
    public async Task Only_a_higher_number_of_the_same_cluster_is_learnt()
    {
        var keeper = Start(isFirstSeed: false);
        var first = Bootstrap.Propose(Members.Three, MembersOf(1, 2, 3));
        var joint = first.ReplaceStart(Members.Id(3), Member(4));
        var foreign = Bootstrap.Propose(Members.Three, MembersOf(1, 2, 4)).ReplaceStart(Members.Id(4), Member(3));

        keeper.Tell(new LayoutIs(joint.Encode()));
        Assert.Equal(joint.Encode(), await KnownAsync(keeper));

        keeper.Tell(new LayoutIs(first.Encode()));
        keeper.Tell(new LayoutIs(foreign.Finish().Encode()));
        keeper.Tell(new LayoutIs("no layout"u8.ToArray()));
        Assert.Equal(joint.Encode(), await KnownAsync(keeper));

        keeper.Tell(new LayoutIs(joint.Finish().Encode()));
        Assert.Equal(joint.Finish().Encode(), await KnownAsync(keeper));
    }

    [Fact]
    public async Task Who_reports_under_another_number_is_told_or_asked()
    {
        var keeper = Start(isFirstSeed: false);
        var joint = Bootstrap.Propose(Members.Three, MembersOf(1, 2, 3)).ReplaceStart(Members.Id(3), Member(4));
        keeper.Tell(new LayoutIs(joint.Encode()));
        keeper.Tell(new ViewChanged(View(2, 4)));

        keeper.Tell(new SyncProgress(Report(4, joint.Number.Next)));
        await _peers[4].NextAsync<GetLayout>();

        keeper.Tell(new SyncProgress(Report(2, new LayoutNumber(1))));
        Assert.Equal(joint.Encode(), (await _peers[2].NextAsync<LayoutIs>()).Layout.ToArray());
    }

    [Fact]
    public async Task A_lost_directory_is_replaced_as_the_council_decides_and_the_change_is_finished_when_all_is_there()
    {
        var first = Bootstrap.Propose(Members.Three, MembersOf(1, 2, 3));
        await _store.InstallAsync(first);
        var keeper = Start(isFirstSeed: false);

        // Node 3's name comes with another id.
        var newcomer = Card(4, first) with { Name = "node3" };
        keeper.Tell(new ViewChanged(View([Card(1, first), Card(2, first), newcomer])));

        var asked = await _proposer.NextAsync<CatalogMessages.RunOperation>();
        Assert.Equal(CouncilRegisters.Layout(first.Cluster, first.Number.Next), asked.Operation.Key);
        var decision = Assert.IsType<WriteValue>(asked.Operation.Change!(new RegisterView(null, 0)));
        Assert.IsType<RefuseChange>(asked.Operation.Change(new RegisterView(decision.Value, 0)));
        Assert.True(Layout.TryDecode(decision.Value.Span, out var joint));
        Assert.Equal([Members.Id(1), Members.Id(2), Members.Id(4)], joint.Members.Select(member => member.Id).Order());
        Assert.Equal(first.Number, _store.Layout!.Number);

        // No answer in time: asked again, because nobody knows whether it is written.
        _proposer.Reply(new CatalogMessages.OperationEnded(new Indeterminate()));
        await _proposer.NextAsync<CatalogMessages.RunOperation>();
        _proposer.Reply(new CatalogMessages.OperationEnded(new ChangeRefused("decided", new RegisterView(decision.Value, 0))));

        Assert.Equal(joint.Encode(), (await _peers[2].NextAsync<LayoutIs>()).Layout.ToArray());
        Assert.Equal(joint.Encode(), await KnownAsync(keeper));
        await _proposer.NothingComesAsync(ThreeRounds);

        keeper.Tell(new SyncProgress(Report(4, joint.Number, joint)));
        keeper.Tell(new SyncProgress(Report(2, joint.Number, joint)));

        var finish = await _proposer.NextAsync<CatalogMessages.RunOperation>();
        Assert.Equal(CouncilRegisters.Layout(first.Cluster, joint.Number.Next), finish.Operation.Key);
        var end = Assert.IsType<WriteValue>(finish.Operation.Change!(new RegisterView(null, 0)));
        Assert.Equal(joint.Finish().Encode(), end.Value.ToArray());
        _proposer.Reply(new CatalogMessages.OperationEnded(new ChangeDone(end.Value, default)));
        await _peers[4].NextAsync<LayoutIs>(told => told.Layout.Span.SequenceEqual(end.Value.Span));
    }

    // It has not heard of the epochs that the members have raised since it left, and would bring newcomers its own.
    [Fact]
    public async Task Who_is_not_in_the_layout_does_not_change_it_on_command_either()
    {
        var others = Bootstrap.Propose(Members.Three, MembersOf(2, 3, 4));
        await _store.InstallAsync(others);
        var keeper = Start(isFirstSeed: false);
        keeper.Tell(new ViewChanged(View([Card(1, others), Card(2, others), Card(4, others)])));

        foreach (var command in new[] { new RunLayoutCommand(LayoutCommand.Apply, ""), new RunLayoutCommand(LayoutCommand.Remove, "node3") })
        {
            var ended = await AskAsync<LayoutCommandEnded>(keeper, command);
            Assert.Equal(DfsOutcome.PreconditionFailed, ended.Outcome);
            Assert.Contains("node2, node4", ended.Detail, StringComparison.Ordinal);
        }

        await _proposer.NothingComesAsync(ThreeRounds);
    }

    // It sees nobody as a member, and would take back what those who see one another have just decided.
    [Fact]
    public async Task Who_is_in_no_cluster_proposes_nothing()
    {
        var joint = Bootstrap.Propose(Members.Three, MembersOf(1, 2, 3)).ChangeStart(MembersOf(1, 2, 3, 4));
        await _store.InstallAsync(joint);
        var keeper = Start(isFirstSeed: false, LayoutPolicy.Default with { NewcomerPatience = TimeSpan.Zero });
        var (outside, inside) = (View([.. Enumerable.Range(1, 4).Select(number => Card(number, joint))]), View([.. Enumerable.Range(1, 3).Select(number => Card(number, joint))]));

        keeper.Tell(new ViewChanged(outside with
        {
            SelfIsMember = false,
            Peers = outside.Peers.ToImmutableSortedDictionary(peer => peer.Key, peer => peer.Value with { State = "known" }),
        }));
        await _proposer.NothingComesAsync(ThreeRounds);

        // As a member it does: the newcomer is not there.
        keeper.Tell(new ViewChanged(inside));
        await _proposer.NextAsync<CatalogMessages.RunOperation>();
    }

    private IActorRef Start(bool isFirstSeed, LayoutPolicy? policy = null) => Sys.ActorOf(LayoutKeeper.Props(new LayoutKeeperOptions(
        Members.Id(Self), isFirstSeed, 3, Members.Three, _store, () => new CatalogClient(_proposer.Ref, _store), _fence)
    {
        Round = Round,
        Policy = policy ?? LayoutPolicy.Default,
    }));

    private static Task<T> AskAsync<T>(IActorRef keeper, object question) => keeper.Ask<T>(question, Patience);

    private static async Task<byte[]> KnownAsync(IActorRef keeper) =>
        (await AskAsync<LayoutIs>(keeper, new GetLayout())).Layout.ToArray();

    // Everything that a new member takes over of everyone.
    private static SyncReport Report(int by, LayoutNumber number, Layout? whole = null)
    {
        var all = whole is null ? PartitionSet.Empty : PartitionSet.Of(PartitionId.All);
        var pulled = (whole?.OldMembers ?? []).ToImmutableSortedDictionary(member => member.Id, _ => all);
        return new SyncReport(Members.Id(by), number, pulled, all);
    }

    private PeerView View(params int[] numbers) => View([.. numbers.Select(number => Card(number, null))]);

    private PeerView View(IReadOnlyList<NodeCard> cards) => new(
        AddressOf(Self), true, cards.ToImmutableSortedDictionary(card => card.Replica, card => new PeerInfo(card, "up", Reachable: true)));

    private NodeCard Card(int number, Layout? layout) => new(
        Members.Id(number), 1, NameOf(number), $"zone{number}", 1, AddressOf(number), $"http://127.0.0.1:{number}",
        layout?.Cluster, layout?.Number ?? LayoutNumber.None, 3, "", []);

    private List<LayoutMember> MembersOf(params int[] numbers) => [.. numbers.Select(Member)];

    private LayoutMember Member(int number) => LayoutMember.Newcomer(
        Members.Id(number), 1, NameOf(number), $"zone{number}", 1, AddressOf(number), $"http://127.0.0.1:{number}");

    // An address below which the keeper's path is a probe's.
    private string AddressOf(int number) => $"akka://{Sys.Name}/user/{NameOf(number)}";

    private static string NameOf(int number) => $"node{number}";
}
