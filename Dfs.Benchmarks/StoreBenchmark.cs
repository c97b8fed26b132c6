using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;

namespace Dfs.Benchmarks;

/// <summary>How many durable puts a second does a chunk store do, against what the same disk does with a sync?</summary>
internal static class StoreBenchmark
{
    private const int KiB = 1024;
    private const int MiB = 1024 * 1024;

    // What the segment store syncs at once when everybody puts large chunks.
    private const int BatchBytes = 16 * MiB;

    /// <param name="args">A folder on the disk to measure; the temporary folder when left out. Then "million": also a store of a million chunks.</param>
    public static async Task<Table> RunAsync(string[] args)
    {
        var root = Path.Combine(args.FirstOrDefault() ?? Path.GetTempPath(), $"dfs-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(root);
        try
        {
            var table = new Table("Durable puts and reads of the chunk stores");
            var sum = new byte[MiB];
            table.Add("CRC-32C, 1 MiB", Measure.MegabytesPerSecond(MiB, () => Crc32C.Of(sum)), "MB/s");
            var written = Enumerable.Range(0, 3).Max(_ => WrittenWithSync(Path.Combine(root, "sequential")));
            table.Add("sequential write, a sync each 16 MiB", written, "MB/s");
            await SegmentsAsync(table, Path.Combine(root, "s1"), KiB, puts: 150_000, written);
            await SegmentsAsync(table, Path.Combine(root, "s64"), 64 * KiB, puts: 12_000, written);
            await SegmentsAsync(table, Path.Combine(root, "s1024"), MiB, puts: 1_000, written);
            table.Add("sequential write again", WrittenWithSync(Path.Combine(root, "sequential")), "MB/s");
            await FoldersAsync(table, Path.Combine(root, "f4"), 4 * KiB, puts: 1_200);
            if (args.Contains("million"))
            {
                await MillionAsync(table, Path.Combine(root, "million"));
            }

            return table;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task SegmentsAsync(Table table, string root, int sizeBytes, int puts, double written)
    {
        const int Callers = 64;
        var ids = Enumerable.Range(0, puts + 1).Select(IdOf).ToArray();
        var bytes = RandomNumberGenerator.GetBytes(sizeBytes);
        var options = new SegmentChunkStoreOptions(HostDisk.Instance, root, new BufferPool()) { ReserveBytes = 0 };
        await using var store = SegmentChunkStore.Open(options);
        var put = await PutAsync(store, ids, bytes, Callers);
        var read = await ReadAsync(store, ids, Callers, Math.Min(puts, 50_000));
        var name = $"{(sizeBytes >= MiB ? $"{sizeBytes / MiB} MiB" : $"{sizeBytes / KiB} KiB")}, {Callers} at once";
        table.AddCalls($"segments: put {name}", put, "puts/s");
        table.AddBulk($"segments: put {name}", put, sizeBytes, written);
        table.AddCalls($"segments: read {name}", read, "reads/s");
        table.AddBulk($"segments: read {name}", read, sizeBytes);
    }

    private static async Task FoldersAsync(Table table, string root, int sizeBytes, int puts)
    {
        const int Callers = 64;
        var ids = Enumerable.Range(0, puts + 1).Select(IdOf).ToArray();
        var bytes = RandomNumberGenerator.GetBytes(sizeBytes);
        var options = new FolderChunkStoreOptions(HostDisk.Instance, root, new BufferPool()) { ReserveBytes = 0 };
        await using var store = FolderChunkStore.Open(options);
        table.AddCalls($"folders: put {sizeBytes / KiB} KiB, {Callers} at once", await PutAsync(store, ids, bytes, Callers), "puts/s");
        table.AddCalls($"folders: read {sizeBytes / KiB} KiB, {Callers} at once", await ReadAsync(store, ids, Callers, puts), "reads/s");
    }

    private static async Task MillionAsync(Table table, string root)
    {
        const int Chunks = 1_000_000;
        var ids = Enumerable.Range(0, Chunks + 1).Select(IdOf).ToArray();
        var bytes = RandomNumberGenerator.GetBytes(64);
        var options = new SegmentChunkStoreOptions(HostDisk.Instance, root, new BufferPool()) { ReserveBytes = 0 };
        await using (var store = SegmentChunkStore.Open(options))
        {
            table.AddCalls("a million chunks: put", await PutAsync(store, ids, bytes, 64), "puts/s");
            table.Add("a million chunks: index", store.IndexBytes / (double)MiB, "MiB");
        }

        table.Add("a million chunks: start after a clean stop", await OpenedAsync(options), "ms");
        var segments = Directory.EnumerateFiles($"{root}/segments", "*.segment").ToList();
        File.Delete($"{root}/segments/checkpoint");
        table.Add("a million chunks: start without the checkpoint", await OpenedAsync(options), "ms");
        var watch = Stopwatch.StartNew();
        var buffer = new byte[MiB];
        foreach (var path in segments)
        {
            using var file = File.OpenRead(path);
            while (await file.ReadAsync(buffer) > 0)
            {
                // Read for the time it takes.
            }
        }

        table.Add("a million chunks: segments read once", watch.Elapsed.TotalMilliseconds, "ms");
    }

    private static async Task<double> OpenedAsync(SegmentChunkStoreOptions options)
    {
        var watch = Stopwatch.StartNew();
        var store = SegmentChunkStore.Open(options);
        var took = watch.Elapsed.TotalMilliseconds;
        Invariant.Holds(store.State.Chunks == 1_000_000, $"all chunks are there ({store.State.Chunks})");
        await store.DisposeAsync();
        return took;
    }

    private static Task<Pace> PutAsync(IChunkStore store, ChunkId[] ids, byte[] bytes, int callers) =>
        Measure.ConcurrentAsync(callers, ids.Length - 1, async number =>
        {
            var outcome = await store.PutAsync(ids[number], bytes, Epoch.First, CancellationToken.None);
            Invariant.Holds(outcome is PutOutcome.Stored, $"the chunk was stored ({outcome})");
        });

    private static Task<Pace> ReadAsync(IChunkStore store, ChunkId[] ids, int callers, int reads) =>
        Measure.ConcurrentAsync(callers, reads, async number =>
        {
            using var lease = await store.ReadAsync(ids[number], CancellationToken.None);
            Invariant.Holds(lease is not null, $"chunk {number} is there");
        });

    private static double WrittenWithSync(string path)
    {
        const int Batches = 24;
        var bytes = RandomNumberGenerator.GetBytes(BatchBytes);
        var watch = Stopwatch.StartNew();
        using (var file = HostDisk.Instance.Create(path))
        {
            for (var batch = 0; batch < Batches; batch++)
            {
                file.Write((long)batch * BatchBytes, [bytes]);
                file.Sync();
            }
        }

        var rate = (double)Batches * BatchBytes / 1e6 / watch.Elapsed.TotalSeconds;
        File.Delete(path);
        return rate;
    }

    private static ChunkId IdOf(int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return new ChunkId(SHA256.HashData(bytes));
    }
}
