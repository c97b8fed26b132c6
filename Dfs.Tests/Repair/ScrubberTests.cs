using Dfs.Actors.Repair;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Repair;

public sealed class ScrubberTests : IAsyncDisposable
{
    private const int Chunks = 40;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly TempFolder _folder = new();
    private readonly List<ChunkDamage> _reported = [];
    private readonly FolderChunkStore _store;
    private Scrubber? _scrubber;

    public ScrubberTests() => _store = FolderChunkStore.Open(new(HostDisk.Instance, Path.Combine(_folder.Path, "chunks"), new BufferPool())
    {
        ReserveBytes = 0,
        OnDamage = Note,
    });

    public async ValueTask DisposeAsync()
    {
        if (_scrubber is not null)
        {
            await _scrubber.DisposeAsync();
        }

        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_tenth_chunk_that_rotted_is_found_in_one_run_and_what_is_put_again_counts_as_healed()
    {
        await PutAllAsync();
        var rotten = StoredChunk.Below(Path.Combine(_folder.Path, "chunks")).Where((_, number) => number % 10 == 0).ToList();
        rotten.ForEach(chunk => chunk.FlipOneByte());

        Start(TimeProvider.System, TimeSpan.FromDays(30));
        await EndedAsync();

        Assert.Equal((Chunks, rotten.Count, 0), (_scrubber!.Status.Chunks, _scrubber.Status.Damaged, _scrubber.Status.Healed));
        Assert.Equal(rotten.Select(chunk => chunk.Id).Order(), _reported.Select(damage => damage.Id).Order());
        await PutAllAsync();
        Assert.Equal(rotten.Count, _scrubber.Status.Healed);
        await _scrubber.DisposeAsync();
        Start(TimeProvider.System, TimeSpan.FromDays(30));
        Assert.Equal(("idle", (long)Chunks), (_scrubber.Status.State, _scrubber.Status.Chunks));
    }

    [Fact]
    public async Task A_chunk_that_is_whole_and_not_what_its_name_says_is_taken_out_and_reported()
    {
        var wrong = ChunkTree.IdOf(TestBytes.Random(2, 3_000));
        await _store.PutAsync(wrong, TestBytes.Random(1, 3_000), Epoch.First, CancellationToken.None);

        Start(TimeProvider.System, TimeSpan.FromDays(1));
        await EndedAsync();

        Assert.Equal(wrong, Assert.Single(_reported).Id);
        Assert.False(_store.Contains(wrong));
        Assert.Equal(1, _scrubber!.Status.Damaged);
    }

    [Fact]
    public async Task It_rests_after_each_chunk_stays_paused_over_a_restart_and_then_reads_everything()
    {
        await PutAllAsync();
        Start(new HandTime(), TimeSpan.FromDays(1), bytesPerSecond: 1_000);
        await HoldsAsync(() => _scrubber!.Status.State == "running");

        _scrubber!.Pause();
        await _scrubber.DisposeAsync();
        Start(new HandTime(), TimeSpan.FromDays(1), bytesPerSecond: 1_000);

        Assert.Equal(("paused", null), (_scrubber.Status.State, _scrubber.Status.LastEndedAt));
        Assert.True(_scrubber.Status.Done < 1);
        _scrubber.Begin();
        await EndedAsync();
        Assert.Equal(Chunks, _scrubber.Status.Chunks);
    }

    [Fact]
    public async Task After_a_failure_that_nobody_foresaw_it_says_so_rests_and_reads_on()
    {
        await PutAllAsync();
        var (time, failures) = (new HandTime(), new List<TimeSpan>());
        var store = new FailingStore(_store, failuresLeft: 3);
        _scrubber = new Scrubber(
            store, HostDisk.Instance, Path.Combine(_folder.Path, "scrub"),
            new ScrubOptions(TimeSpan.FromDays(30), long.MaxValue) { OnFailure = (_, rest) => failures.Add(rest) }, time, Note);
        _scrubber.Start();
        _scrubber.Begin();

        foreach (var seconds in new[] { 5, 10, 20 })
        {
            await time.TimerStartedAsync();
            Assert.Equal(TimeSpan.FromSeconds(seconds), failures[^1]);
            time.Advance(failures[^1]);
        }

        await EndedAsync();
        Assert.Equal((3, (long)Chunks), (failures.Count, _scrubber.Status.Chunks));
    }

    [Fact]
    public void A_note_that_is_not_whole_is_no_note()
    {
        var note = new ScrubNote(7, true, 1_700_000_000_000, 12, 3_456_789, 1);
        var bytes = note.Encode();

        Assert.Equal(
            "444653430007010000018BCFE56800000000000000000C000000000034BF1500000000000000012E141852", Convert.ToHexString(bytes));
        Assert.Equal(note, ScrubNote.Decode(bytes));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(ScrubNote.None, ScrubNote.Decode(damaged));
        }

        Assert.Equal(ScrubNote.None, ScrubNote.Decode(bytes.AsSpan(1)));
    }

