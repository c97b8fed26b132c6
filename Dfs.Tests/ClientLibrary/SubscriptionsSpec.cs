using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Tests.Trust;

namespace Dfs.Tests.ClientLibrary;

/// <summary>Subscriptions over a node's sockets: places that are kept, acknowledgements, grants.</summary>
public sealed class SubscriptionsSpec : IClassFixture<MatrixNode>, IDisposable
{
    private readonly MatrixNode _node;
    private readonly NodeConnection _connection;

    public SubscriptionsSpec(MatrixNode node)
    {
        _node = node;
        _connection = new NodeConnection(new Uri(node.Node.HttpUrl), node.AdminToken);
    }

    public void Dispose() => _connection.Dispose();

    [Fact]
    public async Task What_is_stored_and_removed_is_told_once_and_again_until_it_is_acknowledged()
    {
        var wanted = new Subscription("files", "told/", "reader");
        Assert.Empty((await ReadAsync(wanted)).Changes);
        await StoreAsync("told/a", 1);
        await StoreAsync("told/b", 2);
        await StoreAsync("elsewhere", 3);

        var first = await ReadAsync(wanted);
        var again = await ReadAsync(wanted);

        Assert.Equal(["Stored told/a 1", "Stored told/b 2"], Lines(first));
        Assert.Equal(Lines(first), Lines(again));
        Assert.Empty((await ReadAsync(wanted, first.Next)).Changes);

        Assert.Equal(DfsOutcome.Done, (await _connection.Store.Subscriptions.AcknowledgeAsync(wanted, first.Next, default)).Outcome);
        await StoreAsync("told/a", 4);
        await _connection.Files.RemoveAsync(DfsFiles.Key("told/b"));

        Assert.Equal(["Stored told/a 4", "Removed told/b "], Lines(await ReadAsync(wanted)));
        Assert.Equal(DfsOutcome.Done, (await _connection.Store.Subscriptions.EndAsync(wanted, default)).Outcome);
        Assert.Empty((await ReadAsync(wanted)).Changes);
    }

    [Fact]
    public async Task A_loop_acknowledges_what_it_has_come_back_from_and_nothing_else()
    {
        var options = new SubscribeOptions { Subscriber = "loop", CountMax = 2 };
        Assert.Empty((await ReadAsync(new Subscription("files", "loop/", "loop"))).Changes);
        foreach (var number in Enumerable.Range(1, 5))
        {
            await StoreAsync($"loop/{number}", number);
        }

        Assert.Equal(["loop/1", "loop/2", "loop/3"], await TakeAsync(3));
        Assert.Equal(["loop/3", "loop/4", "loop/5"], await TakeAsync(3));

        async Task<List<string>> TakeAsync(int count) =>
            await _connection.Files.SubscribeAsync("loop/", options).Take(count).Select(change => change.Name).ToListAsync();
    }

    [Fact]
    public async Task Where_versions_are_kept_a_removal_has_its_marker()
    {
        Assert.True(BucketChange.TryCreate(new Dictionary<string, string> { ["versioned"] = "on" }, out var settings, out _));
        Assert.Equal(DfsOutcome.Done, (await _connection.Store.Buckets.CreateAsync("told-versions", settings, default)).Outcome);
        var wanted = new Subscription("told-versions", "", "");
        var begin = await ReadAsync(wanted);
        await StoreAsync("draft", 1, "told-versions");
        var stored = await ReadAsync(wanted, begin.Next);
        await _connection.Files.RemoveAsync(DfsFiles.Key("draft", "told-versions"));

        var removed = Assert.Single((await ReadAsync(wanted, stored.Next)).Changes);

        Assert.Equal((ChangeKind.Removed, "draft", true), (removed.Kind, removed.Name, removed.File!.IsRemoved));
    }

