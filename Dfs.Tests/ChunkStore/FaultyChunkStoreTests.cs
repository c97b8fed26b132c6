using System.Collections.Concurrent;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Tests.Contracts;
using Dfs.Tests.Kit;

namespace Dfs.Tests.ChunkStore;

/// <summary>The contract on a disk that fails, fills up, rots and loses what was not synced.</summary>
public sealed class FaultyChunkStoreTests : ChunkStoreContract
{
    private const string Root = "/chunks";
    private readonly SimDisk _disk = new();
    private readonly ConcurrentQueue<ChunkDamage> _damage = new();
    private long _reserveBytes;

    [Theory] // each field of the header, the first and the last bit of the ciphertext
    [InlineData(0)]
    [InlineData(5 * 8)]
    [InlineData(7 * 8)]
    [InlineData(20 * 8)]
    [InlineData(43 * 8)]
    [InlineData(45 * 8)]
    [InlineData(55 * 8)]
    [InlineData(58 * 8)]
    [InlineData(63 * 8)]
    [InlineData(64 * 8)]
    [InlineData((164 * 8) - 1)]
    public async Task A_flipped_bit_is_found_reported_moved_aside_and_repaired_by_a_put(int bit)
    {
        var chunk = SampleChunk.Of(1, 100);
        await Put(chunk);
        _disk.Rot(FileOf(chunk), bit);

        Assert.Null(await Store.ReadAsync(chunk.Id, None));

        Assert.Equal(new ChunkDamage(chunk.Id, DamageKind.Corrupt), Assert.Single(_damage));
        Assert.Equal(new StoreState(0, 0, 1, null), Store.State);
        Assert.StartsWith($"{Root}/quarantine/{chunk.Id}", Assert.Single(_disk.FilesBelow(Root)), StringComparison.Ordinal);
        Assert.IsType<PutOutcome.Stored>(await Put(chunk));
        await AssertHas(chunk);
        await Restart();
        Assert.Equal(new StoreState(1, 100, 1, null), Store.State);
    }

    [Fact]
    public async Task A_pin_never_stands_on_a_damaged_header()
    {
        var chunk = SampleChunk.Of(1, 100);
        await Put(chunk);
        _disk.Rot(FileOf(chunk), 0);

        Assert.False(await Store.PinAsync(chunk.Id, new Epoch(2), None));

        Assert.Single(_damage);
        Assert.False(Store.Contains(chunk.Id));
    }

    [Fact]
    public async Task A_swapped_file_is_not_served_under_the_other_name()
    {
        var (one, two) = (SampleChunk.Of(1, 100), SampleChunk.Of(2, 100));
        await Put(one);
        await Put(two);
        _disk.Rename(FileOf(one), FileOf(two));

        Assert.Null(await Store.ReadAsync(one.Id, None));
        Assert.Null(await Store.ReadAsync(two.Id, None));

        Assert.Equal([DamageKind.Missing, DamageKind.Corrupt], _damage.Select(damage => damage.Kind));
    }

    [Fact]
    public async Task A_full_disk_refuses_cleanly_serves_on_and_recovers()
    {
        var (first, second) = (SampleChunk.Of(1, 50_000), SampleChunk.Of(2, 50_000));
        await Put(first);
        _disk.CapacityBytes = _disk.UsedBytes + 40_000;

        Assert.IsType<PutOutcome.DiskFull>(await Put(second));

        await AssertHas(first);
        Assert.DoesNotContain(_disk.FilesBelow(Root), file => file.Contains("temp", StringComparison.Ordinal));
        Assert.Null(Store.State.ReadOnlyReason);
        _disk.CapacityBytes += 200_000;
        Assert.IsType<PutOutcome.Stored>(await Put(second));
        await AssertHas(second);
    }

    [Fact]
    public async Task The_reserve_stays_free()
    {
        _reserveBytes = 30_000;
        await Restart();
        _disk.CapacityBytes = _disk.UsedBytes + 79_999;

        Assert.IsType<PutOutcome.DiskFull>(await Put(SampleChunk.Of(1, 50_000)));
        Assert.IsType<PutOutcome.Stored>(await Put(SampleChunk.Of(2, 100)));
    }

    [Theory]
    [InlineData("create", DiskFault.NoSpace)]
    [InlineData("write", DiskFault.NoSpace)]
    [InlineData("mkdir", DiskFault.NoSpace)]
    [InlineData("rename", DiskFault.NoSpace)]
    [InlineData("create", DiskFault.Io)]
    [InlineData("write", DiskFault.Io)]
    [InlineData("sync", DiskFault.Io)]
    [InlineData("mkdir", DiskFault.Io)]
    [InlineData("rename", DiskFault.Io)]
    public async Task A_failed_call_is_never_answered_as_stored(string call, DiskFault fault)
    {
        var before = SampleChunk.Of(1, 100);
        await Put(before);
        _disk.Faults = (name, _) => name == call ? fault : null;

        var outcome = await Put(SampleChunk.Of(2, 100));
        _disk.Faults = (_, _) => null;
        var after = await Put(SampleChunk.Of(2, 100));

        await AssertHas(before);
        if (fault == DiskFault.NoSpace)
        {
            Assert.IsType<PutOutcome.DiskFull>(outcome);
            Assert.IsType<PutOutcome.Stored>(after);
        }
        else
        {
            // Never "retry and hope": what the disk has is unknown until the store is opened again.
            Assert.IsType<PutOutcome.ReadOnly>(outcome);
            Assert.IsType<PutOutcome.ReadOnly>(after);
            Assert.NotNull(Store.State.ReadOnlyReason);
            await Restart();
            Assert.True((await Put(SampleChunk.Of(2, 100))).IsDurable);
        }
    }