    [Fact]
    public void A_run_is_due_after_its_time_and_at_once_when_the_clock_was_set_back()
    {
        var month = TimeSpan.FromDays(30);
        const long Now = 1_700_000_000_000;

        Assert.True(ScrubRule.IsDue(null, Now, month));
        Assert.False(ScrubRule.IsDue(Now - 1000, Now, month));
        Assert.True(ScrubRule.IsDue(Now - (long)month.TotalMilliseconds, Now, month));
        Assert.True(ScrubRule.IsDue(Now + 1, Now, month));
        Assert.False(ScrubRule.IsDue(null, Now, TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromSeconds(0.75), ScrubRule.RestAfter(1_000_000, TimeSpan.FromSeconds(0.25), 1_000_000));
        Assert.Equal(TimeSpan.Zero, ScrubRule.RestAfter(1_000_000, TimeSpan.FromSeconds(2), 1_000_000));
    }

    private void Start(TimeProvider time, TimeSpan every, long bytesPerSecond = 1_000_000_000)
    {
        _scrubber = new Scrubber(_store, HostDisk.Instance, Path.Combine(_folder.Path, "scrub"), new ScrubOptions(every, bytesPerSecond), time, Note);
        _scrubber.Start();
    }

    private void Note(ChunkDamage damage)
    {
        _scrubber?.NoteDamage(damage);
        lock (_reported)
        {
            _reported.Add(damage);
        }
    }

    private async Task PutAllAsync()
    {
        foreach (var bytes in Enumerable.Range(0, Chunks).Select(number => TestBytes.Random(number, 3_000)))
        {
            Assert.True((await _store.PutAsync(ChunkTree.IdOf(bytes), bytes, Epoch.First, CancellationToken.None)).IsDurable);
        }
    }

    private Task EndedAsync() => HoldsAsync(() => _scrubber!.Status is { State: "idle", LastEndedAt: not null });

    private static async Task HoldsAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Timeout);
        while (!condition())
        {
            await Task.Delay(5, limit.Token);
        }
    }

    /// <summary>Cannot say what it has, some times in a row.</summary>
    private sealed class FailingStore(IChunkStore inner, int failuresLeft) : IChunkStore
    {
        private int _failuresLeft = failuresLeft;

        public StoreState State => inner.State;

        public IAsyncEnumerable<ChunkId> ListAsync(PartitionId partition, CancellationToken cancellation) =>
            Interlocked.Decrement(ref _failuresLeft) >= 0
                ? throw new InvalidOperationException("Nobody foresaw this.")
                : inner.ListAsync(partition, cancellation);

        public ValueTask<ChunkLease?> ReadAsync(ChunkId id, CancellationToken cancellation) => inner.ReadAsync(id, cancellation);

        public ValueTask<PutOutcome> PutAsync(ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin, CancellationToken cancellation) =>
            inner.PutAsync(id, ciphertext, pin, cancellation);

        public ValueTask<bool> PinAsync(ChunkId id, Epoch pin, CancellationToken cancellation) => inner.PinAsync(id, pin, cancellation);

        public ValueTask<bool> DeleteAsync(ChunkId id, CancellationToken cancellation) => inner.DeleteAsync(id, cancellation);

        public ValueTask<bool> DeleteUnpinnedAsync(ChunkId id, Epoch pinMax, CancellationToken cancellation) =>
            inner.DeleteUnpinnedAsync(id, pinMax, cancellation);

        public bool Contains(ChunkId id) => inner.Contains(id);

        public int? SizeOf(ChunkId id) => inner.SizeOf(id);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
