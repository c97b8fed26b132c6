using System.IO.Pipelines;
using Akka.Actor;
using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using Dfs.Tests.Manifests;
using Dfs.Tests.Placement;
using Dfs.Tests.Simulation;
using static Dfs.Actors.Transfer.TransferProtocol;
using StoredCatalog = Dfs.Storage.CatalogStore.CatalogStore;

namespace Dfs.Tests.Catalog;

/// <summary>Whoever asks a node whose actor system ends in the middle gets an answer, and a true one.</summary>
public sealed class CatalogClientSpec : Akka.TestKit.Xunit2.TestKit
{
    [Fact]
    public async Task A_change_is_indeterminate_and_a_read_unavailable_when_the_actor_system_ends()
    {
        using var folder = new TempFolder();
        using var ended = new CancellationTokenSource();
        var opened = (Dfs.Storage.CatalogStore.CatalogOpenOutcome.Opened)StoredCatalog.Open(folder.Path, Members.Id(1), 1, isUnserved: true, SimValue.Rules);
        await using var store = opened.Store;
        var proposer = new Probe(Sys);
        var client = new CatalogClient(proposer.Ref, store, ended.Token);
        var register = TestReplicas.Key.Register;
        var change = client.ChangeAsync(register, null, _ => new RefuseChange(""), CancellationToken.None);
        var read = client.ReadAsync(register, CancellationToken.None);
        await proposer.NextAsync<CatalogMessages.RunOperation>();
        await proposer.NextAsync<CatalogMessages.RunOperation>();

        await ended.CancelAsync();

        Assert.IsType<Indeterminate>(await change);
        Assert.IsType<Unavailable>(await read);
    }

    [Fact]
    public async Task A_state_from_before_what_was_seen_is_not_believed_unless_it_was_asked_for_before_that()
    {
        using var folder = new TempFolder();
        var opened = (Dfs.Storage.CatalogStore.CatalogOpenOutcome.Opened)StoredCatalog.Open(folder.Path, Members.Id(1), 1, isUnserved: true, SimValue.Rules);
        await using var store = opened.Store;
        var proposer = new Probe(Sys);
        var noticed = new List<WentBack>();
        var client = new CatalogClient(proposer.Ref, store) { Seen = new SeenHeads { Noticed = (_, back) => noticed.Add(back) } };
        var first = Sample.Made(HeadTransition.Put(null, Sample.Put(1)));
        var second = Sample.Made(HeadTransition.Put(first, Sample.Put(2)));

        var slow = client.ReadAsync(first.Register, CancellationToken.None);
        await proposer.NextAsync<CatalogMessages.RunOperation>();
        var slowAsker = proposer.LastSender;
        var change = client.ChangeAsync(first.Register, null, _ => new RefuseChange(""), CancellationToken.None);
        await proposer.NextAsync<CatalogMessages.RunOperation>();
        proposer.Reply(new CatalogMessages.OperationEnded(new ChangeDone(BytesOf(second), default)));
        Assert.IsType<ChangeDone>(await change);
        slowAsker.Tell(new CatalogMessages.OperationEnded(Read(first)));
        Assert.IsType<ReadDone>(await slow);

        Assert.IsType<ReadDone>(await AskAsync(Read(second)));
        // What nobody has found to be signed is a replica's word, and not remembered.
        var third = Sample.Made(HeadTransition.Put(second, Sample.Put(3)));
        Assert.IsType<ReadDone>(await AskAsync(Read(third)));
        Assert.IsType<ReadDone>(await AskAsync(Read(second)));
        Assert.Equal(new WentBack(second.Counter, first.Counter), await AskAsync(Read(first)));
        Assert.Equal([new WentBack(second.Counter, first.Counter)], noticed);
        // Whoever drops a removed file keeps its counter: without one, nobody has removed it. The memory stays, whatever they say.
        Assert.Equal(new WentBack(second.Counter, 0, IsAbsent: true), await AskAsync(new ReadDone(new RegisterView(null, 0), default)));
        Assert.Equal(new WentBack(second.Counter, second.Counter - 1, IsAbsent: true), await AskAsync(new ReadDone(new RegisterView(null, second.Counter - 1), default)));
        Assert.IsType<ReadDone>(await AskAsync(new ReadDone(new RegisterView(null, second.Counter + 1), default)));
        Assert.IsType<WentBack>(await AskAsync(Read(first)));
        Assert.Equal(4, noticed.Count);

        // Nothing is written over such a state either; over what is as new, or newer, it is.
        Assert.Equal(new WentBack(second.Counter, 0, IsAbsent: true), await ChangeAsync(new RegisterView(null, 0)));
        Assert.Equal(new WentBack(second.Counter, first.Counter), await ChangeAsync(new RegisterView(BytesOf(first), 0)));
        Assert.Equal(6, noticed.Count);
        Assert.IsType<ChangeDone>(await ChangeAsync(new RegisterView(BytesOf(second), 0)));
        Assert.IsType<ChangeDone>(await ChangeAsync(new RegisterView(null, second.Counter + 1)));

        client.Seen.Read(third);
        Assert.Equal(new WentBack(third.Counter, second.Counter), await AskAsync(Read(second)));

        async Task<ProposerOutcome> AskAsync(ProposerOutcome answer)
        {
            var read = client.ReadAsync(first.Register, CancellationToken.None);
            await proposer.NextAsync<CatalogMessages.RunOperation>();
            proposer.Reply(new CatalogMessages.OperationEnded(answer));
            return await read;
        }

        // As the proposer does: asks the change what it makes of what a quorum showed.
        async Task<ProposerOutcome> ChangeAsync(RegisterView shown)
        {
            var change = client.ChangeAsync(first.Register, null, _ => new WriteValue(BytesOf(second)), CancellationToken.None);
            var decision = (await proposer.NextAsync<CatalogMessages.RunOperation>()).Operation.Change!(shown);
            proposer.Reply(new CatalogMessages.OperationEnded(
                decision is RefuseChange refused ? new ChangeRefused(refused.Reason, shown) : new ChangeDone(((WriteValue)decision).Value, default)));
            return await change;
        }

        static ReadOnlyMemory<byte> BytesOf(Head head) => HeadCodec.Encode(Sample.Signed(head));

        static ReadDone Read(Head head) => new(new RegisterView(BytesOf(head), 0), default);
    }

