using Dfs.Node.Cli;
using Dfs.Tests.Processes;
using Xunit.Abstractions;

namespace Dfs.Tests.Independent;

/// <summary>Somebody has a keyring, the disks of two nodes of three and docs/formats, and nothing of the product.</summary>
[Collection(OneByOne.Name)]
public sealed class PlainReading(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_file_is_had_from_the_disks_of_any_two_nodes_and_no_two_buckets_share_a_chunk()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        (await nodes[0].RunAsync("bucket", "create", "small-pieces", "profile=small")).Succeeded();
        (await nodes[0].RunAsync("bucket", "create", "apart", "dedup=off")).Succeeded();
        (await nodes[0].RunAsync("bucket", "create", "packed", "compression=brotli")).Succeeded();
        // More than 64 chunks of the small profile, so that the manifest has pages; larger than one chunk in the others.
        var (large, few, text) = (Content.Bytes(1, 9_000_000), Content.Bytes(2, 3_000_000), Enumerable.Repeat("all the same words again\n"u8.ToArray(), 50_000).SelectMany(line => line).ToArray());
        var stored = new List<(string Bucket, string Name, byte[] Content)>
        {
            ("files", "empty", []), ("files", "short", "a few words"u8.ToArray()), ("files", "folder/größer", few), ("files", "large", large),
            ("small-pieces", "large", large), ("apart", "large", large), ("apart", "again", large), ("packed", "text", text),
        };
        foreach (var (bucket, name, content) in stored)
        {
            await File.WriteAllBytesAsync(nodes.PathOf("source"), content);
            (await nodes[1].RunAsync("put", "source", name, "--bucket", bucket)).Succeeded();
        }

        (await nodes[0].RunAsync("put", "source", "removed")).Succeeded();
        (await nodes[0].RunAsync("rm", "removed")).Succeeded();
        foreach (var node in nodes.All)
        {
            Assert.Equal(ExitCode.Done, await node.StopAsync());
        }

        var owner = new PlainOwner(await File.ReadAllBytesAsync(nodes.PathOf("keyring")));
        foreach (var lost in nodes.All)
        {
            var disk = new PlainDisk(nodes.All.Where(node => node != lost).Select(node => node.DataDirectory));
            var all = new List<(string Bucket, PlainFile File)>();
            foreach (var bucket in stored.Select(file => file.Bucket).Distinct())
            {
                var found = disk.Values.Select(head => PlainFile.Open(head, owner, owner.Bucket(bucket), disk)).OfType<PlainFile>().ToList();
                var wanted = stored.Where(file => file.Bucket == bucket).ToDictionary(file => file.Name, file => file.Content);
                Assert.Equal(wanted.Keys.Order(StringComparer.Ordinal), found.Select(file => file.Name).Order(StringComparer.Ordinal));
                all.AddRange(found.Select(file => (bucket, file)));
                Assert.All(found, file => Assert.True(wanted[file.Name].AsSpan().SequenceEqual(file.Content), $"{bucket}/{file.Name} without {lost.Name}"));
            }

            // The same content four times: each bucket, and each put where nothing is deduplicated, has chunks of its own.
            var same = all.Where(each => each.File.Content.Length == large.Length).ToList();
            Assert.Equal(4, same.Count);
            Assert.Equal(same.Sum(each => each.File.Chunks.Count), same.SelectMany(each => each.File.Chunks).Distinct().Count());
            Assert.Contains(same, each => each.Bucket == "small-pieces" && each.File.Chunks.Count > 64);
        }

        // What a disk says of itself holds no key; the keyring, which must not lie there, has one, and would be found.
        var stolen = nodes[2].DataDirectory;
        var thief = new Thief(new PlainDisk(stolen), large[..64]);
        Assert.True(thief.Locks is { Heads: > 4, Chunks: > 64 });
        var small = Directory.EnumerateFiles(stolen, "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).Length < 4_096).ToList();
        Assert.NotEmpty(small);
        Assert.All(small, file => Assert.Null(thief.Open(File.ReadAllBytes(file))));
        var keyring = await File.ReadAllBytesAsync(nodes.PathOf("keyring"));
        Assert.Contains("root key", thief.Open([1, 2, 3, .. keyring[..^64]]), StringComparison.Ordinal);
        Assert.Contains("secret", thief.Open(keyring[^64..]), StringComparison.Ordinal);
    }
}
