using System.Net;
using System.Net.Sockets;
using Dfs.Actors.Client;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Listing;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using Dfs.Tests.Processes;
using Dfs.Tests.Repair;

namespace Dfs.Tests.Client;

/// <summary>The index of an owner's names on three or four nodes over real sockets and disks.</summary>
public sealed class NameIndexSpec : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly List<SyncNode> _nodes = [];
    private readonly OwnerSession _owner = new(OwnerKeys.Create(TestBytes.FreshSource(1)));
    private OwnedFiles _files = null!;
    private NameIndex _index = null!;

    public async Task InitializeAsync()
    {
        for (var number = 1; number <= 3; number++)
        {
            _nodes.Add(await SyncNode.StartAsync($"node{number}", Members.Id(number), isFirst: number == 1));
        }

        SeeEachOther();
        await Eventually.HoldsAsync(
            () => Task.FromResult(_nodes.All(node => node.Layout is { IsJoint: false })), Patience, "the first layout has formed");
        _files = new OwnedFiles(_owner, _nodes[0].Layout!.Cluster);
        _index = _nodes[0].NewIndex(_owner);
    }

    public async Task DisposeAsync()
    {
        _index.Dispose();
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    public void Dispose() => _owner.Dispose();

    [Fact]
    public async Task What_was_acknowledged_is_listed_and_what_was_removed_is_not()
    {
        await WriteAsync(_nodes[1], "b", _files.Put("b", 20));
        await WriteAsync(_nodes[2], "a", _files.Put("a", 10));
        await WriteAsync(_nodes[0], "folder/one", _files.Put("folder/one"));
        await WriteAsync(_nodes[0], "folder/two", _files.Put("folder/two"));
        await WriteAsync(_nodes[0], "gone", _files.Put("gone"));
        await WriteAsync(_nodes[0], "marked", _files.Put("marked"));

        Assert.Equal(["a", "b", "folder/one", "folder/two", "gone", "marked"], await NamesAsync());
        var page = await _index.ListAsync("files", new ListOptions { Delimiter = "/", CountMax = 3 }, None);
        Assert.Equal([("a", 10), ("b", 20)], page.Entries.Select(file => (file.Name, file.SizeBytes)));
        Assert.Equal(["folder/"], page.CommonPrefixes);
        Assert.Equal("folder/", page.Next);

        await WriteAsync(_nodes[1], "a", _files.Put("a", 11));
        await WriteAsync(_nodes[1], "gone", _files.Removed("gone", withMarker: false));
        await WriteAsync(_nodes[2], "marked", _files.Removed("marked", withMarker: true));

        Assert.Equal(["a", "b", "folder/one", "folder/two"], await NamesAsync());
        Assert.Equal(11, (await _index.ListAsync("files", ListOptions.All, None)).Entries[0].SizeBytes);
        var withRemoved = await _index.ListAsync("files", new ListOptions { WithRemoved = true, Prefix = "m" }, None);
        Assert.Equal([("marked", true)], withRemoved.Entries.Select(file => (file.Name, file.IsRemoved)));
        Assert.True(await _index.HasAnyAsync("files", None));
        Assert.False(await _index.HasAnyAsync("other", None));
    }

    [Fact]
    public async Task Pages_hold_every_name_that_is_there_all_the_while_exactly_once_however_others_come_and_go()
    {
        var steady = Enumerable.Range(0, 60).Select(number => $"{number:D3}-steady").ToList();
        await Task.WhenAll(steady.Select((name, number) => WriteAsync(_nodes[number % 3], name, _files.Put(name))));
        using var stop = new CancellationTokenSource();
        var writing = WriteUntilAsync(stop.Token);

        for (var round = 0; round < 10; round++)
        {
            var listed = new List<string>();
            for (var wanted = new ListOptions { CountMax = 7 }; ;)
            {
                var page = await _index.ListAsync("files", wanted, None);
                listed.AddRange(page.Entries.Select(file => file.Name));
                if (!page.IsTruncated)
                {
                    break;
                }

                wanted = wanted with { After = page.Next };
            }

            Assert.Equal(listed.Order(NameOrder.Instance), listed);
            Assert.Equal(steady, listed.Where(name => name.EndsWith("steady", StringComparison.Ordinal)));
            Assert.Equal(listed.Count, listed.Distinct().Count());
            // What was acknowledged before a listing began is on it.
            await WriteAsync(_nodes[1], $"{round:D3}-new", _files.Put($"{round:D3}-new"));
            Assert.Contains($"{round:D3}-new", await NamesAsync());
        }

        await stop.CancelAsync();
        Assert.True(await writing > 0);
    }

    [Fact]
    public async Task Two_of_three_are_enough_one_is_not_and_who_was_away_hides_nothing_when_it_is_back()
    {
        await WriteAsync(_nodes[0], "before", _files.Put("before"));
        await WriteAsync(_nodes[0], "changed", _files.Put("changed", 1));
        await WriteAsync(_nodes[0], "removed", _files.Put("removed"));
        Assert.Equal(["before", "changed", "removed"], await NamesAsync());

        await _nodes[2].StopAsync();
        await WriteAsync(_nodes[0], "changed", _files.Put("changed", 2));
        await WriteAsync(_nodes[0], "removed", _files.Removed("removed", withMarker: false));
        await WriteAsync(_nodes[0], "while", _files.Put("while"));
        Assert.Equal(["before", "changed", "while"], await NamesAsync());

        // What it missed it does not have yet: where it and one other are all that answers, heads are read.
        _nodes[2] = await _nodes[2].RestartAsync();
        SeeEachOther();
        Assert.Equal(["before", "changed", "while"], await NamesAsync());
        using var there = _nodes[2].NewIndex(_owner);
        Assert.Equal(2, (await there.ListAsync("files", new ListOptions { Prefix = "changed" }, None)).Entries.Single().SizeBytes);
        await _nodes[1].StopAsync();
        Assert.Equal(["before", "changed", "while"], await NamesAsync());

        await _nodes[2].StopAsync();
        var refused = await Assert.ThrowsAsync<TransferException>(NamesAsync);
        Assert.Equal(DfsOutcome.NoQuorum, refused.Outcome);
        Assert.Contains("(not node2, node3)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layout_change_under_way_hides_nothing_and_rows_that_were_erased_are_forgotten()
    {
        var names = Enumerable.Range(0, 40).Select(number => $"{number:D3}").ToList();
        await Task.WhenAll(names.Select(name => WriteAsync(_nodes[0], name, _files.Put(name))));
        Assert.Equal(names, await NamesAsync());
        _nodes.ForEach(node => node.StartSync());

        _nodes.Add(await SyncNode.StartAsync("node4", Members.Id(4)));
        _nodes[3].StartSync();
        SeeEachOther();
        await Eventually.HoldsAsync(
            async () =>
            {
                Assert.Equal(names, await NamesAsync());
                _nodes.ForEach(node => node.SeeAgain());
                return _nodes.All(node => node.Layout is { IsJoint: false, Members.Length: 4 });
            },
            Patience, "the newcomer has its share");

        await WriteAsync(_nodes[3], "100", _files.Put("100"));
        Assert.Equal([.. names, "100"], await NamesAsync());
        using var there = _nodes[3].NewIndex(_owner);
        Assert.Equal(41, (await there.ListAsync("files", ListOptions.All, None)).Entries.Count);
    }

    [Fact]
    public async Task A_bucket_that_is_listed_later_has_its_names_and_a_locked_keyring_has_none()
    {
        await WriteAsync(_nodes[0], "here", _files.Put("here"));
        await WriteAsync(_nodes[0], "there", _files.Put("there", bucket: "photos"), "photos");
        Assert.Equal(["here"], await NamesAsync());
        Assert.Equal(["there"], (await _index.ListAsync("photos", ListOptions.All, None)).Entries.Select(file => file.Name));

        _owner.Lock();
        await _index.ForgetAsync();
        Assert.Equal(DfsOutcome.Locked, (await Assert.ThrowsAsync<TransferException>(NamesAsync)).Outcome);

        _owner.Unlock(OwnerKeys.Create(TestBytes.FreshSource(1)));
        _index.Fill();
        Assert.Equal(["here"], await NamesAsync());
        Assert.Equal(["there"], (await _index.ListAsync("photos", ListOptions.All, None)).Entries.Select(file => file.Name));
    }

    [Fact]
    public async Task Who_waits_for_a_replica_can_be_told_how_many_names_there_are_so_far()
    {
        await WriteAsync(_nodes[0], "one", _files.Put("one"));
        await WriteAsync(_nodes[0], "two", _files.Put("two"));
        Assert.Equal(["one", "two"], await NamesAsync());
        Assert.Null(_index.Reading);

        // It takes connections and says nothing.
        var address = new Uri(_nodes[2].Card.PeerEndpoint);
        await _nodes[2].StopAsync();
        using var silent = new TcpListener(IPAddress.Loopback, address.Port);
        silent.Start();
        var listing = NamesAsync();

        await Eventually.HoldsAsync(() => Task.FromResult(_index.Reading == 2), Patience, "two names so far");
        Assert.Equal(["one", "two"], await listing);
        Assert.Null(_index.Reading);
    }

    private async Task<int> WriteUntilAsync(CancellationToken stop)
    {
        var random = new Random(1);
        var count = 0;
        for (; !stop.IsCancellationRequested; count++)
        {
            var name = $"{random.Next(60):D3}-{random.Next(3)}";
            var value = random.Next(2) == 0 ? _files.Put(name) : _files.Removed(name, withMarker: random.Next(2) == 0);
            await _nodes[random.Next(3)].WriteAsync(_files.RegisterOf(name), value);
        }

        return count;
    }

    private async Task WriteAsync(SyncNode node, string name, byte[] value, string bucket = "files") =>
        Assert.True(await node.WriteAsync(_files.RegisterOf(name, bucket), value), $"{name} was written");

    private async Task<List<string>> NamesAsync() =>
        [.. (await _index.ListAsync("files", ListOptions.All, None)).Entries.Select(file => file.Name)];

    private void SeeEachOther() => _nodes.ForEach(node => node.See(_nodes));
}
