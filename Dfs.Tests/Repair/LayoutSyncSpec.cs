using System.Diagnostics;
using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
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

    private static async Task IsIdleAsync(SyncNode node) =>
        await UntilAsync("it is idle", async () => await node.SyncStateAsync() is { IsBusy: false });

    private static Task UntilAsync(string what, Func<bool> condition) => UntilAsync(what, () => Task.FromResult(condition()));

    private static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < Patience, $"{what}, within {Patience}");
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
