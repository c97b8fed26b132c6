using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Tests.Placement;
using Dfs.Tests.Processes;

namespace Dfs.Tests.Repair;

/// <summary>Three nodes over real sockets and disks, none of which compares anything: what one missed it must have been told.</summary>
public sealed class MissedKeeperSpec : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<SyncNode> _nodes = [];

    public async Task InitializeAsync()
    {
        for (var number = 1; number <= 3; number++)
        {
            _nodes.Add(await SyncNode.StartAsync($"node{number}", Members.Id(number), isFirst: number == 1));
        }

        await UntilAsync("the first layout has formed", () => _nodes.All(node => node.Layout is { IsJoint: false }));
        _nodes.ForEach(node => node.StartMissed());
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task What_a_replica_missed_while_it_was_down_it_is_told_when_it_is_back()
    {
        var values = Enumerable.Range(0, 20).Select(Value).ToList();
        await _nodes[2].StopAsync();
        foreach (var value in values)
        {
            Assert.True(await _nodes[0].PlaceAsync(value));
            Assert.True(await _nodes[1].WriteAsync(Register(value), value));
        }

        await UntilAsync("it was noted", () => _nodes[0].Missed.Waiting == values.Count && _nodes[1].Missed.Waiting == values.Count);
        _nodes[2] = await _nodes[2].RestartAsync();
        _nodes[2].StartMissed();

        await UntilAsync("every chunk is here", () => values.All(value => _nodes[2].Chunks.Contains(ChunkTree.IdOf(value))));
        await UntilAsync("every head is here", async () =>
            (await Task.WhenAll(values.Select(value => _nodes[2].RowAsync(Register(value))))).Zip(values)
                .All(pair => pair.First is { } row && row.Value.Span.SequenceEqual(pair.Second)));
        await UntilAsync("nothing waits", () => _nodes.All(node => node.Missed.Waiting == 0));
    }

    [Fact]
    public async Task A_writer_whose_own_disk_missed_a_copy_fetches_it_from_the_others()
    {
        var value = Value(1);
        foreach (var node in _nodes.Skip(1))
        {
            await node.Chunks.PutAsync(ChunkTree.IdOf(value), value, Epoch.First, CancellationToken.None);
        }

        _nodes[0].Missed.Note(_nodes[0].Self, ChunkTree.IdOf(value));

        await UntilAsync("the chunk is here", () => _nodes[0].Chunks.Contains(ChunkTree.IdOf(value)) && _nodes[0].Missed.Waiting == 0);
    }

    [Fact]
    public async Task What_nobody_has_any_more_is_settled_and_waited_for_no_longer()
    {
        _nodes[0].Missed.Note(_nodes[2].Self, ChunkTree.IdOf(Value(1)));
        _nodes[0].Missed.Note(_nodes[2].Self, Register(Value(2)));

        await UntilAsync("nothing waits", () => _nodes[0].Missed.Waiting == 0);
        Assert.Null(await _nodes[2].RowAsync(Register(Value(2))));
    }

    // Nodes hear of each other meanwhile, as their greetings would tell.
    private Task UntilAsync(string what, Func<bool> condition) => UntilAsync(what, () => Task.FromResult(condition()));

    private Task UntilAsync(string what, Func<Task<bool>> condition) => Eventually.HoldsAsync(
        () =>
        {
            _nodes.ForEach(node => node.See(_nodes));
            return condition();
        },
        Patience, what);

    private static RegisterId Register(byte[] value) => new(new Bytes32(SHA256.HashData(value)));

    private static byte[] Value(int number)
    {
        var bytes = new byte[500];
        new Random(number).NextBytes(bytes);
        return bytes;
    }
}
