using System.Collections.Concurrent;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;
using Dfs.Tests.Contracts;
using Dfs.Tests.Kit;

namespace Dfs.Tests.ChunkStore;

/// <summary>The contract in segments of 64 KiB on a disk that fails, fills up, rots and loses what was not synced.</summary>
public sealed class FaultySegmentStoreTests : ChunkStoreContract
{
    private const string Root = "/chunks";
    private const string First = $"{Root}/segments/000000000001.segment";
    private const string Checkpoint = $"{Root}/segments/checkpoint";

    private readonly ConcurrentQueue<ChunkDamage> _damage = new();
    private SimDisk _disk = new();
    private long _reserveBytes;
    private long _segmentSizeBytes = 64 * 1024;
    private int _waitingPutsMax = 1024;

    [Fact]
    public async Task Every_flipped_byte_of_a_record_is_found_reported_set_aside_and_repaired_by_a_put()
    {
        _segmentSizeBytes = 1024 * 1024;
        await Restart();
        for (var at = 0; at < SegmentRecord.SizeOf(100); at++)
        {
            var chunk = SampleChunk.Of(at, 100);
            var recordAt = (int)Math.Max(_disk.SizeOfFile(First), SegmentHeader.SizeBytes);
            await Put(chunk);
            _disk.Rot(First, ((recordAt + at) * 8) + (at % 8));

            Assert.Null(await Store.ReadAsync(chunk.Id, None));

            Assert.Equal(new ChunkDamage(chunk.Id, DamageKind.Corrupt), Assert.Single(_damage));
            Assert.Equal(new StoreState(at, 100 * at, at + 1, null), Store.State);
            Assert.Contains($"{Root}/quarantine/{chunk.Id}.{at + 1}", _disk.FilesBelow(Root));
            Assert.IsType<PutOutcome.Stored>(await Put(chunk));
            await AssertHas(chunk);
            _damage.Clear();
        }

        var before = Store.State;
        await Restart();
        Assert.Equal(before, Store.State);
    }

    [Fact]
    public async Task Every_flipped_byte_below_the_synced_length_costs_the_record_it_lies_in_and_no_other()
    {
        var chunks = Enumerable.Range(0, 3).Select(i => SampleChunk.Of(i, 40)).ToList();
        foreach (var chunk in chunks)
        {
            await Put(chunk);
        }

        await Store.DisposeAsync();
        _disk.Delete(Checkpoint);
        var whole = _disk;
        var recordBytes = SegmentRecord.SizeOf(40);
        var syncedBytes = SegmentHeader.SizeBytes + (3 * recordBytes);
        for (var at = 0; at < syncedBytes; at++)
        {
            _disk = whole.Copy();
            _disk.Rot(First, (at * 8) + (at % 8));
            Store = Open();

            for (var number = 0; number < chunks.Count; number++)
            {
                using var lease = await Store.ReadAsync(chunks[number].Id, None);
                var isHit = at >= SegmentHeader.SizeBytes && number == (at - SegmentHeader.SizeBytes) / recordBytes;
                Assert.True(isHit == (lease is null), $"byte {at}, chunk {number}");
                Assert.True(lease is null || lease.Ciphertext.Span.SequenceEqual(chunks[number].Bytes));
            }

            Assert.True(at < SegmentHeader.SizeBytes || Store.State.Quarantined == 1, $"byte {at} is noted");
            Assert.True((await Put(SampleChunk.Of(9, 10))).IsDurable);
            await Store.DisposeAsync();
        }
    }

    [Fact]
    public async Task Every_flipped_byte_of_a_checkpoint_makes_it_unused()
    {
        var chunks = Enumerable.Range(0, 3).Select(i => SampleChunk.Of(i, 40)).ToList();
        await Task.WhenAll(chunks.Select(chunk => Put(chunk, 5)));
        await Store.DisposeAsync();
        var whole = _disk;
        var sizeBytes = (int)_disk.SizeOfFile(Checkpoint);
        // The empty partitions between are alike: every 61st byte of them stands for all.
        for (var at = 0; at < sizeBytes; at += at < 300 ? 1 : 61)
        {
            _disk = whole.Copy();
            _disk.Rot(Checkpoint, (at * 8) + (at % 8));
            Assert.Null(Storage.ChunkStore.Segments.Checkpoint.Read(_disk, $"{Root}/segments", (_, _, _) => { }));
        }

        Store = Open();
        foreach (var chunk in chunks)
        {
            await AssertHas(chunk);
        }
    }

