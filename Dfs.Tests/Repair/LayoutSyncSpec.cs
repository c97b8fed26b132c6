using System.Collections.Immutable;
using System.Diagnostics;
using System.Security.Cryptography;
using Dfs.Actors.Client;
using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Repair;

/// <summary>Three nodes over real sockets and disks, one of which loses its directory.</summary>
public sealed class LayoutSyncSpec : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<SyncNode> _nodes = [];
    private readonly Dictionary<RegisterId, byte[]> _acknowledged = [];
    private readonly List<byte[]> _placed = [];

    public async Task InitializeAsync()
    {
        for (var number = 1; number <= 3; number++)
        {
            _nodes.Add(await SyncNode.StartAsync($"node{number}", Members.Id(number), isFirst: number == 1));
        }

        SeeEachOther();
        await UntilAsync("the first layout has formed", () => _nodes.All(node => node.Layout is { IsJoint: false }));
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_directory_lost_amid_writes_is_replaced_and_nothing_acknowledged_is_missing()
    {
        _nodes.ForEach(node => node.StartSync());
        await WriteAsync(_nodes[2], 0, 30);

        using var stop = new CancellationTokenSource();
        var writing = WriteUntilAsync(_nodes[0], 100, stop.Token);
        await LoseDirectoryAsync(2, 9);
        _nodes[2].StartSync();
        await UntilAsync("the change is finished", () => _nodes.All(node => node.Layout is { IsJoint: false, Number.Value: 3 }));
        await stop.CancelAsync();
        await writing;

        await UntilWholeAsync();
        Assert.NotNull(_nodes[0].Layout!.Find(Members.Id(9)));
        Assert.Null(_nodes[0].Layout!.Find(Members.Id(3)));
        Assert.True(_acknowledged.Count > 30);
        await EndAsync(0);
        await AssertAllIsReadableAsync(_nodes[^1]);
    }

    [Fact]
    public async Task A_fourth_node_takes_its_share_and_no_more_and_no_write_or_read_fails_meanwhile()
    {
        _nodes.ForEach(node => node.StartSync());
        await WriteAsync(_nodes[2], 0, 60);
        await UntilWholeAsync();
        using var stop = new CancellationTokenSource();
        var working = WorkUntilAsync(_nodes[0], 100, stop.Token);

        _nodes.Add(await SyncNode.StartAsync("node4", Members.Id(4)));
        _nodes[3].StartSync();
        SeeEachOther();
        await UntilAsync("the change is finished", () => _nodes.All(node => node.Layout is { IsJoint: false, Number.Value: 3 }));
        await stop.CancelAsync();
        var worked = await working;

        var layout = _nodes[0].Layout!;
        Assert.NotNull(layout.Find(Members.Id(4)));
        Assert.True(worked > 0);
        await UntilAsync("every chunk is on its replicas and nowhere else", () => OnReplicasOnly(layout));
        await UntilAsync("who left a partition has erased its rows", async () =>
        {
            var rows = await Task.WhenAll(_nodes.SelectMany(node => _acknowledged.Keys
                .Where(register => !layout.ReplicasOf(register.Partition).Contains(node.Self)).Select(node.RowAsync)));
            return rows.Length > 0 && rows.All(row => row is null);
        });
        await AssertAllIsReadableAsync(_nodes[3]);
    }

    [Fact]
    public async Task A_change_that_a_liar_ends_early_loses_nothing_because_who_left_gives_back_what_a_replica_does_not_show()
    {
        await WriteAsync(_nodes[0], 0, 40);
        _nodes.Add(await SyncNode.StartAsync("node4", Members.Id(4)));
        SeeEachOther();
        await UntilAsync("it is joint", () => _nodes.All(node => node.Layout is { IsJoint: true, Members.Length: 4 }));

        // Nobody pulls; every report is a lie.
        var joint = _nodes[0].Layout!;
        var all = PartitionSet.Of(PartitionId.All);
        foreach (var member in joint.Members.Select(member => member.Id))
        {
            var pulled = joint.OldMembers.Where(old => old.Id != member).ToImmutableSortedDictionary(old => old.Id, _ => all);
            _nodes.ForEach(node => node.Forge(new SyncReport(member, joint.Number, pulled, all)));
        }

        await UntilAsync("the change is finished", () => _nodes.All(node => node.Layout is { IsJoint: false, Number.Value: 3 }));
        var layout = _nodes[0].Layout!;
        var given = _acknowledged.Keys.Where(register => layout.ReplicasOf(register.Partition).Contains(Members.Id(4))).ToList();
        Assert.NotEmpty(given);
        Assert.Equal(given.Count, _nodes[..3].Sum(node => node.KeptRows));
        Assert.All(await Task.WhenAll(given.Select(_nodes[3].RowAsync)), Assert.Null);

        _nodes.ForEach(node => node.StartStrays());
        await UntilAsync("nothing is kept any more", () => _nodes.Sum(node => node.KeptRows) == 0);
        foreach (var register in given)
        {
            Assert.Equal(_acknowledged[register], (await _nodes[3].RowAsync(register))?.Value.ToArray());
        }

        await AssertAllIsReadableAsync(_nodes[3]);
    }

    [Fact]
    public async Task A_report_in_anothers_name_is_refused()
    {
        var (liar, other) = (_nodes[0], _nodes[1]);
        var report = new SyncReport(other.Self, liar.Layout!.Number, ImmutableSortedDictionary<ReplicaId, PartitionSet>.Empty, PartitionSet.Empty);

        Assert.Equal(new PeerOutcome.Refused(PeerRefusal.Malformed), await liar.ReportAsync(_nodes[2], report));
        Assert.IsType<PeerOutcome.Alive>(await liar.ReportAsync(_nodes[2], report with { By = liar.Self }));
    }

    [Fact]
    public async Task A_copy_of_a_chunk_where_it_does_not_belong_stays_until_every_replica_has_it()
    {
        _nodes.Add(await SyncNode.StartAsync("node4", Members.Id(4)));
        _nodes.ForEach(node => node.StartSync());
        SeeEachOther();
        await UntilAsync("the layout has four members", () => _nodes.All(node => node.Layout is { IsJoint: false, Members.Length: 4 }));
        var layout = _nodes[0].Layout!;
        var away = _nodes[2];
        var handedOver = Enumerable.Range(500, 60).Select(Value).Where(bytes => ReplicasOf(bytes).Contains(away)).ToList();
        await away.StopAsync();
        foreach (var bytes in handedOver)
        {
            foreach (var node in _nodes.Where(node => node != away))
            {
                await node.Chunks.PutAsync(ChunkTree.IdOf(bytes), bytes, Epoch.First, CancellationToken.None);
            }
        }

        // Without its own sync: what it gets now was handed back.
        _nodes[2] = await away.RestartAsync();
        SeeEachOther();

        await UntilAsync("every chunk is on its replicas and nowhere else", () =>
        {
            Assert.All(handedOver, bytes => Assert.InRange(_nodes.Count(node => node.Chunks.Contains(ChunkTree.IdOf(bytes))), 3, 4));
            return handedOver.All(bytes => _nodes.All(node => node.Chunks.Contains(ChunkTree.IdOf(bytes)) == ReplicasOf(bytes).Contains(node)));
        });
        Assert.NotEmpty(handedOver);

        List<SyncNode> ReplicasOf(byte[] bytes) =>
            [.. _nodes.Where(node => layout.ChunkReplicasOf(ChunkTree.IdOf(bytes).Partition).Contains(node.Self))];
    }

    [Fact]
    public async Task A_newcomer_that_is_lost_too_is_replaced_once_more()
    {
        // Nobody pulls, so the change stays open until the second newcomer is there.
        await WriteAsync(_nodes[0], 0, 10);
        await LoseDirectoryAsync(2, 8);
        await UntilAsync("it is joint", () => _nodes.All(node => node.Layout is { IsJoint: true, Number.Value: 2 }));
        await WriteAsync(_nodes[2], 10, 20);

        await LoseDirectoryAsync(2, 9);
        await UntilAsync("it is aimed again", () => _nodes.All(node => node.Layout is { IsJoint: true, Number.Value: 3 }));
        _nodes.ForEach(node => node.StartSync());

        await UntilAsync("the change is finished", () => _nodes.All(node => node.Layout is { IsJoint: false, Number.Value: 4 }));
        await UntilWholeAsync();
        await EndAsync(1);
        await AssertAllIsReadableAsync(_nodes[^1]);
    }

    [Fact]
    public async Task Every_node_may_be_restarted_in_the_middle_of_a_change()
    {
        await WriteAsync(_nodes[0], 0, 10);
        await LoseDirectoryAsync(0, 9);
        await UntilAsync("it is joint", () => _nodes.All(node => node.Layout is { IsJoint: true }));
        for (var index = 0; index < _nodes.Count; index++)
        {
            _nodes[index] = await _nodes[index].RestartAsync();
            SeeEachOther();
        }

        _nodes.ForEach(node => node.StartSync());

        await UntilAsync("the change is finished", () => _nodes.All(node => node.Layout is { IsJoint: false, Number.Value: 3 }));
        await UntilWholeAsync();
        await AssertAllIsReadableAsync(_nodes[0]);
    }

    [Fact]
    public async Task A_node_that_was_away_gets_what_it_missed_by_itself()
    {
        var (away, others) = (_nodes[2], _nodes[..2]);
        _nodes.ForEach(node => node.StartSync());
        await WriteAsync(away, 0, 5);
        others.ForEach(node => node.See(others));
        away.See([away]);
        var missed = Value(50);
        foreach (var node in others)
        {
            await node.Chunks.PutAsync(ChunkTree.IdOf(missed), missed, Epoch.First, CancellationToken.None);
        }

        _placed.Add(missed);
        Assert.False(away.Chunks.Contains(ChunkTree.IdOf(missed)));
        await Task.WhenAll(_nodes.Select(IsIdleAsync));

        SeeEachOther();

        await UntilAsync("the chunk is here", () => away.Chunks.Contains(ChunkTree.IdOf(missed)));
        await UntilWholeAsync();
    }

    [Fact]
    public async Task A_pause_holds_up_copies_of_chunks_and_not_heads_and_an_order_begins_a_comparison()
    {
        _nodes.ForEach(node => node.StartSync());
        await WriteAsync(_nodes[0], 0, 3);
        await Task.WhenAll(_nodes.Select(IsIdleAsync));
        var (behind, missed) = (_nodes[2], Value(50));
        foreach (var node in _nodes[..2])
        {
            await node.Chunks.PutAsync(ChunkTree.IdOf(missed), missed, Epoch.First, CancellationToken.None);
        }

        behind.Switch.Run(RepairCommand.Now);
        behind.Switch.Run(RepairCommand.Pause);

        await UntilAsync("it has begun and waits", async () => await behind.SyncStateAsync() is { IsBusy: true, PartitionsLeft: > 0 and <= 4 });
        Assert.False(behind.Chunks.Contains(ChunkTree.IdOf(missed)));
        behind.Switch.Run(RepairCommand.Resume);
        await UntilAsync("the chunk is here", () => behind.Chunks.Contains(ChunkTree.IdOf(missed)));
        await IsIdleAsync(behind);
    }

    [Fact]
    public async Task A_node_that_was_down_gets_the_files_written_meanwhile()
    {
        _nodes.ForEach(node => node.StartSync());
        await WriteAsync(_nodes[0], 0, 5);
        await _nodes[2].StopAsync();
        _nodes[0].See(_nodes[..2]);
        _nodes[1].See(_nodes[..2]);
        await WriteAsync(_nodes[0], 3, 15);

        _nodes[2] = await _nodes[2].RestartAsync();
        SeeEachOther();
        _nodes[2].StartSync();

        await UntilWholeAsync();
    }

    private async Task WriteAsync(SyncNode by, int from, int to)
    {
        for (var number = from; number < to; number++)
        {
            var (register, value) = (Register(number), Value(number));
            if (await by.PlaceAsync(value))
            {
                _placed.Add(value);
            }

            if (await by.WriteAsync(register, value))
            {
                _acknowledged[register] = value;
            }
        }

        Assert.NotEmpty(_acknowledged);
    }

    private async Task WriteUntilAsync(SyncNode by, int number, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await WriteAsync(by, number, number + 1);
            number++;
        }
    }

    // Every write must be acknowledged and every read answered.
    private async Task<int> WorkUntilAsync(SyncNode by, int number, CancellationToken stop)
    {
        var first = number;
        for (; !stop.IsCancellationRequested; number++)
        {
            var (register, value) = (Register(number), Value(number));
            Assert.True(await by.PlaceAsync(value), $"chunk {number} is placed");
            Assert.True(await by.WriteAsync(register, value), $"register {number} is written");
            Assert.Equal(value, await by.ReadAsync(register));
            _placed.Add(value);
            _acknowledged[register] = value;
        }

        return number - first;
    }

    // The process is gone; another of the same name starts with an empty directory, and so with another id.
    private async Task LoseDirectoryAsync(int index, int newNumber)
    {
        var lost = _nodes[index];
        _nodes.RemoveAt(index);
        _nodes.ForEach(node => node.See(_nodes));
        await lost.DisposeAsync();
        _nodes.Insert(index, await SyncNode.StartAsync(lost.Name, Members.Id(newNumber)));
        SeeEachOther();
    }

    private async Task EndAsync(int index)
    {
        var ended = _nodes[index];
        _nodes.RemoveAt(index);
        await ended.DisposeAsync();
    }

    private bool OnReplicasOnly(Layout layout) => _placed.Select(bytes => ChunkTree.IdOf(bytes)).All(chunk =>
        _nodes.All(node => node.Chunks.Contains(chunk) == layout.ChunkReplicasOf(chunk.Partition).Contains(node.Self)));

    private void SeeEachOther() => _nodes.ForEach(node => node.See(_nodes));

    private async Task AssertAllIsReadableAsync(SyncNode reader)
    {
        foreach (var (register, value) in _acknowledged)
        {
            Assert.Equal(value, await reader.ReadAsync(register));
        }
    }

    // Every node has every chunk and every row, not only a majority of them.
    private async Task UntilWholeAsync()
    {
        await UntilAsync("every chunk is on every node", () =>
            _nodes.All(node => _placed.All(bytes => node.Chunks.Contains(ChunkTree.IdOf(bytes)))));
        foreach (var node in _nodes)
        {
            await UntilAsync("its rows are whole", async () =>
            {
                var rows = await Task.WhenAll(_acknowledged.Keys.Select(node.RowAsync));
                return rows.Zip(_acknowledged.Values).All(pair =>
                    pair.First is { HasValue: true } row && row.Value.Span.SequenceEqual(pair.Second));
            });
        }
    }

    private async Task IsIdleAsync(SyncNode node) =>
        await UntilAsync("it is idle", async () => await node.SyncStateAsync() is { IsBusy: false });

    private Task UntilAsync(string what, Func<bool> condition) => UntilAsync(what, () => Task.FromResult(condition()));

    // Nodes hear of each other's layout numbers meanwhile, as their greetings would tell.
    private async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < Patience, $"{what}, within {Patience}");
            _nodes.ForEach(node => node.SeeAgain());
            await Task.Delay(20);
        }
    }

    private static RegisterId Register(int number) => new(new Bytes32(SHA256.HashData(BitConverter.GetBytes(number))));

    private static byte[] Value(int number)
    {
        var bytes = new byte[500];
        new Random(number).NextBytes(bytes);
        return bytes;
    }
}