    [Fact]
    public async Task A_failed_sync_of_a_folder_refuses_all_who_waited_for_it()
    {
        _disk.Faults = (call, path) => call == "sync" && path.Contains("by-id", StringComparison.Ordinal) ? DiskFault.Io : null;

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Put(SampleChunk.Of(i, 10))));

        Assert.All(outcomes, outcome => Assert.IsType<PutOutcome.ReadOnly>(outcome));
        Assert.Equal(0, Store.State.Chunks);
    }

    [Fact]
    public async Task A_read_error_turns_the_store_read_only_and_is_reported()
    {
        var (bad, good) = (SampleChunk.Of(1, 100), SampleChunk.Of(2, 100));
        await Put(bad);
        await Put(good);
        _disk.Faults = (call, path) => call == "read" && path == FileOf(bad) ? DiskFault.Io : null;

        Assert.Null(await Store.ReadAsync(bad.Id, None));

        Assert.Equal(new ChunkDamage(bad.Id, DamageKind.Unreadable), Assert.Single(_damage));
        Assert.IsType<PutOutcome.ReadOnly>(await Put(SampleChunk.Of(3, 100)));
        await AssertHas(good);
    }

    [Fact]
    public async Task Puts_that_wait_together_share_their_folder_syncs()
    {
        var before = _disk.FolderSyncs;

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Put(SampleChunk.Of(i, 10))));

        Assert.InRange(_disk.FolderSyncs - before, 1, 199);
    }

    // Property: the power may go at any moment; what was answered as durable is there, whole and with its pin, ever after,
    // and nothing else than what was put is served under any name.
    [Theory, Seeds(30)]
    public async Task No_answered_put_is_lost_in_a_crash(int seed)
    {
        var random = new Random(seed);
        var durable = new HashSet<int>();
        for (var round = 0; round < 4; round++)
        {
            var callsLeft = random.Next(1, 900);
            var numbers = Enumerable.Range(0, 20).Select(_ => random.Next(60)).ToList();
            _disk.Faults = (_, _) => Interlocked.Decrement(ref callsLeft) < 0 ? DiskFault.Io : null;
            var outcomes = await Task.WhenAll(numbers.Select(n => Put(SampleChunk.Of(n, 20 * n), (ulong)round)));
            durable.UnionWith(numbers.Zip(outcomes).Where(put => put.Second.IsDurable).Select(put => put.First));

            await Store.DisposeAsync();
            _disk.Faults = (_, _) => null;
            // A crash of the process alone leaves what was written but not synced; a crash of the machine does not.
            if (random.Next(3) > 0)
            {
                _disk.Crash(random);
            }

            await Restart();
            foreach (var number in Enumerable.Range(0, 60))
            {
                var chunk = SampleChunk.Of(number, 20 * number);
                using var lease = await Store.ReadAsync(chunk.Id, None);
                Assert.True(lease is not null || !durable.Contains(number), $"chunk {number} of round {round} is lost");
                Assert.True(lease is null || lease.Ciphertext.Span.SequenceEqual(chunk.Bytes));
            }

            Assert.Empty(_damage);
        }
    }

    [Theory, Seeds(30)]
    public async Task No_answered_delete_is_undone_in_a_crash(int seed)
    {
        var random = new Random(seed);
        var chunks = Enumerable.Range(0, 20).Select(number => SampleChunk.Of(number, 20 * number)).ToList();
        await Task.WhenAll(chunks.Select(chunk => Put(chunk)));
        var callsLeft = random.Next(1, 60);
        _disk.Faults = (_, _) => Interlocked.Decrement(ref callsLeft) < 0 ? DiskFault.Io : null;

        var deleted = await Task.WhenAll(chunks.Select(chunk => Store.DeleteAsync(chunk.Id, None).AsTask()));

        await Store.DisposeAsync();
        _disk.Faults = (_, _) => null;
        _disk.Crash(random);
        await Restart();
        Assert.DoesNotContain(chunks.Zip(deleted), chunk => chunk.Second && Store.Contains(chunk.First.Id));
        foreach (var chunk in chunks.Where(chunk => Store.Contains(chunk.Id)))
        {
            await AssertHas(chunk);
        }

        Assert.Empty(_damage);
    }

    [Theory, Seeds(30)]
    public async Task No_answered_pin_is_lost_in_a_crash(int seed)
    {
        var random = new Random(seed);
        var chunk = SampleChunk.Of(1, 100);
        await Put(chunk, pin: 1);
        ulong answered = 1;
        for (ulong pin = 2; pin < 12; pin++)
        {
            var fails = random.Next(4) == 0;
            _disk.Faults = (call, _) => fails && call == "sync" ? DiskFault.Io : null;
            answered = await Store.PinAsync(chunk.Id, new Epoch(pin), None) ? pin : answered;
            _disk.Faults = (_, _) => null;
            await Store.DisposeAsync();
            _disk.Crash(random);
            await Restart();

            var header = new byte[ChunkFile.HeaderSizeBytes];
            using var file = _disk.Open(FileOf(chunk), writable: false)!;
            file.Read(0, header);
            Assert.True(ChunkFile.DecodeHeader(header, chunk.Id, 100)!.Value.Value >= answered);
        }

        await AssertHas(chunk);
    }

    protected override IChunkStore Open() => FolderChunkStore.Open(
        new FolderChunkStoreOptions(_disk, Root, new BufferPool())
        {
            ReserveBytes = _reserveBytes,
            OnDamage = _damage.Enqueue,
        });

    private static string FileOf(SampleChunk chunk)
    {
        var hex = chunk.Id.ToString();
        var pieces = Enumerable.Range(0, 2).Select(i => hex.Substring(5 * i, 5));
        return $"{Root}/by-id/{string.Join('/', pieces)}/{hex}";
    }
}
