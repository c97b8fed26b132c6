using System.Text;
using Dfs.Storage.Keyring;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>What somebody finds who takes the disks.</summary>
[Collection(OneByOne.Name)]
public sealed class NothingReadable(ITestOutputHelper output)
{
    private const string ContentMarker = "MARKER-of-the-content-4711";
    private const string NameMarker = "marker-of-the-name-0815";
    private const string BucketMarker = "marker-of-the-bucket";

    [Fact]
    public async Task No_content_no_name_and_no_key_lies_in_any_data_directory()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        var small = Encoding.UTF8.GetBytes(ContentMarker);
        var large = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(ContentMarker + "\n", 200_000)));
        await File.WriteAllBytesAsync(nodes.PathOf("small"), small);
        await File.WriteAllBytesAsync(nodes.PathOf("large"), large);
        (await nodes[0].RunAsync("put", "small", $"{NameMarker}/small")).Succeeded();
        (await nodes[0].RunAsync("bucket", "create", BucketMarker)).Succeeded();
        (await nodes[1].RunAsync("put", "large", $"{NameMarker}/large", "--bucket", BucketMarker)).Succeeded();
        (await nodes[1].RunAsync("put", "large", $"{NameMarker}/removed")).Succeeded();
        Assert.Contains($"{NameMarker}/small", (await nodes[2].RunAsync("ls", NameMarker)).Succeeded().Text, StringComparison.Ordinal);
        (await nodes[2].RunAsync("rm", $"{NameMarker}/removed")).Succeeded();

        var markers = MarkersOf(nodes.PathOf("keyring"));
        // All but the lock, which a running node keeps to itself: its process id and name.
        var files = nodes.All.SelectMany(node => Directory.EnumerateFiles(node.DataDirectory, "*", SearchOption.AllDirectories))
            .Where(file => Path.GetFileName(file) != "lock").ToList();

        Assert.Empty(files.SelectMany(file => markers.Where(marker => Holds(file, marker.Bytes)).Select(marker => $"{marker.Name} in {file}")));
        // The search sees what is there: a name that every catalog's schema has, and the key in the keyring.
        Assert.Contains(files, file => Holds(file, "SQLite format"u8.ToArray()));
        Assert.Contains(markers, marker => Holds(nodes.PathOf("keyring"), marker.Bytes));
        Assert.DoesNotContain(nodes.All, node => node.Log.Contains(ContentMarker, StringComparison.Ordinal));
        Assert.DoesNotContain(nodes.All, node => node.Log.Contains(NameMarker, StringComparison.Ordinal));
    }

    private static List<(string Name, byte[] Bytes)> MarkersOf(string keyring)
    {
        using var keys = Assert.IsType<KeyringOutcome.Opened>(KeyringFile.Open(keyring, "")).Keys;
        using var bucket = keys.OfBucket(BucketMarker);
        var secrets = new List<(string Name, byte[] Bytes)>
        {
            ("the owner's root key", keys.Root.Span.ToArray()),
            ("the dedup secret", bucket.Dedup.Span.ToArray()),
            ("the cutting key", bucket.Cutting.Span.ToArray()),
            ("the listing key", bucket.Listing.Span.ToArray()),
        };
        secrets.AddRange(keys.Epochs.Values.Select(secret => ("an epoch's secret", secret.Span.ToArray())));
        return
        [
            .. secrets,
            .. secrets.Select(secret => ($"{secret.Name} in hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(secret.Bytes)))),
            .. secrets.Select(secret => ($"{secret.Name} in Base64", Encoding.ASCII.GetBytes(Convert.ToBase64String(secret.Bytes)))),
            .. new[] { ContentMarker, NameMarker, BucketMarker }.Select(text => (text, Encoding.UTF8.GetBytes(text))),
            .. new[] { ContentMarker, NameMarker, BucketMarker }.Select(text => (text, Encoding.Unicode.GetBytes(text))),
        ];
    }

    // Without a lock of its own: the nodes run and hold theirs.
    private static bool Holds(string path, byte[] marker)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.GetBuffer().AsSpan(0, (int)bytes.Length).IndexOf(marker) >= 0;
    }
}