    [Fact]
    public async Task A_position_of_a_log_that_is_gone_is_answered_with_a_listing_page_by_page()
    {
        foreach (var number in Enumerable.Range(1, 3))
        {
            await StoreAsync($"anew/{number}", number);
        }

        var wanted = new Subscription("files", "anew/", "");
        Assert.True(Dfs.Core.Listing.SubscriptionPosition.TryParse((await ReadAsync(wanted)).Next, out var position));
        var old = position! with { Log = default, At = position.At with { Layout = default } };

        var first = await ReadAsync(wanted, old.ToString(), 2);
        await StoreAsync("anew/0", 4);
        var second = await ReadAsync(wanted, first.Next, 2);
        var third = await ReadAsync(wanted, second.Next, 2);

        Assert.Equal(["Resync  ", "Listed anew/1 1", "Listed anew/2 2"], Lines(first));
        Assert.Equal(["Listed anew/3 3", "Resynced  "], Lines(second));
        Assert.Equal(["Stored anew/0 4"], Lines(third));
    }

    [Fact]
    public async Task Whoever_may_not_list_is_told_nothing_and_whoever_may_list_a_part_of_that_alone()
    {
        var (_, token) = await _node.NewTokenAsync(GrantTests.Set(GrantTests.One("files/granted/:list", 0), GrantTests.One("files/apart:read", 0)));
        using var granted = new NodeConnection(new Uri(_node.Node.HttpUrl), token);
        var begin = await granted.Store.Subscriptions.ReadAsync(new Subscription("files", "", ""), null, 10, TimeSpan.Zero, default);
        Assert.Equal(DfsOutcome.Done, begin.Outcome);
        await StoreAsync("granted/a", 1);
        await StoreAsync("apart", 1);

        var told = await granted.Store.Subscriptions.ReadAsync(new Subscription("files", "", ""), begin.Next, 10, TimeSpan.FromSeconds(20), default);

        Assert.Equal(["Stored granted/a 1"], Lines(told));
        Assert.Equal(DfsOutcome.NotAllowed, (await granted.Store.Subscriptions.ReadAsync(new Subscription("other", "", ""), null, 10, TimeSpan.Zero, default)).Outcome);
        Assert.Equal(DfsOutcome.NotAllowed, (await granted.Store.Subscriptions.AcknowledgeAsync(new Subscription("other", "", "x"), begin.Next, default)).Outcome);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        var subscriptions = _connection.Store.Subscriptions;

        Assert.Equal(DfsOutcome.PreconditionFailed, (await subscriptions.ReadAsync(new Subscription("files", "", "with space"), null, 1, TimeSpan.Zero, default)).Outcome);
        Assert.Equal(DfsOutcome.PreconditionFailed, (await subscriptions.ReadAsync(new Subscription("dfs:access-tokens", "", ""), null, 1, TimeSpan.Zero, default)).Outcome);
        Assert.Equal(DfsOutcome.PreconditionFailed, (await subscriptions.ReadAsync(new Subscription("files", "", ""), "none", 1, TimeSpan.Zero, default)).Outcome);
        Assert.Equal(DfsOutcome.PreconditionFailed, (await subscriptions.AcknowledgeAsync(new Subscription("files", "", ""), "none", default)).Outcome);
        await Assert.ThrowsAsync<DfsException>(async () => await _connection.Files.SubscribeAsync("", new SubscribeOptions { Subscriber = "ü" }).FirstAsync());
    }

    private static IEnumerable<string> Lines(ChangesResult result)
    {
        Assert.True(result.Outcome == DfsOutcome.Done, result.Detail);
        return result.Changes.Select(change => $"{change.Kind} {change.Name} {change.File?.SizeBytes}");
    }

    private async Task<ChangesResult> ReadAsync(Subscription wanted, string? after = null, int countMax = 100)
    {
        var result = await _connection.Store.Subscriptions.ReadAsync(wanted, after, countMax, TimeSpan.Zero, default);
        Assert.True(result.Outcome == DfsOutcome.Done, result.Detail);
        return result;
    }

    private Task<PutResult> StoreAsync(string name, int sizeBytes, string bucket = "files") =>
        _connection.Files.StoreAsync(DfsFiles.Key(name, bucket), new MemoryStream(new byte[sizeBytes]));
}
