using System.IO.Pipelines;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using Dfs.Tests.Membership;
using Dfs.Tests.Processes;

namespace Dfs.Tests.Client;

/// <summary>Snapshots and keep rules on a whole node: real settings, heads, pages and passes.</summary>
public sealed class SnapshotsSpec
{
    private const string Bucket = "papers";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_snapshot_shows_and_brings_back_what_the_bucket_was_while_rules_drop_the_rest()
    {
        await using var nodes = await StartAsync(TimeSpan.FromDays(1));
        var client = nodes[1].Client;
        Assert.Equal(DfsOutcome.PreconditionFailed, (await client.Snapshots.CreateAsync(ObjectKey.DefaultBucket, "no", None)).Outcome);
        await PutAsync(client, "a", 1);
        await PutAsync(client, "b", 2);
        Assert.Equal(DfsOutcome.Done, (await client.Snapshots.CreateAsync(Bucket, "monday", None)).Outcome);
        Assert.Equal(DfsOutcome.PreconditionFailed, (await client.Snapshots.CreateAsync(Bucket, "monday", None)).Outcome);

        await SetAsync(client, ("keep-last", "1"));
        await PutAsync(client, "a", 3);
        await PutAsync(client, "a", 4);
        Assert.Equal(DfsOutcome.Done, (await client.RemoveAsync(Key("b"), None)).Outcome);
        await PutAsync(client, "c", 5);

        // The third content of a was kept by nothing; the first is what Monday shows.
        Assert.Equal([Bytes(4), Bytes(1)], await HistoryAsync(client, "a"));
        Assert.Equal("a b", await NamesAsync(client, "monday"));
        Assert.Equal("a c", string.Join(' ', (await client.ListAsync(Bucket, ListOptions.All, None)).Entries.Select(file => file.Name)));
        Assert.Equal(Bytes(1), await ReadAsync(await client.Snapshots.OpenAsync(Key("a"), "monday", None)));
        Assert.Equal(Bytes(2), await ReadAsync(await client.Snapshots.OpenAsync(Key("b"), "monday", None)));
        Assert.Equal(DfsOutcome.NotFound, (await client.Snapshots.OpenAsync(Key("c"), "monday", None)).Outcome);
        Assert.Equal(DfsOutcome.NotFound, (await client.Snapshots.OpenAsync(Key("a"), "tuesday", None)).Outcome);
        Assert.Equal(
            DfsOutcome.PreconditionFailed, (await client.Buckets.SetAsync(Bucket, Change(("versioned", "off")), None)).Outcome);

        Assert.Equal(
            new SnapshotRestoreResult(DfsOutcome.Done, Restored: 2, Removed: 1, Unchanged: 0, ""),
            await client.Snapshots.RestoreAsync(Bucket, "monday", None));
        Assert.Equal(Bytes(1), await ReadAsync(await client.OpenAsync(Key("a"), None)));
        Assert.Equal(Bytes(2), await ReadAsync(await client.OpenAsync(Key("b"), None)));
        Assert.Equal(DfsOutcome.NotFound, (await client.OpenAsync(Key("c"), None)).Outcome);
        Assert.Equal("a b", await NamesAsync(client, "monday"));

        Assert.Equal("monday", Assert.Single((await client.Snapshots.ListAsync(Bucket, None)).Snapshots).Name);
        Assert.Equal(DfsOutcome.Done, (await client.Snapshots.RemoveAsync(Bucket, "monday", None)).Outcome);
        Assert.Equal(DfsOutcome.NotFound, (await client.Snapshots.OpenAsync(Key("a"), "monday", None)).Outcome);
    }

