using System.Security.Cryptography;
using System.Text.Json;
using Dfs.Core.Listing;
using Dfs.Node.Cli;
using Dfs.Node.Folders;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary><c>dfs sync</c> and <c>dfs watch</c>: the real program between a folder and a node.</summary>
[Collection(OneByOne.Name)]
public sealed class SyncedFolders(ITestOutputHelper output)
{
    private static readonly DateTime OldTime = new(2001, 2, 3, 4, 5, 6, 789, DateTimeKind.Utc);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Both_sides_become_alike_in_either_direction_and_nothing_is_removed_while_something_failed()
    {
        await using var nodes = new LocalNodes(1, output);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var node = nodes[0];
        Write(nodes, "a/one", "1");
        Write(nodes, "a/sub/two", "22");
        Write(nodes, "a/three", "333");

        Assert.Equal(3, (await StepsAsync(node, "a", "dfs:x", "--dry-run")).Steps.Count);
        Assert.Empty(await NamesAsync(node));
        Assert.Equal((3, 0, 0), Counts(await StepsAsync(node, "a", "dfs:x")));
        Assert.Equal((0, 0, 3), Counts(await StepsAsync(node, "a", "dfs:x")));
        Assert.Equal((3, 0, 0), Counts(await StepsAsync(node, "dfs:x", "b")));
        Assert.Equal((0, 0, 3), Counts(await StepsAsync(node, "dfs:x", "b")));
        // The other way round the fetched files are the same, too.
        Assert.Equal((0, 0, 3), Counts(await StepsAsync(node, "b", "dfs:x")));

        // An older time counts as much as a newer one, and so does a size.
        Write(nodes, "a/one", "2");
        File.SetLastWriteTimeUtc(nodes.PathOf("a/one"), OldTime);
        Write(nodes, "a/three", "4444");
        File.Delete(nodes.PathOf("a/sub/two"));
        var dry = await StepsAsync(node, "a", "dfs:x", "--delete", "--dry-run");
        Assert.Equal([("store", "one", "time"), ("store", "three", "size"), ("remove", "sub/two", "absent")], dry.Steps.Select(step => (step.Action, step.Name, step.Because)));
        Assert.Equal((2, 1, 0), Counts(await StepsAsync(node, "a", "dfs:x", "--delete")));
        Assert.Equal((2, 1, 0), Counts(await StepsAsync(node, "dfs:x", "b", "--delete")));
        Assert.Equal("2", await File.ReadAllTextAsync(nodes.PathOf("b/one")));
        Assert.Equal(OldTime, File.GetLastWriteTimeUtc(nodes.PathOf("b/one")));
        Assert.False(Directory.Exists(nodes.PathOf("b/sub")));

        await FailuresKeepAllAsync(nodes, node);
        await ContentsAsync(nodes, node);
        (await node.RunAsync("sync", "a", "b")).Refused(ExitCode.Usage, "dfs:");
        (await node.RunAsync("sync", "nowhere", "dfs:x")).Refused(ExitCode.Usage, "no folder");
    }

    private static async Task FailuresKeepAllAsync(LocalNodes nodes, NodeProcess node)
    {
        // A key has at most 1,024 bytes; below three folders of 250 a file of 250 has more with the prefix.
        var deep = string.Join('/', Enumerable.Repeat(new string('d', 250), 3)) + "/" + new string('f', 250) + "/" + new string('g', 30);
        Write(nodes, $"a/{deep}", "x");
        Write(nodes, "a/four", "4");
        File.Delete(nodes.PathOf("a/one"));

        var report = await node.RunAsync("sync", "a", "dfs:x", "--delete");

        report.Refused(ExitCode.Usage, "1024", "1 were not removed");
        Assert.Equal(["x/four", "x/one", "x/three"], await NamesAsync(node));
        File.Delete(nodes.PathOf($"a/{deep}"));
        Assert.Equal((0, 1, 2), Counts(await StepsAsync(node, "a", "dfs:x", "--delete")));
        Directory.CreateDirectory(nodes.PathOf("empty"));
        (await node.RunAsync("sync", "empty", "dfs:x", "--delete")).Refused(ExitCode.Usage, "--yes");
        Assert.Equal(["x/four", "x/three"], await NamesAsync(node));
    }

