using System.Collections.Concurrent;
using Dfs.Client;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>A subscriber whose node is killed goes on at another one.</summary>
[Collection(OneByOne.Name)]
public sealed class Subscribers(ITestOutputHelper output)
{
    private const int Files = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Nothing_is_missed_when_the_node_is_killed_that_the_subscriber_spoke_to()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        var connections = nodes.All.Select(node => new NodeConnection(new Uri(node.Url), File.ReadAllText(node.TokenFile).Trim())).ToList();
        var troubles = new ConcurrentQueue<string>();
        var options = new SubscribeOptions
        {
            Subscriber = "mirror",
            Others = [connections[1].Store, connections[2].Store],
            CountMax = 3,
            Troubled = trouble => troubles.Enqueue(trouble.Message),
        };
        using var stop = new CancellationTokenSource();
        var known = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        var seen = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        try
        {
            // The place is kept before the first file is there.
            Assert.Empty((await connections[0].Store.Subscriptions.ReadAsync(new Subscription("files", "in/", "mirror"), null, 1, TimeSpan.Zero, default)).Changes);
            var following = FollowAsync(connections[0].Files, options, known, seen, stop.Token);
            await StoreAsync(connections[1], 0, Files);
            await Eventually.HoldsAsync(() => Task.FromResult(known.Count == Files), Patience, "all that was stored is told");

            nodes[0].Kill();
            await StoreAsync(connections[2], Files, 2 * Files);
            await connections[1].Files.RemoveAsync(DfsFiles.Key("in/0"));
            await connections[2].Files.StoreAsync(DfsFiles.Key("in/1"), new MemoryStream(new byte[1000]));

            await Eventually.HoldsAsync(
                () => Task.FromResult(known.Count == (2 * Files) - 1 && !known.ContainsKey("in/0") && known.GetValueOrDefault("in/1") == 1000),
                Patience, "what happened after the node had died is told by another");
            Assert.Equal(2 * Files, seen.Count);
            Assert.NotEmpty(troubles);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);

            // Another program under that name, at another node: what was acknowledged does not come again, what follows does.
            await connections[1].Files.StoreAsync(DfsFiles.Key("in/last"), new MemoryStream(new byte[7]));
            await Eventually.HoldsAsync(async () => (await connections[2].Files.SubscribeAsync("in/", options).FirstAsync()) is
            { Kind: ChangeKind.Stored or ChangeKind.Resync }, Patience, "the name goes on where it was");
        }
        finally
        {
            await stop.CancelAsync();
            connections.ForEach(connection => connection.Dispose());
        }
    }

    private static async Task FollowAsync(
        DfsFiles files, SubscribeOptions options, ConcurrentDictionary<string, long> known, ConcurrentDictionary<string, bool> seen,
        CancellationToken cancellationToken)
    {
        await foreach (var change in files.SubscribeAsync("in/", options, cancellationToken))
        {
            switch (change.Kind)
            {
                case ChangeKind.Resync: known.Clear(); break;
                case ChangeKind.Removed: known.TryRemove(change.Name, out _); break;
                case ChangeKind.Stored or ChangeKind.Listed: (known[change.Name], seen[change.Name]) = (change.File!.SizeBytes, true); break;
                default: break;
            }
        }
    }

    private static async Task StoreAsync(NodeConnection connection, int from, int end)
    {
        for (var number = from; number < end; number++)
        {
            await connection.Files.StoreAsync(DfsFiles.Key($"in/{number}"), new MemoryStream(new byte[number + 1]));
        }
    }
}
