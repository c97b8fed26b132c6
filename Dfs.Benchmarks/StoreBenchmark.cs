using System.Buffers.Binary;
using System.Security.Cryptography;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;

namespace Dfs.Benchmarks;

/// <summary>How many durable puts a second does a chunk store do, against plain files on the same disk?</summary>
internal static class StoreBenchmark
{
    private const int Small = 4096;
    private const int Large = 1024 * 1024;

    /// <param name="args">A folder on the disk to measure; the temporary folder when left out.</param>
    public static async Task<Table> RunAsync(string[] args)
    {
        var root = Path.Combine(args.FirstOrDefault() ?? Path.GetTempPath(), $"dfs-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(root);
        try
        {
            var table = new Table("Durable puts and reads of the folder store");
            var sum = new byte[Large];
            table.Add("CRC-32C, 1 MiB", Measure.MegabytesPerSecond(Large, () => Crc32C.Of(sum)), "MB/s");
            await PutsAsync(table, Path.Combine(root, "small"), Small, callers: 64, puts: 1200);
            await PutsAsync(table, Path.Combine(root, "large"), Large, callers: 8, puts: 150);
            return table;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task PutsAsync(Table table, string root, int sizeBytes, int callers, int puts)
    {
        var bytes = RandomNumberGenerator.GetBytes(sizeBytes);
        var plain = await PlainFilesAsync(root + "-plain", bytes, callers, puts / 2);
        var options = new FolderChunkStoreOptions(HostDisk.Instance, root, new BufferPool()) { ReserveBytes = 0 };
        Pace put, read;
        await using (var store = FolderChunkStore.Open(options))
        {
            put = await Measure.ConcurrentAsync(callers, puts, async number =>
            {
                var outcome = await store.PutAsync(IdOf(number), bytes, Epoch.First, CancellationToken.None);
                Invariant.Holds(outcome is PutOutcome.Stored, $"the chunk was stored ({outcome})");
            });
            read = await Measure.ConcurrentAsync(callers, puts, async number =>
            {
                using var lease = await store.ReadAsync(IdOf(number), CancellationToken.None);
                Invariant.Holds(lease is not null, $"chunk {number} is there");
            });
        }

        var size = sizeBytes / 1024;
        table.AddCalls($"plain files, synced, {size} KiB, {callers} at once", plain, "files/s");
        table.AddCalls($"put {size} KiB, {callers} at once", put, "puts/s", plain.CallsPerSecond);
        table.AddBulk($"put {size} KiB, {callers} at once", put, sizeBytes, plain.MegabytesPerSecond(sizeBytes));
        table.AddCalls($"read {size} KiB, {callers} at once", read, "reads/s");
        table.AddBulk($"read {size} KiB, {callers} at once", read, sizeBytes);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await FolderChunkStore.Open(options).DisposeAsync();
        table.Add($"open a store of {puts:#,0} chunks", puts / watch.Elapsed.TotalSeconds, "chunks/s");
    }

    // Temporary name, write, fdatasync, rename, fsync of the one folder: the least that is durable, without groups.
    private static async Task<Pace> PlainFilesAsync(string root, byte[] bytes, int callers, int files)
    {
        Directory.CreateDirectory(root);
        var disk = HostDisk.Instance;
        return await Measure.ConcurrentAsync(Math.Min(callers, 16), files, number => Task.Factory.StartNew(
            () =>
            {
                using (var file = disk.Create($"{root}/{number}.new"))
                {
                    file.Write(0, bytes);
                    file.Sync();
                }

                disk.Rename($"{root}/{number}.new", $"{root}/{number}");
                disk.SyncFolders([root]);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default));
    }

    private static ChunkId IdOf(int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return new ChunkId(SHA256.HashData(bytes));
    }
}
