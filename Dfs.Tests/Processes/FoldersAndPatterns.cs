using System.Text.Json;
using Dfs.Client;
using Dfs.Node.Cli;
using Dfs.Node.Folders;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Many files by one command: folders and patterns in put, get and rm, with the real program.</summary>
[Collection(OneByOne.Name)]
public sealed class FoldersAndPatterns(ITestOutputHelper output)
{
    private static readonly DateTime OldTime = new(2001, 2, 3, 4, 5, 6, 789, DateTimeKind.Utc);

    [Fact]
    public async Task A_folder_goes_to_the_store_and_comes_back_with_its_times_and_nothing_beside_it_is_touched()
    {
        await using var nodes = new LocalNodes(1, output);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var node = nodes[0];
        Make(nodes, "album/a.jpg", 10);
        Make(nodes, "album/sub/b.jpg", 300_000);
        Make(nodes, "album/sub/deep/c ü[1].txt", 0);
        Make(nodes, "album/left.dfs-partial", 5);
        File.SetLastWriteTimeUtc(nodes.PathOf("album/a.jpg"), OldTime);
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(nodes.PathOf("album/link"), "/etc/passwd");
            Directory.CreateSymbolicLink(nodes.PathOf("album/loop"), nodes.Folder);
        }

        (await node.RunAsync("put", "album")).Refused(ExitCode.Usage, "-r");
        var put = (await node.RunAsync("put", "-r", "album", "--concurrency", "2")).Succeeded();
        Assert.Contains("stored 3 files, 300,010 bytes", put.Errors, StringComparison.Ordinal);
        Assert.Contains("left out left.dfs-partial", put.Errors, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Contains("left out link: it is a symbolic link", put.Errors, StringComparison.Ordinal);
            Assert.Contains("left out loop: it is a symbolic link", put.Errors, StringComparison.Ordinal);
        }

        Assert.Equal(["album/a.jpg", "album/sub/b.jpg", "album/sub/deep/c ü[1].txt"], await NamesAsync(node));

        (await node.RunAsync("get", "-r", "album", "back")).Succeeded();
        foreach (var name in new[] { "a.jpg", "sub/b.jpg", "sub/deep/c ü[1].txt" })
        {
            Assert.Equal(await File.ReadAllBytesAsync(nodes.PathOf($"album/{name}")), await File.ReadAllBytesAsync(nodes.PathOf($"back/{name}")));
            Assert.Equal(File.GetLastWriteTimeUtc(nodes.PathOf($"album/{name}")), File.GetLastWriteTimeUtc(nodes.PathOf($"back/{name}")));
        }

        Assert.Equal(3, Directory.GetFiles(nodes.PathOf("back"), "*", SearchOption.AllDirectories).Length);
        (await node.RunAsync("get", "-r", "nowhere", "back")).Refused(ExitCode.NotFound, "nowhere/");

