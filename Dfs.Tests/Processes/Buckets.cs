using System.Text.Json;
using Dfs.Gateway.Admin;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Buckets are made, changed and removed on one node and count on all.</summary>
[Collection(OneByOne.Name)]
public sealed class Buckets(ITestOutputHelper output)
{
    [Fact]
    public async Task A_bucket_is_made_on_one_node_and_its_settings_count_on_every_other_from_the_answer_on()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        await File.WriteAllBytesAsync(nodes.PathOf("a"), Content.Bytes(1, 1_000_000));

        (await nodes[1].RunAsync("put", "a", "--bucket", "photos")).Refused(ExitCode.NotFound, "no bucket 'photos'", "dfs bucket create photos");
        (await nodes[0].RunAsync("bucket", "create", "photos", "profile=small")).Succeeded();
        (await nodes[2].RunAsync("bucket", "create", "photos")).Refused(ExitCode.Failed, "already");
        Assert.Equal([("files", "default", "on"), ("photos", "small", "on")], await ListAsync(nodes[2]));

        // Equal content, one set of chunks; without deduplication another set for each put. Node 2 has asked for the settings just before.
        (await nodes[1].RunAsync("put", "a", "--bucket", "photos")).Succeeded();
        var once = await ChunksAsync(nodes[1]);
        Assert.InRange(once, 5, 60);
        (await nodes[1].RunAsync("put", "a", "again", "--bucket", "photos")).Succeeded();
        Assert.Equal(once, await ChunksAsync(nodes[1]));
        (await nodes[0].RunAsync("bucket", "set", "photos", "dedup=off")).Succeeded();
        (await nodes[1].RunAsync("put", "a", "apart", "--bucket", "photos")).Succeeded();
        Assert.Equal(2 * once, await ChunksAsync(nodes[1]));
        Assert.Equal(await File.ReadAllBytesAsync(nodes.PathOf("a")), (await nodes[2].RunAsync("get", "apart", "-", "--bucket", "photos")).Succeeded().Output);

        (await nodes[0].RunAsync("bucket", "set", "photos", "profile=huge")).Refused(ExitCode.Usage, "'profile' is 'default' or 'small'");
        (await nodes[0].RunAsync("bucket", "remove", "photos")).Refused(ExitCode.Failed, "not empty");
        foreach (var key in new[] { "a", "again", "apart" })
        {
            (await nodes[0].RunAsync("rm", key, "--bucket", "photos")).Succeeded();
        }

        (await nodes[0].RunAsync("bucket", "remove", "photos")).Succeeded();
        (await nodes[1].RunAsync("put", "a", "--bucket", "photos")).Refused(ExitCode.NotFound, "no bucket 'photos'");
        (await nodes[1].RunAsync("bucket", "remove", "files")).Refused(ExitCode.Failed, "always there");
        Assert.Equal([("files", "default", "on")], await ListAsync(nodes[1]));
    }

    private static async Task<IEnumerable<(string Name, string Profile, string Dedup)>> ListAsync(NodeProcess node)
    {
        var text = (await node.RunAsync("bucket", "list", "--json")).Succeeded().Text;
        return JsonSerializer.Deserialize(text, AdminJson.Default.AdminBuckets)!.Buckets
            .Select(bucket => (bucket.Name, bucket.Settings["profile"], bucket.Settings["dedup"]));
    }

    // All three nodes hold every chunk; a put may be answered before this one has the last.
    private static async Task<long> ChunksAsync(NodeProcess node)
    {
        long before, now = -1;
        do
        {
            before = now;
            await Task.Delay(TimeSpan.FromMilliseconds(400));
            now = (await LocalNodes.StatusAsync(node))!.Store.Chunks;
        }
        while (now != before);
        return now;
    }
}
