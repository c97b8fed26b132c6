using System.IO.Pipelines;
using Dfs.Actors.Catalog;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
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
