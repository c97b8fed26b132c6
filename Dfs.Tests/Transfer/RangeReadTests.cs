using System.IO.Pipelines;
using Akka.Actor;
using Akka.Streams;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;
using Dfs.Tests.Manifests;
using Dfs.Tests.Placement;
using static Dfs.Actors.Transfer.TransferProtocol;

namespace Dfs.Tests.Transfer;

/// <summary>A part of a file of 10 GiB, out of segments on four nodes, and what reading it costs.</summary>
/// <remarks>The file is some chunks over and over: every page of its manifest is there, its content a few times only.</remarks>
public sealed class RangeReadTests : IAsyncLifetime
{
    private const int RangeBytes = 64 * 1024;
    private const long FileBytesMin = 10L << 30;

    /// <summary>What a read of 64 KiB may move and hash of the content: it lies in three leaves at most.</summary>
    private const long ContentBytesMax = 256 * 1024;

    /// <summary>A full page of a manifest; a range lies in two at most.</summary>
    private const long PageBytesMax = 76 * 1024;

    private static readonly int[] ChunkSizes = [4 << 20, 1_300_000, 256 << 10, (1 << 20) + 1, 700_001, 100_000];

    private readonly List<TrafficNode> _nodes = [];
    private readonly ActorSystem _system = ActorSystem.Create("range-reads");
    private readonly BufferPool _buffers = new();
    private readonly List<byte[]> _chunks = [.. ChunkSizes.Select((size, seed) => TestBytes.Random(seed, size))];
    private IMaterializer _materializer = null!;
    private Manifest _manifest = null!;

    private long ReadFromDisks => _nodes.Sum(node => node.Disk.ReadBytes);

    public async Task InitializeAsync()
    {
        _materializer = _system.Materializer();
        for (var number = 1; number <= 4; number++)
        {
            _nodes.Add(await TrafficNode.StartAsync(number, TimeSpan.FromSeconds(10), StoreLayout.Segments));
        }

        var layout = Layout.First(
            new ClusterId(new Bytes16(7, 7)), Members.Three, [.. _nodes.Select((node, index) => node.Member(index + 1))]);
        _nodes.ForEach(node => node.Layout = layout);
        _manifest = await StoreAsync(_nodes[0]);
    }

    public async Task DisposeAsync()
    {
        await _system.Terminate();
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        Assert.Equal(0, _buffers.LeasedBytes);
    }

    [Theory, Seeds(4)]
    public async Task A_small_range_moves_reads_and_hashes_no_more_than_the_leaves_it_lies_in(int seed)
    {
        var random = new Random(seed);
        var fileBytes = (long)_manifest.PlainBytes;
        Assert.InRange(fileBytes, FileBytesMin, 2 * FileBytesMin);
        var round = _chunks.Sum(chunk => (long)chunk.Length);
        // Anywhere, over the end of a chunk, and the two ends of the file.
        long[] offsets = [random.NextInt64(fileBytes), (random.Next(100) * round) + ChunkSizes[0] - 1, 0, fileBytes - RangeBytes];
        foreach (var offset in offsets)
        {
            var node = _nodes[random.Next(_nodes.Count)];
            var (checkedBefore, readBefore) = (node.Traffic.Reads.CheckedBytes, ReadFromDisks);

            var range = await ReadAsync(node, offset, RangeBytes);

            Assert.Equal(Expected(offset, RangeBytes), range);
            var checkedBytes = node.Traffic.Reads.CheckedBytes - checkedBefore;
            Assert.InRange(checkedBytes, RangeBytes, ContentBytesMax + (2 * PageBytesMax));
            // Heads of records and leaf hashes come on top: less than 4 KiB for each record that is looked at.
            Assert.InRange(ReadFromDisks - readBefore, checkedBytes, checkedBytes + (8 * 4096));
        }
    }

    [Fact]
    public async Task Ranges_of_many_chunks_begin_and_end_in_the_middle_of_one()
    {
        var offset = FileBytesMin / 2;
        var count = 9_000_001;
        var (node, before) = (_nodes[1], _nodes[1].Traffic.Reads.CheckedBytes);

        Assert.Equal(Expected(offset, count), await ReadAsync(node, offset, count));

        // Not a leaf more than needed: one too many at each end.
        Assert.InRange(node.Traffic.Reads.CheckedBytes - before, count, count + (2 * ChunkTree.LeafBytes) + (2 * PageBytesMax));
    }

