using System.Collections.Immutable;
using Akka.Actor;
using Dfs.Actors.Catalog;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using Dfs.Tests.Simulation;
using static Dfs.Actors.Catalog.CatalogMessages;
using static Dfs.Core.Catalog.CatalogProtocol;

namespace Dfs.Tests.Catalog;

/// <summary>One proposer against probes: what it sends to whom, in which order, and what it says when nobody answers.</summary>
public sealed class ProposerActorSpec : Akka.TestKit.Xunit2.TestKit
{
    private const int Self = 1;

    private static readonly int[] Numbers = [1, 2, 3];

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(150);

    // Nothing is sent again by time alone, unless a test says so.
    private static readonly ProposerTimes Slow = new(
        TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(2));

    private readonly TestReplicas _replicas = new();
    private readonly PeerDirectory _directory = new();
    private readonly Probe _asker;
    private readonly Dictionary<int, Probe> _nodes = [];
    private readonly Dictionary<int, IActorRef> _splitters = [];
    private readonly Dictionary<int, Probe> _keepers = [];

    public ProposerActorSpec()
        : base("akka.loglevel = ERROR")
    {
        _asker = new Probe(Sys);
        foreach (var number in Numbers)
        {
            _nodes.Add(number, new Probe(Sys));
            _keepers.Add(number, new Probe(Sys));
            _splitters.Add(number, Sys.ActorOf(Props.Create(() => new RequestSplitter(_nodes[number].Ref))));
            PathProbe.Start(Sys, NameOf(number), $"user/{ReplicaActor.Name}", _splitters[number]);
        }

        Update(holderIsReached: true);
    }

    [Fact]
    public async Task A_change_goes_to_every_replica_and_is_done_when_a_majority_has_accepted()
    {
        var proposer = Start(Slow);
        proposer.Tell(new RunOperation(Put(1, 10)), _asker.Ref);

        await AnswerAsync<Prepare>(1);
        await AnswerAsync<Prepare>(2);
        await AnswerAsync<Accept>(1);
        await AnswerAsync<Accept>(2);

        var done = Assert.IsType<ChangeDone>((await _asker.NextAsync<OperationEnded>()).Outcome);
        Assert.Equal(10, SimValue.Seen(new RegisterView(done.Value, 0)));
        Assert.IsType<Prepare>((await RequestAsync(3)).Request);
        Assert.IsType<Accept>((await RequestAsync(3)).Request);
    }

    [Fact]
    public async Task Changes_of_one_register_wait_for_each_other_and_those_of_others_do_not()
    {
        var proposer = Start(Slow);
        var other = new RowKey(false, new RegisterId(Enumerable.Repeat((byte)9, 32).ToArray()));
        proposer.Tell(new RunOperation(Put(1, 10)), _asker.Ref);
        proposer.Tell(new RunOperation(Put(2, 20)), _asker.Ref);
        proposer.Tell(new RunOperation(Put(3, 30) with { Key = other }), _asker.Ref);

        var first = await RequestAsync(3);
        Assert.Equal(TestReplicas.Key, first.Request.Header.Key);
        Assert.Equal(other, (await RequestAsync(3)).Request.Header.Key);
        await _nodes[3].NothingComesAsync(Quiet);

        await AnswerAsync<Prepare>(1);
        await AnswerAsync<Prepare>(2);
        await AnswerAsync<Accept>(1, TestReplicas.Key);
        await AnswerAsync<Accept>(2, TestReplicas.Key);
        Assert.IsType<ChangeDone>((await _asker.NextAsync<OperationEnded>()).Outcome);

        // The accept of the first, then the second's turn: it holds the register's lease and accepts at once.
        var accepts = new[] { await RequestAsync(3), await RequestAsync(3) };
        Assert.Equal([first.Operation, first.Operation + 1], accepts.Select(request => request.Operation).Order());
    }

