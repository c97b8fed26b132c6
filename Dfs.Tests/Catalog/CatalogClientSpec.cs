using System.IO.Pipelines;
using Akka.Actor;
using Dfs.Actors.Catalog;
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
        Assert.Equal(new WentBack(second.Counter, first.Counter), await AskAsync(Read(first)));
        Assert.Equal([new WentBack(second.Counter, first.Counter)], noticed);
        // Nothing there may be a removal that was forgotten; and the memory stays.
        Assert.IsType<ReadDone>(await AskAsync(new ReadDone(new RegisterView(null, 0), default)));
        Assert.IsType<WentBack>(await AskAsync(Read(first)));

        async Task<ProposerOutcome> AskAsync(ProposerOutcome answer)
        {
            var read = client.ReadAsync(first.Register, CancellationToken.None);
            await proposer.NextAsync<CatalogMessages.RunOperation>();
            proposer.Reply(new CatalogMessages.OperationEnded(answer));
            return await read;
        }

        static ReadOnlyMemory<byte> BytesOf(Head head) => HeadCodec.Encode(Sample.Signed(head));

        static ReadDone Read(Head head) => new(new RegisterView(BytesOf(head), 0), default);
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
