using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.ChunkStore;

/// <summary>The power goes at every single call to the disk, one run each, and takes what was not synced in different ways.</summary>
public sealed class SegmentCrashTests
{
    private const string Data = "/data";
    private const string Root = $"{Data}/chunks";

    // How the sectors and names that were not synced fall is drawn; so many draws for each step.
    private const int DrawsEach = 2;

    private readonly Dictionary<ChunkId, SampleChunk> _acknowledged = [];
    private readonly HashSet<ChunkId> _deleted = [];
    private SimDisk _disk = FreshDisk();

    [Fact]
    public Task A_crash_at_any_step_of_puts_and_of_the_next_segment_loses_nothing_that_was_answered() =>
        AtEveryStepAsync(Nothing, async () =>
        {
            var store = Open();
            await PutAsync(store, Enumerable.Range(0, 6).Select(i => SampleChunk.Of(i, 5_000)));
            await PutAsync(store, [SampleChunk.Of(7, 12_000)]);
            await PinAsync(store, SampleChunk.Of(1, 5_000).Id);
            await PutAsync(store, [SampleChunk.Of(8, 100), SampleChunk.Of(9, 0)]);
            await store.DisposeAsync();
        });

    [Fact]
    public Task A_crash_at_any_step_of_a_start_after_a_crash_loses_nothing_that_was_answered() =>
        AtEveryStepAsync(
            async () =>
            {
                var store = Open();
                await PutAsync(store, Enumerable.Range(0, 4).Select(i => SampleChunk.Of(i, 5_000)));
                // Half a batch, and no checkpoint.
                _disk.Faults = (call, _) => call is "sync" ? DiskFault.Io : null;
                await store.PutAsync(SampleChunk.Of(5, 3_000).Id, SampleChunk.Of(5, 3_000).Bytes, Epoch.First, default);
                await store.DisposeAsync();
                _disk.Faults = (_, _) => null;
                _disk.Crash(new Random(4));
            },
            async () =>
            {
                var store = Open();
                await PutAsync(store, [SampleChunk.Of(6, 2_000)]);
                await store.DisposeAsync();
            });

    [Fact]
    public Task A_crash_at_any_step_of_a_compaction_loses_nothing_and_brings_nothing_back() =>
        AtEveryStepAsync(FillAndDeleteAsync, async () =>
        {
            var store = Open();
            await store.CompactAsync(default);
            await PutAsync(store, [SampleChunk.Of(50, 100)]);
            await store.CompactAsync(default);
            await store.DisposeAsync();
        });

    [Fact]
    public Task A_crash_at_any_step_of_giving_back_loses_nothing_and_brings_nothing_back() =>
        AtEveryStepAsync(FillAndDeleteAsync, async () =>
        {
            var store = Open();
            await store.GiveBackAsync(default);
            await PutAsync(store, [SampleChunk.Of(50, 100)]);
            await store.GiveBackAsync(default);
            await store.DisposeAsync();
        });

    [Fact]
    public async Task After_giving_back_the_files_are_at_most_a_twentieth_over_what_is_alive()
    {
        _disk = FreshDisk();
        await using var store = Open();
        var chunks = Enumerable.Range(0, 60).Select(i => SampleChunk.Of(i, 4_000)).ToList();
        await PutAsync(store, chunks);
        await DeleteAsync(store, chunks.Where((_, number) => number % 5 == 0));

        await store.GiveBackAsync(default);

        // Beside the checkpoint, and but for what one segment of this small store has in records that only say what is gone.
        Assert.InRange(FilesBytes(), 48 * 4_000, (48 * 4_000 * 1.05) + 4_000);
        await store.DisposeAsync();
        await CheckAsync(async () => await Task.FromResult<IChunkStore>(Open()));
    }