    [Fact]
    public async Task A_request_with_no_time_left_sends_nothing_and_one_that_is_not_answered_in_time_is_not_said_to_have_failed()
    {
        using var folder = new TempFolder();
        var opened = (Dfs.Storage.CatalogStore.CatalogOpenOutcome.Opened)StoredCatalog.Open(folder.Path, Members.Id(1), 1, isUnserved: true, SimValue.Rules);
        await using var store = opened.Store;
        var (proposer, time) = (new Probe(Sys), new HandTime());
        var client = new CatalogClient(proposer.Ref, store);
        var register = TestReplicas.Key.Register;
        using (var budget = RequestBudget.Begin(new AnswerLimit(TimeSpan.FromSeconds(12), time)))
        {
            time.Advance(TimeSpan.FromSeconds(7));
            var asked = client.ReadAsync(register, CancellationToken.None);
            Assert.Equal(TimeSpan.FromSeconds(3), (await proposer.NextAsync<CatalogMessages.RunOperation>()).Within);
            proposer.Reply(new CatalogMessages.OperationEnded(new Unavailable()));
            Assert.IsType<Unavailable>(await asked);

            time.Advance(TimeSpan.FromSeconds(3));
            Assert.IsType<Unavailable>(await client.ChangeAsync(register, null, _ => new RefuseChange(""), CancellationToken.None));
            await proposer.NothingComesAsync(TimeSpan.FromMilliseconds(100));
            Assert.False(budget.HasProposed);
        }

        // A proposer that is gone.
        using (var budget = RequestBudget.Begin(new AnswerLimit(TimeSpan.FromSeconds(2.2), TimeProvider.System)))
        {
            Assert.IsType<Indeterminate>(await client.ChangeAsync(register, null, _ => new RefuseChange(""), CancellationToken.None));
            Assert.True(budget.HasProposed);
        }
    }

    [Fact]
    public async Task A_change_that_may_be_done_under_an_epoch_that_passed_is_not_said_to_have_failed_when_nobody_answers_after_that()
    {
        using var folder = new TempFolder();
        var opened = (Dfs.Storage.CatalogStore.CatalogOpenOutcome.Opened)StoredCatalog.Open(folder.Path, Members.Id(1), 1, isUnserved: true, SimValue.Rules);
        await using var store = opened.Store;
        var proposer = new Probe(Sys);
        var client = new CatalogClient(proposer.Ref, store);
        foreach (var (mayBeDone, heard) in new[] { (true, typeof(Indeterminate)), (false, typeof(Unavailable)) })
        {
            var change = client.ChangeAsync(TestReplicas.Key.Register, null, _ => new RefuseChange(""), CancellationToken.None);
            await proposer.NextAsync<CatalogMessages.RunOperation>();
            proposer.Reply(new CatalogMessages.OperationEnded(new EpochPassed(store.Epoch, mayBeDone)));
            await proposer.NextAsync<CatalogMessages.RunOperation>();
            proposer.Reply(new CatalogMessages.OperationEnded(new Unavailable()));

            Assert.IsType(heard, await change);
        }
    }

    [Fact]
    public async Task A_transfer_that_nobody_took_is_refused_when_the_actor_system_ends()
    {
        using var ended = new CancellationTokenSource();
        Assert.True(ObjectKey.TryCreate("files", "key", out var key, out _));
        var put = new StartPut(key, new Pipe().Reader, PutOptions.Default, CancellationToken.None);
        using (put.RefuseWhen(ended.Token))
        {
            await ended.CancelAsync();
        }

        Assert.Equal(DfsOutcome.NotReady, (await put.Answer.Task).Outcome);
    }
}