    private static async Task ContentsAsync(LocalNodes nodes, NodeProcess node)
    {
        // Same size, same time, other content: only a comparison of contents sees it; once without and once with a digest in the store.
        for (var round = 0; round < 2; round++)
        {
            var time = File.GetLastWriteTimeUtc(nodes.PathOf("a/three"));
            await File.WriteAllTextAsync(nodes.PathOf("a/three"), $"55{round}5");
            File.SetLastWriteTimeUtc(nodes.PathOf("a/three"), time);
            Assert.Equal((0, 0, 2), Counts(await StepsAsync(node, "a", "dfs:x")));
            Assert.Equal([("store", "three", "content")], (await StepsAsync(node, "a", "dfs:x", "--checksum", "--dry-run")).Steps.Select(step => (step.Action, step.Name, step.Because)));
            Assert.Equal((1, 0, 1), Counts(await StepsAsync(node, "a", "dfs:x", "--checksum")));
        }

        // Of several chunks, and of none.
        Write(nodes, "a/large", new string('l', 5_000_000));
        Write(nodes, "a/empty", "");
        Assert.Equal((2, 0, 2), Counts(await StepsAsync(node, "a", "dfs:x", "--checksum")));

        using var client = node.Connect();
        var listing = await client.ListAsync("files", ListOptions.All, CancellationToken.None);
        Assert.All(
            ["three", "large", "empty"],
            name => Assert.Equal(
                Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, File.ReadAllBytes(nodes.PathOf($"a/{name}")))),
                listing.Entries.Single(file => file.Name == $"x/{name}").ETag));
        Assert.Equal((0, 0, 4), Counts(await StepsAsync(node, "a", "dfs:x", "--checksum")));
    }

    [Fact]
    public async Task A_watched_folder_is_in_the_store_soon_after_it_changed_also_when_the_node_was_away()
    {
        await using var nodes = new LocalNodes(1, output);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var node = nodes[0];
        Write(nodes, "w/before", "1");
        using var watch = DfsProgram.Start(
            nodes.Folder, ["watch", "w", "x", "--delete", "--settle", "100ms", "--every", "1m", "--until-input-ends", "--node", node.Url, "--token-file", node.TokenFile]);
        var said = watch.StandardError.ReadToEndAsync();
        try
        {
            await StoresAsync(node, "x/before");
            Write(nodes, "w/sub/new", "22");
            await StoresAsync(node, "x/before", "x/sub/new");
            File.Delete(nodes.PathOf("w/before"));
            await StoresAsync(node, "x/sub/new");

            node.Kill();
            Write(nodes, "w/meanwhile", "333");
            nodes.Start(node);
            await nodes.ReadyAsync();
            await StoresAsync(node, "x/meanwhile", "x/sub/new");

            watch.StandardInput.Close();
            using var patience = new CancellationTokenSource(Patience);
            await watch.WaitForExitAsync(patience.Token);
            Assert.Equal(ExitCode.Done, watch.ExitCode);
        }
        finally
        {
            if (!watch.HasExited)
            {
                watch.Kill();
            }

            output.WriteLine(await said);
        }
    }

    private static Task StoresAsync(NodeProcess node, params string[] names) => Eventually.HoldsAsync(
        async () =>
        {
            try
            {
                return (await NamesAsync(node)).SequenceEqual(names);
            }
            catch (CliException notYet) when (notYet.ExitCode == ExitCode.TryAgain)
            {
                return false;
            }
        },
        Patience, $"the store has {string.Join(", ", names)}");

    private static async Task<SyncReport> StepsAsync(NodeProcess node, params string[] words) =>
        JsonSerializer.Deserialize((await node.RunAsync([.. words.Prepend("sync"), "--json"])).Succeeded().Text, SyncJson.Default.SyncReport)!;

    private static (int Copied, int Removed, int Same) Counts(SyncReport report) => (report.Copies.Done, report.Removed, report.Same);

    private static async Task<string[]> NamesAsync(NodeProcess node)
    {
        using var client = node.Connect();
        return [.. (await client.ListAsync("files", ListOptions.All, CancellationToken.None)).Entries.Select(file => file.Name)];
    }

    private static void Write(LocalNodes nodes, string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(nodes.PathOf(name))!);
        File.WriteAllText(nodes.PathOf(name), text);
    }
}