    [Fact]
    public async Task A_leaf_that_rotted_on_one_disk_comes_from_another_and_the_copy_is_set_aside()
    {
        foreach (var node in _nodes.Take(2))
        {
            foreach (var segment in node.Disk.FilesBelow("/chunks").Where(path => path.EndsWith(".segment", StringComparison.Ordinal)))
            {
                for (var at = 1L << 20; at < node.Disk.SizeOfFile(segment); at += ChunkTree.LeafBytes)
                {
                    node.Disk.Rot(segment, (int)(8 * at));
                }
            }
        }

        for (var chunk = 0; chunk < _chunks.Count; chunk++)
        {
            var offset = _chunks.Take(chunk).Sum(one => (long)one.Length) + (_chunks[chunk].Length / 2);
            Assert.Equal(Expected(offset, 1000), await ReadAsync(_nodes[0], offset, 1000));
        }

        Assert.NotEqual(0, _nodes[0].Store.State.Quarantined);
    }

    private async Task<Manifest> StoreAsync(TrafficNode writer)
    {
        var builder = new ManifestBuilder(Sample.Bucket.Dedup, TestBytes.FreshSource(1));
        var entries = new List<ChunkEntry>();
        foreach (var plain in _chunks)
        {
            var bytes = plain.ToArray();
            var seal = ChunkSeal.Seal(bytes, Sample.Bucket.Dedup);
            await writer.PlaceAsync(new SampleChunk(seal.Id, bytes));
            entries.Add(new ChunkEntry(seal.Id, seal.Key, ChunkCodec.None, (uint)bytes.Length, (uint)bytes.Length));
        }

        while ((long)builder.PlainBytes < FileBytesMin)
        {
            foreach (var entry in entries)
            {
                // A reader destroys the key of an entry that it has used.
                var pieces = builder.Append(entry with { Key = new ChunkKey(entry.Key.Span) });
                await PlaceAsync(writer, pieces);
            }
        }

        using var key = Sample.VersionKey();
        var place = Sample.Place(EnvelopeKind.Manifest);
        var built = builder.Finish(Sample.Facts(), key, place);
        await PlaceAsync(writer, built.Pieces);
        Assert.True(Manifest.TryOpen(key, place, built.Root.Span, out var manifest));
        return manifest;
    }

    private static async Task PlaceAsync(TrafficNode writer, IEnumerable<StoredPiece> pieces)
    {
        foreach (var piece in pieces)
        {
            await writer.PlaceAsync(new SampleChunk(piece.Id, piece.Bytes.ToArray()));
        }
    }

    private async Task<byte[]> ReadAsync(TrafficNode node, long offset, long count)
    {
        var options = new TransferOptions(
            null!, null!, node.Traffic, _buffers, null!, () => node.Layout, TimeProvider.System, TransfersMax: 1, ChunksInFlight: 4);
        var content = new MemoryStream();
        var target = PipeWriter.Create(content);
        var get = new StartGet(_manifest, target, offset, count, CancellationToken.None);

        var end = await new GetTransfer(options, get, _materializer, CancellationToken.None).RunAsync();

        Assert.Equal(new TransferEnd(DfsOutcome.Done, count, ""), end);
        return content.ToArray();
    }

    private byte[] Expected(long offset, int count)
    {
        var expected = new byte[count];
        var at = offset % _chunks.Sum(chunk => (long)chunk.Length);
        var index = 0;
        while (at >= _chunks[index].Length)
        {
            at -= _chunks[index++].Length;
        }

        for (var done = 0; done < count; (index, at) = ((index + 1) % _chunks.Count, 0))
        {
            var part = _chunks[index].AsSpan((int)at, Math.Min(_chunks[index].Length - (int)at, count - done));
            part.CopyTo(expected.AsSpan(done));
            done += part.Length;
        }

        return expected;
    }
}