        await PatternsAsync(nodes, node);
        await CopiesAsync(nodes, node);
        await RemovalsAsync(node);
    }

    private static async Task PatternsAsync(LocalNodes nodes, NodeProcess node)
    {
        (await node.RunAsync("put", "album/**/*.jpg", "pictures/")).Succeeded();
        Assert.Equal(["pictures/a.jpg", "pictures/sub/b.jpg"], await NamesAsync(node, "pictures"));
        (await node.RunAsync("put", "album/a.jpg", "album/sub/b.jpg", "flat/")).Succeeded();
        Assert.Equal(["flat/a.jpg", "flat/b.jpg"], await NamesAsync(node, "flat"));
        (await node.RunAsync("put", "album/a.jpg", "album/sub/b.jpg")).Refused(ExitCode.Usage, "--to");
        (await node.RunAsync("put", "album/*.png", "x/")).Refused(ExitCode.Usage, "matches");
        (await node.RunAsync("put", "album/a.jpg", "back/a.jpg", "--to", "x")).Refused(ExitCode.Usage, "both be stored");

        // A file that is called like a pattern is meant itself.
        (await node.RunAsync("get", "album/sub/deep/c ü[1].txt", "one")).Succeeded();
        Assert.Equal(0, new FileInfo(nodes.PathOf("one")).Length);
        using var summary = JsonDocument.Parse((await node.RunAsync("get", "pictures/**", "some", "--json")).Succeeded().Text);
        Assert.Equal(2, summary.RootElement.GetProperty("done").GetInt32());
        Assert.True(File.Exists(nodes.PathOf("some/sub/b.jpg")));
    }

    private static async Task CopiesAsync(LocalNodes nodes, NodeProcess node)
    {
        (await node.RunAsync("bucket", "create", "copies", "versioned=on")).Succeeded();
        (await node.RunAsync("cp", "-r", "album", "kept", "--to-bucket", "copies")).Succeeded();
        (await node.RunAsync("cp", "album/**/*.jpg", "flat/more/", "--json")).Succeeded();
        Assert.Equal(["flat/a.jpg", "flat/b.jpg", "flat/more/a.jpg", "flat/more/sub/b.jpg"], await NamesAsync(node, "flat"));
        Assert.Contains("copied flat/more/sub/b.jpg to alone/b.jpg: 300,000 bytes", (await node.RunAsync("cp", "flat/more/sub/b.jpg", "alone/")).Succeeded().Errors, StringComparison.Ordinal);
        (await node.RunAsync("rm", "-r", "flat/more", "--yes")).Succeeded();

        // It is a file of its own, with the times of the original.
        (await node.RunAsync("get", "alone/b.jpg", "copy.jpg")).Succeeded();
        Assert.Equal(Content.Bytes(300_000, 300_000), await File.ReadAllBytesAsync(nodes.PathOf("copy.jpg")));
        (await node.RunAsync("get", "-r", "kept", "copied", "--bucket", "copies")).Succeeded();
        Assert.Equal(OldTime, File.GetLastWriteTimeUtc(nodes.PathOf("copied/a.jpg")));

        // An older version, over a newer one; and what is refused.
        using var before = JsonDocument.Parse((await node.RunAsync("versions", "kept/a.jpg", "--bucket", "copies", "--json")).Succeeded().Text);
        var older = before.RootElement.GetProperty("versions")[0].GetProperty("version").GetString()!;
        (await node.RunAsync("put", "album/sub/b.jpg", "kept/a.jpg", "--bucket", "copies")).Succeeded();
        (await node.RunAsync("cp", "kept/a.jpg", "old.jpg", "--bucket", "copies", "--version", older)).Succeeded();
        (await node.RunAsync("get", "old.jpg", "old.jpg", "--bucket", "copies")).Succeeded();
        Assert.Equal(10, new FileInfo(nodes.PathOf("old.jpg")).Length);
        (await node.RunAsync("cp", "kept/a.jpg", "old.jpg", "--bucket", "copies", "--if-absent")).Refused(ExitCode.Failed, "The condition does not hold");
        (await node.RunAsync("cp", "alone/b.jpg", "alone/b.jpg")).Refused(ExitCode.Usage, "onto itself");
        (await node.RunAsync("cp", "nothing", "there")).Refused(ExitCode.NotFound, "not found");
        (await node.RunAsync("cp", "-r", "nothing", "there")).Refused(ExitCode.NotFound, "nothing/");
        (await node.RunAsync("cp", "alone/b.jpg", "there", "--to-bucket", "no-such-bucket")).Refused(ExitCode.NotFound, "no-such-bucket");
        (await node.RunAsync("rm", "alone/b.jpg")).Succeeded();
    }

    private static async Task RemovalsAsync(NodeProcess node)
    {
        (await node.RunAsync("rm", "-r", "pictures")).Refused(ExitCode.Usage, "2 files, 300,010 bytes", "--yes");
        Assert.Equal(2, (await NamesAsync(node, "pictures")).Length);
        Assert.Contains("removed 2 files", (await node.RunAsync("y\n"u8.ToArray(), "rm", "-r", "pictures")).Succeeded().Errors, StringComparison.Ordinal);
        (await node.RunAsync("rm", "album/**/[ab].jpg", "--yes")).Succeeded();
        Assert.Equal(["album/sub/deep/c ü[1].txt", "flat/a.jpg", "flat/b.jpg"], await NamesAsync(node));
        (await node.RunAsync("rm", "-r", "pictures", "--yes")).Refused(ExitCode.NotFound, "pictures");
    }

    [Fact]
    public async Task Names_that_would_lead_out_of_the_folder_are_reported_and_the_others_come()
    {
        await using var nodes = new LocalNodes(1, output);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var node = nodes[0];
        using (var client = node.Connect())
        {
            foreach (var name in new[] { "p/good", "p/../../escaped", "p//double", "p/into/file", $"p/{new string('n', 300)}" })
            {
                await client.PutAsync("files", name, new ByteArrayContent([1, 2, 3]), PutOptions.Default, CancellationToken.None);
            }
        }

        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(nodes.PathOf("elsewhere"));
            Directory.CreateDirectory(nodes.PathOf("out"));
            Directory.CreateSymbolicLink(nodes.PathOf("out/into"), nodes.PathOf("elsewhere"));
        }

        var got = await node.RunAsync("get", "-r", "p", "out", "--json");

        Assert.Equal(ExitCode.Usage, got.ExitCode);
        var summary = JsonSerializer.Deserialize(got.Text, FoldersJson.Default.TransferSummary)!;
        string[] refused = ["p/../../escaped", "p//double", .. OperatingSystem.IsWindows() ? (string[])[] : ["p/into/file"], $"p/{new string('n', 300)}"];
        Assert.Equal(refused.Order(StringComparer.Ordinal), summary.Failed.Select(file => file.Name));
        Assert.True(File.Exists(nodes.PathOf("out/good")));
        Assert.False(File.Exists(nodes.PathOf("escaped")));
        Assert.Empty(Directory.Exists(nodes.PathOf("elsewhere")) ? Directory.GetFiles(nodes.PathOf("elsewhere")) : []);
    }

    [Fact]
    public void Pipes_are_left_out_instead_of_waited_for()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var folder = Directory.CreateTempSubdirectory("dfs-scan-");
        using (var made = System.Diagnostics.Process.Start("mkfifo", Path.Combine(folder.FullName, "pipe")))
        {
            made.WaitForExit();
            Assert.Equal(0, made.ExitCode);
        }

        File.WriteAllText(Path.Combine(folder.FullName, "file"), "x");

        var scan = FolderScan.Of(folder.FullName);

        Assert.Equal(["file"], scan.Files.Select(file => file.Name));
        Assert.Equal(["pipe"], scan.LeftOut.Select(left => left.Name));
        folder.Delete(recursive: true);
    }

    private static async Task<string[]> NamesAsync(NodeProcess node, string prefix = "")
    {
        using var listing = JsonDocument.Parse((await node.RunAsync("ls", prefix, "--json")).Succeeded().Text);
        return [.. listing.RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)];
    }

    private static void Make(LocalNodes nodes, string name, int sizeBytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(nodes.PathOf(name))!);
        File.WriteAllBytes(nodes.PathOf(name), Content.Bytes(sizeBytes, sizeBytes));
    }
}