    [Fact]
    public async Task A_first_write_claims_the_next_partitions_along_and_writes_there_read_then_accept()
    {
        var proposer = Start(Slow);
        proposer.Tell(new RunOperation(Put(1, 10) with { Claim = PartitionClaim.IfFree }), _asker.Ref);
        for (var i = 0; i < 1 + PartitionLeases.ClaimsAhead; i++)
        {
            await AnswerAsync<Prepare>(1);
            await AnswerAsync<Prepare>(2);
        }

        await AnswerAsync<Accept>(1);
        await AnswerAsync<Accept>(2);
        Assert.IsType<ChangeDone>((await _asker.NextAsync<OperationEnded>()).Outcome);

        var next = RowKey.OfClaim(new PartitionId((TestReplicas.Key.Partition.Index + 1) % PartitionId.Count)).Register.ToArray();
        next[31] = 1;
        _nodes[1].Drain();
        proposer.Tell(new RunOperation(Put(2, 20) with { Key = new RowKey(false, new RegisterId(next)), Claim = PartitionClaim.IfFree }), _asker.Ref);
        Assert.IsType<Read>((await RequestAsync(1)).Request);
    }

    [Theory]
    [InlineData(true, PrepareScope.Register)]
    [InlineData(false, PrepareScope.Partition)]
    public async Task A_partition_is_taken_over_from_a_holder_that_is_not_reached_and_from_no_other(bool isReached, PrepareScope scope)
    {
        var holder = new TestProposer(_replicas, 3);
        holder.Put(1, 10, PartitionClaim.IfFree);
        holder.Deliver(1, 2, 3);
        holder.Deliver(1, 2, 3);
        Update(holderIsReached: true);
        var proposer = Start(Slow);
        // Meets the holder's promise, and goes round the register.
        await PutAsync(2, 20);
        _nodes[1].Drain();

        Update(isReached);
        var next = TestReplicas.Key.Register.ToArray();
        next[31] ^= 1;
        proposer.Tell(new RunOperation(Put(3, 30) with { Key = new RowKey(false, new RegisterId(next)), Claim = PartitionClaim.IfFree }), _asker.Ref);

        Assert.Equal(scope, Assert.IsType<Prepare>((await RequestAsync(1)).Request).Scope);

        async Task PutAsync(int operation, int payload)
        {
            proposer.Tell(new RunOperation(Put(operation, payload) with { Claim = PartitionClaim.IfFree }), _asker.Ref);
            await AnswerAsync<Prepare>(1, TestReplicas.Key);
            await AnswerAsync<Prepare>(2, TestReplicas.Key);
            await AnswerAsync<Prepare>(1, TestReplicas.Key);
            await AnswerAsync<Prepare>(2, TestReplicas.Key);
            await AnswerAsync<Accept>(1, TestReplicas.Key);
            await AnswerAsync<Accept>(2, TestReplicas.Key);
            Assert.IsType<ChangeDone>((await _asker.NextAsync<OperationEnded>()).Outcome);
        }
    }