    [Fact]
    public async Task After_nearly_everything_was_given_back_nothing_is_left_that_says_what_is_gone()
    {
        _disk = FreshDisk();
        var chunks = Enumerable.Range(0, 400).Select(i => SampleChunk.Of(i, 4_000)).ToList();
        await using (var filled = Open())
        {
            // Its end writes a checkpoint, which has them all.
            await PutAsync(filled, chunks);
        }

        await using var store = Open();
        await DeleteAsync(store, chunks.Where((_, number) => number % 40 > 0));

        await store.GiveBackAsync(default);

        Assert.InRange(FilesBytes(), 10 * 4_000, (10 * 4_000 * 1.05) + 4_000);
        await store.DisposeAsync();
        await CheckAsync(async () => await Task.FromResult<IChunkStore>(Open()));
    }

    [Theory]
    [InlineData(StoreLayout.Segments)]
    [InlineData(StoreLayout.Folders)]
    public Task A_crash_at_any_step_of_a_conversion_loses_nothing_and_running_it_again_ends_it(StoreLayout target) =>
        AtEveryStepAsync(
            async () =>
            {
                await using var store = target == StoreLayout.Folders ? (IChunkStore)Open() : OpenFolders();
                await PutAsync(store, Enumerable.Range(0, 3).Select(i => SampleChunk.Of(i, 3_000)), pin: 3);
            },
            () => ConvertAsync(target),
            async () =>
            {
                Assert.IsType<ConversionOutcome.Done>(await ConvertAsync(target));
                Assert.Equal([target], StoreLayouts.FoundIn(_disk, Root));
                return target == StoreLayout.Segments ? (IChunkStore)Open() : OpenFolders();
            });

    [Fact]
    public async Task A_compaction_frees_what_was_deleted_and_keeps_pins_and_deletions()
    {
        var before = await FillAndDeleteAsync();
        var store = Open();
        await PinAsync(store, SampleChunk.Of(0, 4_000).Id, 9);

        await store.CompactAsync(default);

        Assert.True(_disk.UsedBytes < before - 30_000, $"{before} bytes became {_disk.UsedBytes}");
        await store.DisposeAsync();
        await CheckAsync(async () => await Task.FromResult<IChunkStore>(Open()));
        _disk.Faults = (call, _) => call == "write" ? DiskFault.NoSpace : null;
        await using var again = Open();
        Assert.True(await again.PinAsync(SampleChunk.Of(0, 4_000).Id, new Epoch(9), default));
    }

    [Fact]
    public async Task A_compaction_never_touches_the_reserve()
    {
        await FillAndDeleteAsync();
        await using var store = Open(reserveBytes: 100_000);
        _disk.CapacityBytes = _disk.UsedBytes + 100_000;
        var files = _disk.FilesBelow($"{Root}/segments").Count;

        await store.CompactAsync(default);

        Assert.True(_disk.FreeBytes(Root) >= 100_000);
        Assert.True(_disk.FilesBelow($"{Root}/segments").Count <= files);
    }

    // Six segments, two chunks in three of them deleted. Gives what the disk held before: the store may begin to compact by itself.
    private async Task<long> FillAndDeleteAsync()
    {
        await using var store = Open();
        var chunks = Enumerable.Range(0, 24).Select(i => SampleChunk.Of(i, 4_000)).ToList();
        foreach (var group in chunks.Chunk(4))
        {
            await PutAsync(store, group);
        }

        var filledBytes = _disk.UsedBytes;
        await DeleteAsync(store, chunks.Where((_, number) => number % 3 > 0));

        return filledBytes;
    }

    private async Task DeleteAsync(SegmentChunkStore store, IEnumerable<SampleChunk> chunks)
    {
        foreach (var chunk in chunks)
        {
            Assert.True(await store.DeleteAsync(chunk.Id, default));
            _acknowledged.Remove(chunk.Id);
            _deleted.Add(chunk.Id);
        }
    }

