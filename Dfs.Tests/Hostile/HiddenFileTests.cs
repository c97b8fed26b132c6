using System.IO.Pipelines;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Storage.Keyring;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Hostile;

/// <summary>A file that a node has seen, and of which every replica then says that there never was one.</summary>
public sealed class HiddenFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_an_error_and_no_file_that_is_not_there_and_nothing_is_written_over_it_until_the_node_is_started_again()
    {
        using (var keys = OwnerKeys.Create(FreshRandom.Draw))
        {
            Assert.IsType<KeyringOutcome.Created>(KeyringFile.Create(SoloNode.KeyringIn(_folder.Path), keys, null));
        }

        var exchanged = Path.Combine(_folder.Path, "exchanged");
        var content = TestBytes.Random(1, 900);
        await using (var node = await SoloNode.StartAsync(_folder.Path, start: 1))
        {
            await node.PutAsync("seen", content);
            await node.PutAsync("removed", content);
            Assert.Equal(DfsOutcome.Done, (await node.Client.RemoveAsync(SoloNode.KeyOf("removed"), default)).Outcome);
        }

        await using (var node = await SoloNode.StartAsync(_folder.Path, start: 2))
        {
            Assert.Equal(content, await node.GetAsync("seen"));
            Assert.Equal(DfsOutcome.NotFound, (await node.Client.OpenAsync(SoloNode.KeyOf("removed"), default)).Outcome);

            await node.ExchangeReplicaAsync(exchanged);

            var opened = await node.Client.OpenAsync(SoloNode.KeyOf("seen"), default);
            Assert.Equal(DfsOutcome.Damaged, opened.Outcome);
            Assert.Contains("this node has seen it (change 1), and it was not removed since", opened.Detail, StringComparison.Ordinal);
            var put = await node.Client.PutAsync(SoloNode.KeyOf("seen"), PipeReader.Create(new MemoryStream(content)), PutOptions.Default, default);
            Assert.Equal(DfsOutcome.Damaged, put.Outcome);
            Assert.Equal(DfsOutcome.Damaged, (await node.Client.RemoveAsync(SoloNode.KeyOf("seen"), default)).Outcome);
            // A removal that nobody remembers either.
            Assert.Equal(DfsOutcome.Damaged, (await node.Client.OpenAsync(SoloNode.KeyOf("removed"), default)).Outcome);
            Assert.Equal(DfsOutcome.NotFound, (await node.Client.OpenAsync(SoloNode.KeyOf("never there"), default)).Outcome);
            Assert.Equal([new WentBack(1, 0, true), new(1, 0, true), new(1, 0, true), new(2, 0, true)], node.WentBack);
        }

        // A person has looked, and it is meant: the disks are lost.
        File.Copy(SoloNode.KeyringIn(_folder.Path), SoloNode.KeyringIn(exchanged));
        await using (var node = await SoloNode.StartAsync(exchanged, start: 2))
        {
            Assert.Equal(DfsOutcome.NotFound, (await node.Client.OpenAsync(SoloNode.KeyOf("seen"), default)).Outcome);
            await node.PutAsync("seen", content);
            Assert.Equal(content, await node.GetAsync("seen"));
            Assert.Empty(node.WentBack);
        }
    }
}