    [Fact]
    public async Task Passes_drop_what_rules_no_longer_keep_from_heads_and_pages_and_forget_what_was_deleted()
    {
        await using var nodes = await StartAsync(TimeSpan.FromSeconds(1));
        var client = nodes[1].Client;
        for (var seed = 1; seed <= 45; seed++)
        {
            await PutAsync(client, "long", seed);
            if (seed == 10)
            {
                Assert.Equal(DfsOutcome.Done, (await client.Snapshots.CreateAsync(Bucket, "ten", None)).Outcome);
            }
        }

        await PutAsync(client, "gone", 1);
        Assert.Equal(DfsOutcome.Done, (await client.RemoveAsync(Key("gone"), None)).Outcome);
        Assert.Equal(45, (await HistoryAsync(client, "long")).Count);

        // Both rules: what either keeps. A second is over soon, three stay, and what the snapshot shows.
        await SetAsync(client, ("keep-last", "3"), ("keep-for", "1s"));

        await Eventually.HoldsAsync(async () => await CountAsync(client, "long") == 4, Patience, "four versions are left");
        Assert.Equal([Bytes(45), Bytes(44), Bytes(43), Bytes(10)], await HistoryAsync(client, "long"));
        Assert.Equal(Bytes(10), await ReadAsync(await client.Snapshots.OpenAsync(Key("long"), "ten", None)));
        Assert.Equal(DfsOutcome.Done, (await client.Snapshots.RemoveAsync(Bucket, "ten", None)).Outcome);
        await SetAsync(client, ("keep-last", "1"));
        await Eventually.HoldsAsync(async () => await CountAsync(client, "long") == 1, Patience, "the current version is left");
        await Eventually.HoldsAsync(
            async () => (await client.Versions.ListAsync(Key("gone"), 10, None)).Outcome == DfsOutcome.NotFound, Patience, "a deleted file is forgotten");
        Assert.Equal(Bytes(45), await ReadAsync(await client.OpenAsync(Key("long"), None)));
    }

    private static async Task<NodesOnLoopback> StartAsync(TimeSpan retentionEvery)
    {
        var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(3), expect: 1) { RetentionEvery = retentionEvery };
        await nodes.StartAsync(1);
        await Eventually.HoldsAsync(() => Task.FromResult(nodes[1].View.IsReady), Patience, "the node is ready");
        Assert.Equal(DfsOutcome.Done, (await nodes[1].Client.Buckets.CreateAsync(Bucket, Change(("versioned", "on")), None)).Outcome);
        return nodes;
    }

    private static async Task PutAsync(IDfsClient client, string name, int seed) => Assert.Equal(
        DfsOutcome.Done,
        (await client.PutAsync(Key(name), PipeReader.Create(new MemoryStream(Bytes(seed))), PutOptions.Default, None)).Outcome);

    private static async Task SetAsync(IDfsClient client, params (string Name, string Value)[] words) =>
        Assert.Equal(DfsOutcome.Done, (await client.Buckets.SetAsync(Bucket, Change(words), None)).Outcome);

    private static BucketChange Change(params (string Name, string Value)[] words) =>
        BucketChange.TryCreate(words.ToDictionary(word => word.Name, word => word.Value), out var change, out var refusal)
            ? change
            : throw new ArgumentException(refusal);

    // Without reading them: what is counted now may be let go before it is opened.
    private static async Task<int> CountAsync(IDfsClient client, string name) =>
        (await client.Versions.ListAsync(Key(name), 100, None)).Versions.Count;

    private static async Task<List<byte[]?>> HistoryAsync(IDfsClient client, string name)
    {
        var contents = new List<byte[]?>();
        foreach (var version in (await client.Versions.ListAsync(Key(name), 100, None)).Versions)
        {
            contents.Add(version.IsDeleteMarker ? null : await ReadAsync(await client.Versions.OpenAsync(Key(name), version.Version, None)));
        }

        return contents;
    }

    private static async Task<string> NamesAsync(IDfsClient client, string snapshot)
    {
        var page = await client.Snapshots.ListFilesAsync(Bucket, snapshot, ListOptions.All, None);
        Assert.Equal(DfsOutcome.Done, page.Outcome);
        return string.Join(' ', page.Entries.Select(file => file.Name));
    }

    private static async Task<byte[]> ReadAsync(OpenResult opened)
    {
        Assert.Equal((DfsOutcome.Done, ""), (opened.Outcome, opened.Detail));
        await using var file = opened.File!;
        var content = new MemoryStream();
        await file.CopyToAsync(PipeWriter.Create(content), 0, file.SizeBytes, None);
        return content.ToArray();
    }

    private static byte[] Bytes(int seed) => TestBytes.Random(seed, 1000 + seed);

    private static ObjectKey Key(string name) =>
        ObjectKey.TryCreate(Bucket, name, out var key, out var refusal) ? key : throw new ArgumentException(refusal);
}
