using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>A put that breaks off in the middle, and is begun again.</summary>
[Collection(OneByOne.Name)]
public sealed class ResumedPut(ITestOutputHelper output)
{
    private const int SizeBytes = 40_000_000;
    private const int BrokenAtBytes = SizeBytes / 4 * 3;

    /// <summary>What the second attempt may move again of what the first one moved.</summary>
    private const double AgainMax = 0.2;

    private static readonly PutOptions Resumed = PutOptions.Default with { IsResumed = true };

    [Fact]
    public async Task After_its_node_was_killed_hardly_anything_is_sent_again_and_where_equal_content_is_kept_apart_likewise()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        await Assert.ThrowsAsync<CliException>(() => PutAsync(nodes[0], "files", PutOptions.Default, async () =>
        {
            await PeersHoldAsync(nodes, SizeBytes / 4);
            nodes[0].Kill();
        }));
        var moved = await HeldAsync(nodes[1]) + await HeldAsync(nodes[2]);
        Assert.InRange(moved, SizeBytes / 8, 2 * SizeBytes);
        nodes.Start(nodes[0]);
        await nodes.ReadyAsync();

        var file = nodes.PathOf("film");
        await File.WriteAllBytesAsync(file, Content.Bytes(3, SizeBytes));
        var put = (await nodes[0].RunAsync("put", "--resume", file)).Succeeded();

        Assert.Contains("were stored before", put.Said, StringComparison.Ordinal);
        var places = (await LocalNodes.StatusAsync(nodes[0]))!.Places;
        output.WriteLine($"moved before {moved:N0}; {places}");
        Assert.InRange(places.ResentBytes, 0, AgainMax * moved);
        Assert.NotEqual(0, places.SparedBytes);
        Assert.Equal(Content.HashOf(3, SizeBytes), await Content.FetchHashAsync(nodes[2], "film"));

        await KeptApartAsync(nodes);
    }

    // The client goes away this time; the file is then stored once more, which must not look like the first time.
    private async Task KeptApartAsync(LocalNodes nodes)
    {
        (await nodes[0].RunAsync("bucket", "create", "apart", "dedup=off")).Succeeded();
        var held = await HeldAsync(nodes[1]) + await HeldAsync(nodes[2]);
        await Assert.ThrowsAnyAsync<Exception>(() => PutAsync(nodes[0], "apart", Resumed, async () =>
        {
            await PeersHoldAsync(nodes, held + SizeBytes / 2);
            throw new IOException("The client is gone.");
        }));

        var resumed = await PutAsync(nodes[1], "apart", Resumed);
        var again = await PutAsync(nodes[1], "apart", Resumed);

        output.WriteLine($"kept apart: {resumed.FoundBytes:N0} bytes found, and {again.FoundBytes:N0} once more");
        Assert.InRange(resumed.FoundBytes, SizeBytes / 8, BrokenAtBytes);
        Assert.Equal(0, again.FoundBytes);
    }

    /// <param name="inTheMiddle">Runs while the client holds back the rest; an IOException is the client's end.</param>
    private static async Task<AdminAnswer> PutAsync(NodeProcess node, string bucket, PutOptions options, Func<Task>? inTheMiddle = null)
    {
        using var rest = new ManualResetEventSlim(inTheMiddle is null);
        var middle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IOException? end = null;
        using var client = node.Connect();
        await using var content = new Content(3, SizeBytes, reachedBytes =>
        {
            if (reachedBytes > BrokenAtBytes)
            {
                middle.TrySetResult();
                rest.Wait();
                if (end is not null)
                {
                    throw end;
                }
            }
        });
        var put = Task.Run(() => client.PutAsync(bucket, "film", new ProgressContent(content, SizeBytes, static _ => { }), options, CancellationToken.None));
        if (inTheMiddle is not null)
        {
            await middle.Task;
            try
            {
                await inTheMiddle();
            }
            catch (IOException gone)
            {
                end = gone;
            }

            rest.Set();
        }

        return await put;
    }

    // What the client has sent off is not yet what peers hold.
    private static async Task PeersHoldAsync(LocalNodes nodes, long bytes)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await HeldAsync(nodes[1]) + await HeldAsync(nodes[2]) < bytes)
        {
            await Task.Delay(20, patience.Token);
        }
    }

    private static async Task<long> HeldAsync(NodeProcess node) => (await LocalNodes.StatusAsync(node))!.Store.UsedBytes;
}
