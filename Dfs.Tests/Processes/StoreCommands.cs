using System.Text.Json;
using Dfs.Core.Primitives;
using Dfs.Node.Cli;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Processes;

/// <summary><c>dfs verify</c> and <c>dfs convert</c> on the directory of a node that does not run.</summary>
public sealed class StoreCommands : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Data => Path.Combine(_folder.Path, "data");

    private string Chunks => Path.Combine(Data, "chunks");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_store_is_converted_there_and_back_and_verified_in_between()
    {
        var chunks = Enumerable.Range(0, 40).Select(i => SampleChunk.Of(i, 1000 * i)).ToList();
        await FillAsync(StoreLayout.Folders, chunks);

        foreach (var layout in new[] { "segments", "folders", "segments" })
        {
            (await RunAsync("convert", Data, "--to", layout)).Succeeded();

            var verified = JsonDocument.Parse((await RunAsync("verify", Data, "--json")).Succeeded().Text).RootElement;
            Assert.Equal(layout, Assert.Single(verified.GetProperty("layouts").EnumerateArray()).GetString());
            Assert.Equal(chunks.Count, verified.GetProperty("chunks").GetInt32());
            Assert.Equal(chunks.Select(chunk => chunk.Id).Order(), StoredChunk.Below(Chunks).Select(chunk => chunk.Id).Order());
        }
    }

    [Theory]
    [InlineData(StoreLayout.Segments)]
    [InlineData(StoreLayout.Folders)]
    public async Task A_damaged_chunk_is_named(StoreLayout layout)
    {
        await FillAsync(layout, [SampleChunk.Of(1, 5_000), SampleChunk.Of(2, 5_000)]);
        var damaged = StoredChunk.Below(Chunks).Single(chunk => chunk.Id == SampleChunk.Of(2, 0).Id);
        damaged.FlipOneByte();

        var end = await RunAsync("verify", Data);

        Assert.Equal(ExitCode.Damaged, end.ExitCode);
        Assert.Contains(damaged.Id.ToString(), end.Text, StringComparison.Ordinal);
        Assert.Contains("1 chunk whole", end.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_stopped_node_is_refused()
    {
        (await RunAsync("verify", Data)).Refused(ExitCode.Usage, Data);
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "letter.txt"), "not ours");
        (await RunAsync("convert", Data, "--to", "folders")).Refused(ExitCode.DataDirectory, "letter.txt");
        (await RunAsync("convert", Data, "--to", "files")).Refused(ExitCode.Usage, "files");
        File.Delete(Path.Combine(Data, "letter.txt"));
        using var running = OpenDirectory();
        (await RunAsync("verify", Data)).Refused(ExitCode.DataDirectory, "in use", "a running node");
    }

    private DataDirectory OpenDirectory() => Assert.IsType<DataDirectoryOutcome.Opened>(
        DataDirectory.Open(HostDisk.Instance, Data, "a running node", () => new ReplicaId(new byte[16]))).Directory;

    private async Task FillAsync(StoreLayout layout, IEnumerable<SampleChunk> chunks)
    {
        using var directory = OpenDirectory();
        var opened = Assert.IsType<ChunkStoresOutcome.Opened>(
            ChunkStores.Open(HostDisk.Instance, directory.ChunksPath, new BufferPool(), layout, _ => { }));
        await using var store = opened.Store;
        foreach (var chunk in chunks)
        {
            Assert.True((await store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, default)).IsDurable);
        }
    }

    private Task<CommandEnd> RunAsync(params string[] arguments) => DfsProgram.RunAsync(_folder.Path, arguments);
}