    [Theory]
    [InlineData(1, 10, 1)]
    [InlineData(600, 10, 3)]
    [InlineData(6, 30_000, 3)]
    [InlineData(3, RegisterRow.ValueBytesMax, 3)]
    public async Task What_is_ready_at_once_goes_in_as_few_messages_as_their_limits_allow(int requests, int valueBytes, int messages)
    {
        var header = new Header(TestReplicas.Key, new LayoutNumber(1), Epoch.First);
        var sent = Enumerable.Range(0, requests).Select(number => new ReplicaRequest(
            (ulong)number, 1, Members.Id(Self), Members.Id(1), new Accept(header, new Ballot(1, Members.Id(Self), 1, 1), new byte[valueBytes]))).ToList();

        CatalogBatch.Send(_nodes[1].Ref, sent, _asker.Ref);

        var received = new List<ReplicaRequest>();
        for (var i = 0; i < messages; i++)
        {
            var message = await _nodes[1].NextAsync<object>();
            received.AddRange(message is ReplicaRequests batch ? batch.Requests : [(ReplicaRequest)message]);
        }

        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task Without_answers_it_asks_again_and_says_at_the_deadline_that_nothing_was_written()
    {
        var proposer = Start(Slow with { RoundTimeout = TimeSpan.FromMilliseconds(30), Deadline = TimeSpan.FromMilliseconds(400) });

        proposer.Tell(new RunOperation(Put(1, 10)), _asker.Ref);

        var first = await RequestAsync(2);
        var again = await RequestAsync(2);
        Assert.Equal(first.Operation, again.Operation);
        Assert.True(again.Attempt > first.Attempt);
        Assert.Empty(Assert.IsType<Unavailable>((await _asker.NextAsync<OperationEnded>()).Outcome).Away);

        // The register is free again; who cannot be reached by now is named.
        Update(holderIsReached: false);
        proposer.Tell(new RunOperation(Put(2, 20)), _asker.Ref);
        var unavailable = Assert.IsType<Unavailable>((await _asker.NextAsync<OperationEnded>()).Outcome);
        Assert.Equal(["node3"], unavailable.Away);
        var said = Assert.Throws<TransferException>(() => HeadChanges.ThrowUnlessDone(unavailable));
        Assert.Contains("in time (node3 cannot be reached). Nothing was changed", said.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_less_than_the_deadline_is_answered_when_that_is_over_its_turn_included()
    {
        var proposer = Start(Slow);
        proposer.Tell(new RunOperation(Put(1, 10)) { Within = TimeSpan.FromSeconds(1) }, _asker.Ref);
        var first = await RequestAsync(3);
        var second = new Probe(Sys);
        var third = new Probe(Sys);
        proposer.Tell(new RunOperation(Put(2, 20)) { Within = TimeSpan.FromMilliseconds(100) }, second.Ref);
        proposer.Tell(new RunOperation(Put(3, 30)), third.Ref);

        // Nothing of the second was sent, so that is certain; and its turn does not come any more.
        Assert.IsType<Unavailable>((await second.NextAsync<OperationEnded>()).Outcome);
        Assert.IsType<Unavailable>((await _asker.NextAsync<OperationEnded>()).Outcome);
        var next = await RequestAsync(3);
        while (next.Operation == first.Operation)
        {
            next = await RequestAsync(3);
        }

        Assert.Equal(first.Operation + 2, next.Operation);
    }

    [Fact]
    public async Task A_change_that_was_sent_off_and_is_not_answered_in_the_time_of_who_waits_is_indeterminate()
    {
        var proposer = Start(Slow);
        proposer.Tell(new RunOperation(Put(1, 10)) { Within = TimeSpan.FromSeconds(2) }, _asker.Ref);

        await AnswerAsync<Prepare>(1);
        await AnswerAsync<Prepare>(2);
        await _nodes[1].NextAsync<ReplicaRequest>(request => request.Request is Accept);

        Assert.IsType<Indeterminate>((await _asker.NextAsync<OperationEnded>()).Outcome);
    }

    [Fact]
    public async Task Before_the_first_layout_there_is_no_quorum_and_a_newer_one_takes_over_what_runs()
    {
        var layout = _replicas.Layout;
        var proposer = Start(Slow, withLayout: false);
        proposer.Tell(new RunOperation(Put(1, 10)), _asker.Ref);
        Assert.IsType<Unavailable>((await _asker.NextAsync<OperationEnded>()).Outcome);

        Sys.EventStream.Publish(new LayoutChanged(layout));
        proposer.Tell(new RunOperation(Put(2, 20)), _asker.Ref);
        Assert.Equal(layout.Number, (await RequestAsync(2)).Request.Header.Layout);

        var newer = layout.ReplaceStart(Members.Id(3), Members.Member(4));
        Sys.EventStream.Publish(new LayoutChanged(newer));
        await _nodes[2].NextAsync<ReplicaRequest>(request => request.Request.Header.Layout == newer.Number);
    }

    [Fact]
    public async Task The_first_layout_counts_from_when_the_directory_has_it()
    {
        Layout? formed = null;
        var proposer = Start(Slow, () => Volatile.Read(ref formed));
        proposer.Tell(new RunOperation(Put(1, 10)), _asker.Ref);
        Assert.IsType<Unavailable>((await _asker.NextAsync<OperationEnded>()).Outcome);

        // The node says now that it is ready; the message is on its way.
        Volatile.Write(ref formed, _replicas.Layout);
        proposer.Tell(new RunOperation(Put(2, 20)), _asker.Ref);
        Assert.Equal(_replicas.Layout.Number, (await RequestAsync(2)).Request.Header.Layout);
    }

    [Fact]
    public async Task A_layout_that_a_replica_knows_is_asked_for_and_one_that_it_lacks_is_taught()
    {
        PathProbe.Start(Sys, "keeper3", $"user/{LayoutKeeper.Name}", _keepers[3].Ref);
        var proposer = Start(Slow);
        proposer.Tell(new RunOperation(Put(1, 10)), _asker.Ref);

        // The keeper of node 3 lives elsewhere than its replica here, so its address is told anew before it is taught.
        var request = await RequestAsync(3);
        _directory.Update(_directory.View with
        {
            Peers = _directory.View.Peers.SetItem(Members.Id(3), new PeerInfo(Card(3) with { Address = $"akka://{Sys.Name}/user/keeper3" }, "up", true)),
        });
        proposer.Tell(new ReplicaReply(request.Operation, request.Attempt, Members.Id(3), new LayoutRefused(LayoutNumber.None)), _nodes[3].Ref);
        await _keepers[Self].NextAsync<MembershipProtocol.GetLayout>();
        _keepers[Self].Reply(new MembershipProtocol.LayoutIs(_replicas.Layout.Encode()));
        Assert.Equal(
            _replicas.Layout.Encode(),
            (await _keepers[3].NextAsync<MembershipProtocol.LayoutIs>()).Layout.ToArray());

        var other = await RequestAsync(2);
        proposer.Tell(new ReplicaReply(other.Operation, other.Attempt, Members.Id(2), new LayoutRefused(new LayoutNumber(9))), _nodes[2].Ref);
        var seen = await _keepers[Self].NextAsync<MembershipProtocol.NewerLayoutSeen>();
        Assert.Equal((new LayoutNumber(9), AddressOf(2)), (seen.Number, seen.Address));
    }

    [Fact]
    public async Task Ten_thousand_operations_wait_and_the_next_one_is_told_to_come_back()
    {
        var proposer = Start(Slow);
        for (var number = 0; number < ProposerActor.OperationsMax; number++)
        {
            proposer.Tell(new RunOperation(Put(number, number)), ActorRefs.Nobody);
        }

        proposer.Tell(new RunOperation(Put(-1, 1)), _asker.Ref);

        Assert.IsType<Unavailable>((await _asker.NextAsync<OperationEnded>()).Outcome);
    }

    private IActorRef Start(ProposerTimes times, bool withLayout = true) => Start(times, () => withLayout ? _replicas.Layout : null);

    private IActorRef Start(ProposerTimes times, Func<Layout?> layout) => Sys.ActorOf(ProposerActor.Props(new ProposerOptions(
        Members.Id(Self), 1, layout, SimValue.Rules, times, _directory, _splitters[Self], _keepers[Self].Ref)
    {
        Epoch = () => Epoch.First,
    }));

    private void Update(bool holderIsReached) => _directory.Update(new PeerView(AddressOf(Self), true, Numbers.ToImmutableSortedDictionary(
        Members.Id, number => new PeerInfo(Card(number), "up", Reachable: number != 3 || holderIsReached))));

    private static RegisterOperation Put(int operation, int payload)
    {
        var id = new OperationId(new Bytes16(1, (ulong)(operation + 1)));
        return new RegisterOperation(
            TestReplicas.Key, id, view => new WriteValue(SimValue.After(view, payload, id)), PartitionClaim.Never, Epoch.First, 0);
    }

    private async Task<ReplicaRequest> RequestAsync(int number) => await _nodes[number].NextAsync<ReplicaRequest>();

    // The next request of that kind, as the acceptor of that replica answers it.
    private async Task AnswerAsync<T>(int number, RowKey? key = null)
        where T : Request
    {
        var request = await _nodes[number].NextAsync<ReplicaRequest>(
            next => next.Request is T && (key is null || next.Request.Header.Key == key));
        Assert.Equal((Members.Id(Self), Members.Id(number)), (request.From, request.To));
        _nodes[number].Reply(new ReplicaReply(
            request.Operation, request.Attempt, Members.Id(number), _replicas.Handle(number, request.Request, Self)));
    }

    private NodeCard Card(int number) => new(
        Members.Id(number), 1, NameOf(number), "zone", 1, AddressOf(number), $"http://127.0.0.1:{number}",
        null, LayoutNumber.None, 3, "", []);

    // An address below which the replica's path is a probe's.
    private string AddressOf(int number) => $"akka://{Sys.Name}/user/{NameOf(number)}";

    private static string NameOf(int number) => $"node{number}";

    /// <summary>Which requests go together depends on what else waits; the specs look at one after the other.</summary>
    private sealed class RequestSplitter(IActorRef target) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            foreach (var request in message is ReplicaRequests batch ? batch.Requests : [(ReplicaRequest)message])
            {
                target.Forward(request);
            }
        }
    }
}