    [Fact]
    public async Task A_pin_never_stands_on_a_damaged_head()
    {
        var chunk = SampleChunk.Of(1, 100);
        await Put(chunk);
        _disk.Rot(First, (SegmentHeader.SizeBytes + 20) * 8);

        Assert.False(await Store.PinAsync(chunk.Id, new Epoch(2), None));

        Assert.Single(_damage);
        Assert.False(Store.Contains(chunk.Id));
    }

    [Fact]
    public async Task A_segment_that_somebody_deleted_is_missed_chunk_by_chunk()
    {
        var chunk = SampleChunk.Of(1, 100);
        await Put(chunk);
        await Store.DisposeAsync();
        _disk.Delete(First);
        Store = Open();

        Assert.Null(await Store.ReadAsync(chunk.Id, None));
        Assert.Equal([chunk.Id], ((SegmentChunkStore)Store).MissingAtOpening);
        Assert.IsType<PutOutcome.Stored>(await Put(chunk));
        await AssertHas(chunk);
        await Restart();
        await AssertHas(chunk);
    }

    [Fact]
    public async Task A_full_disk_refuses_cleanly_serves_on_and_recovers()
    {
        var (first, second) = (SampleChunk.Of(1, 50_000), SampleChunk.Of(2, 50_000));
        await Put(first);
        _disk.CapacityBytes = _disk.UsedBytes + 40_000;

        Assert.IsType<PutOutcome.DiskFull>(await Put(second));

        await AssertHas(first);
        Assert.Null(Store.State.ReadOnlyReason);
        _disk.CapacityBytes += 200_000;
        Assert.IsType<PutOutcome.Stored>(await Put(second));
        await AssertHas(second);
        await Restart();
        await AssertHas(first);
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
        Assert.True(await Store.PinAsync(SampleChunk.Of(2, 100).Id, new Epoch(9), None));
    }

    [Theory]
    [InlineData("create", DiskFault.NoSpace)]
    [InlineData("write", DiskFault.NoSpace)]
    [InlineData("create", DiskFault.Io)]
    [InlineData("write", DiskFault.Io)]
    [InlineData("sync", DiskFault.Io)]
    public async Task A_failed_call_is_never_answered_as_stored(string call, DiskFault fault)
    {
        var before = SampleChunk.Of(1, 60_000);
        await Put(before);
        _disk.Faults = (name, _) => name == call ? fault : null;

        // Does not fit the first segment: a new one is made.
        var outcome = await Put(SampleChunk.Of(2, 10_000));
        _disk.Faults = (_, _) => null;
        var after = await Put(SampleChunk.Of(2, 10_000));

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
            Assert.True((await Put(SampleChunk.Of(2, 10_000))).IsDurable);
        }

