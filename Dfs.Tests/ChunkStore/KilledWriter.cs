using System.Globalization;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.ChunkStore;

/// <summary>The half of <see cref="KillMatrixTests"/> that is killed: a process that works on a real disk and ends with SIGKILL before one of its calls.</summary>
internal static class KilledWriter
{
    public const string Command = "killed-writer", Ended = "ended", Stored = "stored", Deleting = "deleting";

    /// <summary>What is done under the knife, by name; each begins with what <see cref="PrepareAsync"/> leaves.</summary>
    public static IReadOnlyDictionary<string, Func<IDisk, string, Task>> Acts { get; } = new Dictionary<string, Func<IDisk, string, Task>>
    {
        ["puts"] = PutAsync,
        ["start"] = (disk, root) => Open(disk, root).DisposeAsync().AsTask(),
        ["compaction"] = CompactAsync,
        ["to-folders"] = (disk, root) => ConvertAsync(disk, root, StoreLayout.Folders),
        ["to-segments"] = (disk, root) => ConvertAsync(disk, root, StoreLayout.Segments),
        ["keyring"] = (disk, root) => { Replace(disk, root, 2); return Task.CompletedTask; },
    };

    /// <summary>Says each thing that is stored, and each that will be deleted, on a line of its own before it goes on.</summary>
    /// <param name="step">The call of the disk that is not made any more.</param>
    public static async Task<int> RunAsync(string act, string root, int step)
    {
        await PrepareAsync(act, root);
        await Acts[act](new KillingDisk(HostDisk.Instance, step), root);
        Say(Ended);
        return 0;
    }

    public static SegmentChunkStore Open(IDisk disk, string root) => SegmentChunkStore.Open(
        new SegmentChunkStoreOptions(disk, root, new BufferPool())
        {
            ReserveBytes = 0,
            SegmentSizeBytes = 64 * 1024,
            MarkAfter = TimeSpan.FromHours(1),
            CompactionBytesPerSecond = long.MaxValue,
        });

    public static FolderChunkStore OpenFolders(IDisk disk, string root) =>
        FolderChunkStore.Open(new FolderChunkStoreOptions(disk, root, new BufferPool()) { ReserveBytes = 0 });

    public static Task<ConversionOutcome> ConvertAsync(IDisk disk, string root, StoreLayout target) =>
        new StoreConversion(disk, root, new BufferPool()) { ReserveBytes = 0, SegmentSizeBytes = 64 * 1024 }.RunAsync(target, static _ => { }, default);

    /// <summary>A whole file replaced as a keyring is.</summary>
    public static void Replace(IDisk disk, string root, int seed) =>
        WholeFile.Replace(disk, KeyringIn(root), TestBytes.Random(seed, 700 + seed), isPrivate: true);

    public static string KeyringIn(string root) => Path.Combine(root, "keyring");

    private static async Task PrepareAsync(string act, string root)
    {
        switch (act)
        {
            case "keyring":
                Replace(HostDisk.Instance, root, 1);
                break;
            case "to-segments":
                await using (var folders = OpenFolders(HostDisk.Instance, root))
                {
                    await StoreAsync(folders, Enumerable.Range(0, 3), 3_000);
                }

                break;
            case "puts":
                break;
            default:
                await using (var store = Open(HostDisk.Instance, root))
                {
                    for (var first = 0; first < 12; first += 4)
                    {
                        await StoreAsync(store, Enumerable.Range(first, 4), 14_000);
                    }

                    foreach (var number in Enumerable.Range(0, 12).Where(number => number % 3 > 0))
                    {
                        await DeleteAsync(store, number, 14_000);
                    }
                }

                break;
        }
    }

    // The second batch goes round the page cache, and so does none of the others.
    private static async Task PutAsync(IDisk disk, string root)
    {
        await using var store = Open(disk, root);
        await StoreAsync(store, Enumerable.Range(0, 4), 5_000);
        await StoreAsync(store, [10], 400_000);
        await store.PinAsync(SampleChunk.Of(1, 5_000).Id, new Epoch(5), default);
        await StoreAsync(store, [11], 0);
        await DeleteAsync(store, 0, 5_000);
    }

    private static async Task CompactAsync(IDisk disk, string root)
    {
        await using var store = Open(disk, root);
        await store.CompactAsync(default);
        await StoreAsync(store, [50], 100);
        await store.GiveBackAsync(default);
    }

    private static async Task StoreAsync(IChunkStore store, IEnumerable<int> numbers, int sizeBytes) =>
        await Task.WhenAll(numbers.Select(async number =>
        {
            var chunk = SampleChunk.Of(number, sizeBytes);
            if ((await store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, default)).IsDurable)
            {
                Say($"{Stored} {number} {sizeBytes}");
            }
        }));

    private static async Task DeleteAsync(SegmentChunkStore store, int number, int sizeBytes)
    {
        Say($"{Deleting} {number} {sizeBytes}");
        await store.DeleteAsync(SampleChunk.Of(number, sizeBytes).Id, default);
        Say($"deleted {number} {sizeBytes}");
    }

    // One write of a line to a pipe: there as a whole, whatever becomes of the process.
    private static void Say(string line)
    {
        lock (Acts)
        {
            Console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"{line}\n"));
            Console.Out.Flush();
        }
    }
}