    private long FilesBytes() => _disk.FilesBelow($"{Root}/segments").Where(path => !path.EndsWith($"/{Checkpoint.FileName}", StringComparison.Ordinal)).Sum(path =>
    {
        using var file = _disk.Open(path, writable: false)!;
        return file.SizeBytes;
    });

    private static SimDisk FreshDisk()
    {
        var disk = new SimDisk();
        disk.CreateFolder(Data);
        disk.SyncFolders(["/", Data]);
        return disk;
    }

    private static Task Nothing() => Task.CompletedTask;

    private async Task AtEveryStepAsync(Func<Task> prepare, Func<Task> act, Func<Task<IChunkStore>>? open = null)
    {
        var steps = 0;
        for (var isOver = false; !isOver; steps++)
        {
            for (var draw = 0; draw < DrawsEach; draw++)
            {
                _disk = FreshDisk();
                _acknowledged.Clear();
                _deleted.Clear();
                await prepare();
                var callsLeft = steps;
                _disk.Faults = (_, _) => Interlocked.Decrement(ref callsLeft) < 0 ? DiskFault.Io : null;
                try
                {
                    await act();
                }
                catch (DiskException)
                {
                    // A start that the power ended.
                }

                isOver = callsLeft >= 0;
                _disk.Faults = (_, _) => null;
                _disk.Crash(new Random((steps * DrawsEach) + draw));
                await CheckAsync(open ?? (() => Task.FromResult<IChunkStore>(Open())), $"step {steps}, draw {draw}: ");
            }
        }

        Assert.True(steps > 10, $"the disk was called ({steps} times)");
    }

    private async Task CheckAsync(Func<Task<IChunkStore>> open, string where = "")
    {
        await using var store = await open();
        foreach (var chunk in _acknowledged.Values)
        {
            using var lease = await store.ReadAsync(chunk.Id, default);
            Assert.True(lease is not null && lease.Ciphertext.Span.SequenceEqual(chunk.Bytes), $"{where}{chunk.Id} is lost");
        }

        foreach (var id in _deleted)
        {
            Assert.False(store.Contains(id), $"{where}{id} is back");
        }

        var retried = SampleChunk.Of(99, 6_000);
        Assert.True((await store.PutAsync(retried.Id, retried.Bytes, Epoch.First, default)).IsDurable, $"{where}a put works again");
        Assert.Equal(0, store.State.Quarantined);
    }

    private async Task PutAsync(IChunkStore store, IEnumerable<SampleChunk> chunks, ulong pin = 1)
    {
        var all = chunks.ToList();
        var outcomes = await Task.WhenAll(all.Select(chunk => store.PutAsync(chunk.Id, chunk.Bytes, new Epoch(pin), default).AsTask()));
        foreach (var (chunk, _) in all.Zip(outcomes).Where(put => put.Second.IsDurable))
        {
            _acknowledged[chunk.Id] = chunk;
        }
    }

    private static async Task PinAsync(SegmentChunkStore store, ChunkId id, ulong pin = 5) => await store.PinAsync(id, new Epoch(pin), default);

    private Task<ConversionOutcome> ConvertAsync(StoreLayout target) =>
        new StoreConversion(_disk, Root, new BufferPool()) { ReserveBytes = 0, SegmentSizeBytes = 8 * 1024 }
            .RunAsync(target, static _ => { }, default);

    private SegmentChunkStore Open(long reserveBytes = 0) => SegmentChunkStore.Open(
        new SegmentChunkStoreOptions(_disk, Root, new BufferPool())
        {
            ReserveBytes = reserveBytes,
            SegmentSizeBytes = 16 * 1024,
            MarkAfter = TimeSpan.FromHours(1),
            CompactionBytesPerSecond = long.MaxValue,
        });

    private FolderChunkStore OpenFolders() =>
        FolderChunkStore.Open(new FolderChunkStoreOptions(_disk, Root, new BufferPool()) { ReserveBytes = 0 });
}