        await Restart();
        await AssertHas(before);
        await AssertHas(SampleChunk.Of(2, 10_000));
    }

    [Fact]
    public async Task A_failed_sync_refuses_all_who_waited_for_it()
    {
        _disk.Faults = (call, _) => call == "sync" ? DiskFault.Io : null;

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Put(SampleChunk.Of(i, 10))));

        Assert.All(outcomes, outcome => Assert.IsType<PutOutcome.ReadOnly>(outcome));
        Assert.Equal(0, Store.State.Chunks);
    }

    [Fact]
    public async Task A_read_error_turns_the_store_read_only_and_is_reported()
    {
        var (bad, good) = (SampleChunk.Of(1, 60_000), SampleChunk.Of(2, 10_000));
        await Put(bad);
        await Put(good);
        _disk.Faults = (call, path) => call == "read" && path == First ? DiskFault.Io : null;

        Assert.Null(await Store.ReadAsync(bad.Id, None));

        Assert.Equal(new ChunkDamage(bad.Id, DamageKind.Unreadable), Assert.Single(_damage));
        Assert.IsType<PutOutcome.ReadOnly>(await Put(SampleChunk.Of(3, 100)));
        await AssertHas(good);
    }

    [Fact]
    public async Task Puts_that_wait_together_share_their_syncs()
    {
        var syncs = 0;
        _disk.Faults = (call, _) => call == "sync" && Interlocked.Increment(ref syncs) < 0 ? DiskFault.Io : null;

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Put(SampleChunk.Of(i, 10))));

        Assert.InRange(syncs, 1, 199);
    }

    [Fact]
    public async Task What_is_put_together_takes_one_sync()
    {
        _segmentSizeBytes = 1024 * 1024;
        await Restart();
        await Put(SampleChunk.Of(1000, 10));
        var syncs = 0;
        _disk.Faults = (call, _) => call == "sync" && Interlocked.Increment(ref syncs) < 0 ? DiskFault.Io : null;

        await Store.PutAllAsync([.. Enumerable.Range(0, 64).Select(i => SampleChunk.Of(i, 1000)).Select(chunk => new ChunkPut(chunk.Id, chunk.Bytes, null, Epoch.First))]);

        Assert.Equal(1, syncs);
    }

    [Fact]
    public async Task More_that_are_put_together_than_may_wait_are_stored_all_the_same()
    {
        _waitingPutsMax = 10;
        await Restart();

        var all = await Task.WhenAll(Enumerable.Range(0, 20).Select(async group => await Store.PutAllAsync(
            [.. Enumerable.Range(20 * group, 20).Select(i => SampleChunk.Of(i, 10)).Select(chunk => new ChunkPut(chunk.Id, chunk.Bytes, null, Epoch.First))])));

        Assert.All(all.SelectMany(outcomes => outcomes), outcome => Assert.IsType<PutOutcome.Stored>(outcome));
        Assert.Equal(400, Store.State.Chunks);
    }

    // Property: the power may go at any moment; what was answered as durable is there, whole and with its pin, ever after,
    // and nothing else than what was put is served under any name.
    [Theory, Seeds(30)]
    public async Task No_answered_put_is_lost_in_a_crash(int seed)
    {
        var random = new Random(seed);
        var durable = new HashSet<int>();
        for (var round = 0; round < 6; round++)
        {
            var callsLeft = random.Next(1, 40);
            var numbers = Enumerable.Range(0, 40).Select(_ => random.Next(80)).ToList();
            _disk.Faults = (_, _) => Interlocked.Decrement(ref callsLeft) < 0 ? DiskFault.Io : null;
            foreach (var group in numbers.Chunk(5))
            {
                var outcomes = await Task.WhenAll(group.Select(n => Put(SampleChunk.Of(n, 60 * n), (ulong)round)));
                durable.UnionWith(group.Zip(outcomes).Where(put => put.Second.IsDurable).Select(put => put.First));
            }

            await Store.DisposeAsync();
            _disk.Faults = (_, _) => null;
            // A disk that failed was met by reads as well.
            _damage.Clear();
            // A crash of the process alone leaves what was written but not synced; a crash of the machine does not.
            if (random.Next(3) > 0)
            {
                _disk.Crash(random);
            }

            await Restart();
            foreach (var number in Enumerable.Range(0, 80))
            {
                var chunk = SampleChunk.Of(number, 60 * number);
                using var lease = await Store.ReadAsync(chunk.Id, None);
                Assert.True(lease is not null || !durable.Contains(number), $"chunk {number} of round {round} is lost");
                Assert.True(lease is null || lease.Ciphertext.Span.SequenceEqual(chunk.Bytes));
            }

            Assert.Empty(_damage);
        }
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

            // A pin that is there costs nothing, so it is answered also when nothing can be written.
            _disk.Faults = (call, _) => call == "write" ? DiskFault.NoSpace : null;
            Assert.True(await Store.PinAsync(chunk.Id, new Epoch(answered), None));
            _disk.Faults = (_, _) => null;
        }

        await AssertHas(chunk);
    }

    protected override IChunkStore Open() => SegmentChunkStore.Open(
        new SegmentChunkStoreOptions(_disk, Root, new BufferPool())
        {
            ReserveBytes = _reserveBytes,
            SegmentSizeBytes = _segmentSizeBytes,
            WaitingPutsMax = _waitingPutsMax,
            OnDamage = _damage.Enqueue,
        });
}
