using System.Text.Json;
using Dfs.Client.Http;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>What was stored over or removed comes back, from any node.</summary>
[Collection(OneByOne.Name)]
public sealed class Versions(ITestOutputHelper output)
{
    [Fact]
    public async Task Versions_are_kept_read_compared_restored_and_taken_out()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        (await nodes[0].RunAsync("bucket", "create", "papers", "versioned=on", "profile=small")).Succeeded();
        var first = Content.Bytes(1, 2_000_000);
        var second = first.Take(1_000_000).Concat(Content.Bytes(2, 100)).Concat(first.Skip(1_000_000)).ToArray();

        (await nodes[0].RunAsync(first, "put", "-", "draft", "--bucket", "papers", "--if-absent")).Succeeded();
        var one = (await ListAsync(nodes[1]))[0].Version;
        (await nodes[1].RunAsync(second, "put", "-", "draft", "--bucket", "papers", "--if-version", one)).Succeeded();
        (await nodes[2].RunAsync(first, "put", "-", "draft", "--bucket", "papers", "--if-version", one)).Refused(ExitCode.Failed, "another version");
        (await nodes[2].RunAsync(first, "put", "-", "draft", "--bucket", "papers", "--if-absent")).Refused(ExitCode.Failed, "another version");
        var two = (await ListAsync(nodes[2]))[0].Version;

        Assert.Equal(first, (await nodes[2].RunAsync("get", "draft", "-", "--bucket", "papers", "--version", one)).Succeeded().Output);
        Assert.Equal(second, (await nodes[2].RunAsync("get", "draft", "-", "--bucket", "papers")).Succeeded().Output);
        var diff = JsonSerializer.Deserialize((await nodes[0].RunAsync("diff", "draft", "--bucket", "papers", "--json")).Succeeded().Text, AdminJson.Default.AdminDiff)!;
        Assert.Equal((one, two, 2_000_000, 2_000_100), (diff.From, diff.To, diff.FromBytes, diff.ToBytes));
        Assert.InRange(diff.SharedBytes, 1_000_000, 2_000_000);

        // Removed and brought back; what was in between is still there.
        (await nodes[1].RunAsync("rm", "draft", "--bucket", "papers")).Succeeded();
        (await nodes[0].RunAsync("get", "draft", "-", "--bucket", "papers")).Refused(ExitCode.NotFound, "not found");
        Assert.Empty((await nodes[0].RunAsync("ls", "--bucket", "papers")).Succeeded().Text);
        (await nodes[0].RunAsync("bucket", "remove", "papers")).Refused(ExitCode.Failed, "not empty");
        var marker = (await ListAsync(nodes[0]))[0];
        Assert.True(marker.IsDeleteMarker);
        (await nodes[0].RunAsync("restore", "draft", "--bucket", "papers", "--version", marker.Version)).Refused(ExitCode.Failed, "was deleted");
        var before = (await LocalNodes.StatusAsync(nodes[0]))!.Store.Chunks;
        (await nodes[2].RunAsync("restore", "draft", "--bucket", "papers", "--version", one)).Succeeded();
        Assert.Equal(before, (await LocalNodes.StatusAsync(nodes[0]))!.Store.Chunks);
        Assert.Equal(first, (await nodes[0].RunAsync("get", "draft", "-", "--bucket", "papers")).Succeeded().Output);
        Assert.Equal([false, true, false, false], (await ListAsync(nodes[1])).Select(version => version.IsDeleteMarker));

        // The source goes for good, the restored version has a key of its own.
        (await nodes[0].RunAsync("rm", "draft", "--bucket", "papers", "--version", one)).Succeeded();
        (await nodes[1].RunAsync("get", "draft", "-", "--bucket", "papers", "--version", one)).Refused(ExitCode.NotFound, "no version");
        Assert.Equal(first, (await nodes[1].RunAsync("get", "draft", "-", "--bucket", "papers")).Succeeded().Output);
        foreach (var version in await ListAsync(nodes[2]))
        {
            (await nodes[2].RunAsync("rm", "draft", "--bucket", "papers", "--version", version.Version)).Succeeded();
        }

