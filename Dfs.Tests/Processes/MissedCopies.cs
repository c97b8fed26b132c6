using Dfs.Actors.Client;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>One of three nodes is stopped for a moment amid puts, too short for anyone to call it gone.</summary>
[Collection(OneByOne.Name)]
public sealed class MissedCopies(ITestOutputHelper output)
{
    /// <summary>Each has chunks of its own, so that heads and chunks are missed.</summary>
    private const int FilesMax = 200, SizeBytes = 300_000;

    private const int MissedMin = 10;

    [Fact]
    public async Task What_a_frozen_replica_missed_it_has_soon_after_it_goes_on()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using var nodes = await LocalNodes.StartAsync(output);
        await nodes.WholeAsync(LocalNodes.ReadyTimeout);
        using var client = nodes[0].Connect();
        (await nodes[0].RunAsync("bucket", "create", "pieces")).Succeeded();
        nodes[2].Pause();
        var files = 0;
        for (PlaceStatus? places = null; places is not { Missed: >= MissedMin } && files < FilesMax; files++)
        {
            await client.PutAsync("pieces", $"file-{files}", new ProgressContent(new Content(files, SizeBytes), SizeBytes, static _ => { }), CancellationToken.None);
            places = (await LocalNodes.StatusAsync(nodes[0]))?.Places;
        }

        nodes[2].Continue();

        await Eventually.HoldsAsync(
            async () =>
            {
                var views = await Task.WhenAll(nodes.All.Select(LocalNodes.StatusAsync));
                return views.All(view => view is { Places.MissedWaiting: 0 } && view.Store.Chunks == views[0]!.Store.Chunks);
            },
            LocalNodes.ReadyTimeout, "every node has every chunk, and nothing that was missed waits");
        var written = (await LocalNodes.StatusAsync(nodes[0]))!;
        output.WriteLine($"{files} files, {written.Store.Chunks} chunks; {written.Places.Missed} copies were missed");
        Assert.True(written.Places.Missed >= MissedMin, "something was missed");
    }
}
