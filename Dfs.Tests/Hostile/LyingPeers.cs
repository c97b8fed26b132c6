using Dfs.Core.Crypto;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Storage.ChunkStore;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;
using Dfs.Tests.Transfer;

namespace Dfs.Tests.Hostile;

/// <summary>Nodes that lie about chunks, among others over real peer endpoints: no wrong byte, and they are caught (docs/threat-model.md).</summary>
public sealed class LyingPeers : IAsyncLifetime
{
    private const int Liar = 2;

    private readonly List<TrafficNode> _nodes = [];
    private readonly List<LyingStore> _shown = [];

    private TrafficNode Auditor => _nodes[0];

    private LyingStore Lies => _shown[0];

    public async Task InitializeAsync()
    {
        for (var number = 1; number <= 4; number++)
        {
            _nodes.Add(await TrafficNode.StartAsync(number, TimeSpan.FromSeconds(10), shown: number == Liar + 1 ? Show : null));
        }

        var layout = Layout.First(new ClusterId(new Bytes16(7, 7)), Members.Three, [.. _nodes.Select((node, index) => node.Member(index + 1))]);
        _nodes.ForEach(node => node.Layout = layout);
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task Who_says_stored_and_drops_is_caught_gets_no_copies_and_is_stood_in_for()
    {
        Lies.Drops = true;
        var (chunk, next) = (ChunkOf(0), ChunkOf(1000));
        await Auditor.PlaceAsync(chunk);
        Assert.False(_nodes[Liar].Store.Contains(chunk.Id));

        await CatchAsync();

        Assert.True(_nodes[3].Store.Contains(chunk.Id));
        Assert.Equal(1, Auditor.Audits.Remade);
        Lies.Drops = false;
        await Auditor.PlaceAsync(next);
        Assert.False(_nodes[Liar].Store.Contains(next.Id));
        Assert.True(_nodes[3].Store.Contains(next.Id));
        Assert.True(Auditor.Audits.IsBelieved(_nodes[1].Self));
    }

    [Fact]
    public async Task Who_gives_another_chunk_is_not_read_from_and_is_caught()
    {
        var (chunk, other) = (ChunkOf(0), ChunkOf(1000));
        await Auditor.PlaceAsync(chunk);
        await _nodes[Liar].Store.PutAsync(other.Id, other.Bytes, Epoch.First, default);
        Lies.Other = other.Id;
        await Auditor.Store.DeleteAsync(chunk.Id, default);
        await _nodes[1].Store.DeleteAsync(chunk.Id, default);
        await _nodes[3].Store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, default);

        // The only honest copy is where nobody is asked first.
        using (var read = await Auditor.Traffic.FetchAsync(chunk.Id, default))
        {
            Assert.Equal(chunk.Bytes, read.Memory.ToArray());
        }

        await Auditor.Store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, default);
        await _nodes[1].Store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, default);
        await CatchAsync();
    }

    // A range is read by leaves: each with a proof, which leads to the chunk's name or not.
    [Fact]
    public async Task Who_gives_wrong_leaves_is_not_read_from()
    {
        var (large, other) = (LargeChunkOf(0), LargeChunkOf(1000));
        await Auditor.PlaceAsync(large);
        await _nodes[Liar].Store.PutAsync(other.Id, other.Bytes, Epoch.First, default);
        await Auditor.Store.DeleteAsync(large.Id, default);
        Lies.Other = other.Id;

        using (var read = await Auditor.Traffic.FetchLeavesAsync(large.Id, large.Bytes.Length, 1, 1, default))
        {
            Assert.Equal(large.Bytes.AsSpan(ChunkTree.LeafBytes, ChunkTree.LeafBytes), read!.Memory.Span[..ChunkTree.LeafBytes]);
        }

        await _nodes[1].Store.DeleteAsync(large.Id, default);
        Assert.Null(await Auditor.Traffic.FetchLeavesAsync(large.Id, large.Bytes.Length, 1, 1, default));
    }

    [Fact]
    public async Task An_honest_node_whose_disk_rots_is_healed_and_believed()
    {
        var chunk = ChunkOf(0);
        await Auditor.PlaceAsync(chunk);
        Lies.Other = null;
        await _nodes[Liar].Store.DeleteAsync(chunk.Id, default);

        await SampleUntilAsync(audit => audit.Admitted > 0);
        await _nodes[Liar].Store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, default);
        await SampleUntilAsync(audit => audit.Right > 0);

        Assert.True(Auditor.Audits.IsBelieved(_nodes[Liar].Self));
        Assert.Equal(0, Auditor.Audits.Remade);
    }

    // The peer and the leaf are chosen by chance: that one of two is not chosen in a thousand samples is beyond belief.
    private async Task SampleUntilAsync(Func<PeerAudit, bool> isSeen)
    {
        for (var sample = 0; sample < 1000; sample++)
        {
            Assert.Null(await Auditor.Audits.SampleAsync(default));
            if (Auditor.Audits.Ledger.Peers.TryGetValue(_nodes[Liar].Self, out var audit) && isSeen(audit))
            {
                return;
            }
        }

        Assert.Fail("the node was never asked");
    }

    private async Task CatchAsync()
    {
        await SampleUntilAsync(audit => audit.Wrong > 0);
        Assert.True(Auditor.Audits.IsBelieved(_nodes[Liar].Self));
        Auditor.Time.Advance(AuditLedger.RecheckAfter);

        Assert.Equal(_nodes[Liar].Self, await Auditor.Audits.SampleAsync(default));
        Assert.False(Auditor.Audits.IsBelieved(_nodes[Liar].Self));
    }

    private LyingStore Show(IChunkStore honest)
    {
        _shown.Add(new LyingStore(honest));
        return Lies;
    }

    private SampleChunk LargeChunkOf(int from) => ChunkOf(from, 3 * ChunkTree.LeafBytes);

    // One whose replicas are the first three nodes.
    private SampleChunk ChunkOf(int from, int sizeBytes = 2000)
    {
        for (var number = from; ; number++)
        {
            var bytes = TestBytes.Random(number, sizeBytes);
            var id = ChunkTree.IdOf(bytes);
            if (!Auditor.Layout!.ChunkReplicasOf(id.Partition).Contains(_nodes[3].Self))
            {
                return new SampleChunk(id, bytes);
            }
        }
    }
}