        (await nodes[1].RunAsync("versions", "draft", "--bucket", "papers")).Refused(ExitCode.NotFound, "not found");
        await LongHistoryAsync(nodes);
        await SnapshotAsync(nodes);
    }

    // Made on one node, read on the others; what they hold for settings is never older than the answer.
    private static async Task SnapshotAsync(LocalNodes nodes)
    {
        var (old, next) = (Content.Bytes(71, 300_000), Content.Bytes(72, 300_000));
        (await nodes[0].RunAsync(old, "put", "-", "plan", "--bucket", "papers")).Succeeded();
        (await nodes[0].RunAsync("bucket", "snapshot", "create", "papers", "before")).Succeeded();
        (await nodes[1].RunAsync(next, "put", "-", "plan", "--bucket", "papers")).Succeeded();
        (await nodes[1].RunAsync(next, "put", "-", "later", "--bucket", "papers")).Succeeded();

        Assert.Equal(old, (await nodes[2].RunAsync("get", "plan", "-", "--bucket", "papers", "--snapshot", "before")).Succeeded().Output);
        Assert.Equal(old[5..10], (await nodes[2].RunAsync("get", "plan", "-", "--bucket", "papers", "--snapshot", "before", "--range", "5-9")).Succeeded().Output);
        var listing = (await nodes[2].RunAsync("ls", "--bucket", "papers", "--snapshot", "before")).Succeeded().Text;
        Assert.Contains("plan", listing, StringComparison.Ordinal);
        Assert.DoesNotContain("later", listing, StringComparison.Ordinal);
        Assert.Contains("before", (await nodes[1].RunAsync("bucket", "snapshot", "list", "papers")).Succeeded().Text, StringComparison.Ordinal);

        (await nodes[1].RunAsync("bucket", "snapshot", "restore", "papers", "before")).Succeeded();
        Assert.Equal(old, (await nodes[0].RunAsync("get", "plan", "-", "--bucket", "papers")).Succeeded().Output);
        (await nodes[0].RunAsync("get", "later", "-", "--bucket", "papers")).Refused(ExitCode.NotFound, "not found");
        (await nodes[0].RunAsync("bucket", "set", "papers", "versioned=off")).Refused(ExitCode.Failed, "has snapshots");
        (await nodes[0].RunAsync("bucket", "snapshot", "rm", "papers", "before")).Succeeded();
        (await nodes[2].RunAsync("ls", "--bucket", "papers", "--snapshot", "before")).Refused(ExitCode.NotFound, "no snapshot");
    }

    // More than a head holds of manifests: every version comes back, and the oldest is the current one in the end.
    private static async Task LongHistoryAsync(LocalNodes nodes)
    {
        using var client = nodes[1].Connect();
        for (var i = 0; i < 40; i++)
        {
            using var content = new ByteArrayContent(Content.Bytes(i, 2_000));
            await client.PutAsync("papers", "note", content, CancellationToken.None);
        }

        var versions = await ListAsync(nodes[2], "note");
        Assert.Equal(40, versions.Count);
        Assert.Equal(versions.Take(3), await ListAsync(nodes[0], "note", "--max", "3"));
        for (var i = 0; i < 40; i += 13)
        {
            Assert.Equal(
                Content.Bytes(39 - i, 2_000),
                (await nodes[2].RunAsync("get", "note", "-", "--bucket", "papers", "--version", versions[i].Version)).Succeeded().Output);
        }

        // One out of the middle of the pages goes, the oldest one is restored from there, and all newer ones go one by one.
        await RemoveAsync(client, versions[30]);
        (await nodes[2].RunAsync("get", "note", "-", "--bucket", "papers", "--version", versions[30].Version)).Refused(ExitCode.NotFound, "no version");
        (await nodes[0].RunAsync("restore", "note", "--bucket", "papers", "--version", versions[39].Version)).Succeeded();
        Assert.Equal(Content.Bytes(0, 2_000), (await nodes[1].RunAsync("get", "note", "-", "--bucket", "papers")).Succeeded().Output);
        await SharedAndShreddedAsync(nodes, versions[35].Version);
        foreach (var version in (await ListAsync(nodes[1], "note")).SkipLast(1))
        {
            await RemoveAsync(client, version);
        }

        Assert.Equal(Content.Bytes(0, 2_000), (await nodes[0].RunAsync("get", "note", "-", "--bucket", "papers")).Succeeded().Output);
        Assert.Contains("2,000", (await nodes[0].RunAsync("ls", "--bucket", "papers")).Succeeded().Text, StringComparison.Ordinal);
    }

    // Out of the pages: only it can be read by its share, and with it goes all that opened it.
    private static async Task SharedAndShreddedAsync(LocalNodes nodes, string version)
    {
        var capability = (await nodes[0].RunAsync("share", "note", "--bucket", "papers", "--version", version)).Succeeded().Text.Trim();
        Assert.Equal(Content.Bytes(4, 2_000), (await nodes[2].RunAsync("get", capability, "-")).Succeeded().Output);
        (await nodes[0].RunAsync("share", "note", "--bucket", "papers", "--version", new string('f', 32))).Refused(ExitCode.NotFound, "not found");

        var shredded = (await nodes[1].RunAsync("rm", "note", "--bucket", "papers", "--version", version, "--shred")).Succeeded().Errors;
        Assert.Contains("The key before is destroyed", shredded, StringComparison.Ordinal);
        (await nodes[2].RunAsync("get", capability, "-")).Refused(ExitCode.NotAllowed, "not in force");
        (await nodes[0].RunAsync("get", "note", "-", "--bucket", "papers", "--version", version)).Refused(ExitCode.NotFound, "no version");
        Assert.Equal(Content.Bytes(0, 2_000), (await nodes[0].RunAsync("get", "note", "-", "--bucket", "papers")).Succeeded().Output);
    }

    private static async Task RemoveAsync(NodeClient client, AdminVersion version)
    {
        Assert.True(VersionId.TryParse(version.Version, out var id));
        await client.RemoveAsync("papers", "note", id, CancellationToken.None);
    }

    private static async Task<IReadOnlyList<AdminVersion>> ListAsync(NodeProcess node, string key = "draft", params string[] options)
    {
        var text = (await node.RunAsync(["versions", key, "--bucket", "papers", "--json", .. options])).Succeeded().Text;
        return JsonSerializer.Deserialize(text, AdminJson.Default.AdminVersions)!.Versions;
    }
}
