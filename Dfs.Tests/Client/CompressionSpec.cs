using System.IO.Pipelines;
using System.Text;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using Dfs.Tests.Membership;
using Dfs.Tests.Processes;

namespace Dfs.Tests.Client;

/// <summary>A bucket whose files are compressed, on a whole node.</summary>
public sealed class CompressionSpec
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Files_of_a_compressing_bucket_take_less_and_every_range_of_them_comes_back()
    {
        await using var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(3), expect: 1);
        await nodes.StartAsync(1);
        await Eventually.HoldsAsync(() => Task.FromResult(nodes[1].View.IsReady), TimeSpan.FromSeconds(60), "the node is ready");
        var client = nodes[1].Client;
        Assert.Equal(DfsOutcome.Done, (await client.Buckets.CreateAsync("logs", Change("compression", "brotli"), None)).Outcome);
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200_000).Select(line => $"2026-01-31 node {line % 7} did thing {line}\n")));
        byte[] mixed = [.. text.Take(2_000_000), .. TestBytes.Random(1, 3_000_000), .. text.Skip(2_000_000)];

        await PutAsync(client, "mixed", mixed);

        // The random half as it is, the text at a third or less.
        var stored = nodes[1].View.Status().Store.UsedBytes;
        Assert.InRange(stored, 3_000_000, 3_000_000 + (text.Length / 2));
        var random = new Random(3);
        for (var i = 0; i < 12; i++)
        {
            var offset = random.Next(mixed.Length);
            var count = Math.Min(mixed.Length - offset, i < 6 ? random.Next(100_000) : random.Next(5_000_000));
            Assert.Equal(mixed.AsSpan(offset, count).ToArray(), await ReadAsync(client, "mixed", offset, count));
        }

        Assert.Equal(mixed, await ReadAsync(client, "mixed", 0, mixed.Length));
        await PutAsync(client, "again", mixed);
        Assert.InRange(nodes[1].View.Status().Store.UsedBytes, stored, stored + 1000);

        // What is stored stays as it is; what is stored from then on is not compressed.
        Assert.Equal(DfsOutcome.Done, (await client.Buckets.SetAsync("logs", Change("compression", "off"), None)).Outcome);
        await PutAsync(client, "plain", text);
        Assert.InRange(nodes[1].View.Status().Store.UsedBytes, stored + text.Length, long.MaxValue);
        Assert.Equal(text, await ReadAsync(client, "plain", 0, text.Length));
        Assert.Equal(mixed, await ReadAsync(client, "again", 0, mixed.Length));
    }

    private static async Task PutAsync(IDfsClient client, string name, byte[] content) => Assert.Equal(
        DfsOutcome.Done, (await client.PutAsync(Key(name), PipeReader.Create(new MemoryStream(content)), PutOptions.Default, None)).Outcome);

    private static async Task<byte[]> ReadAsync(IDfsClient client, string name, long offset, long count)
    {
        await using var file = (await client.OpenAsync(Key(name), None)).File!;
        var content = new MemoryStream();
        var end = await file.CopyToAsync(PipeWriter.Create(content), offset, count, None);
        Assert.Equal(new TransferEnd(DfsOutcome.Done, count, ""), end);
        return content.ToArray();
    }

    private static BucketChange Change(string name, string value) =>
        BucketChange.TryCreate([new(name, value)], out var change, out var refusal) ? change : throw new ArgumentException(refusal);

    private static ObjectKey Key(string name) =>
        ObjectKey.TryCreate("logs", name, out var key, out var refusal) ? key : throw new ArgumentException(refusal);
}
