using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Contracts;

/// <summary>What every chunk store does, whatever it lies on.</summary>
public abstract class ChunkStoreContract : IAsyncLifetime
{
    protected static readonly CancellationToken None = CancellationToken.None;

    protected IChunkStore Store { get; set; } = null!;

    public Task InitializeAsync()
    {
        Store = Open();
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Store.DisposeAsync().AsTask();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4 * 1024 * 1024)]
    public async Task What_was_put_reads_back(int sizeBytes)
    {
        var chunk = SampleChunk.Of(1, sizeBytes);

        Assert.IsType<PutOutcome.Stored>(await Put(chunk));

        await AssertHas(chunk);
        Assert.True(Store.Contains(chunk.Id));
        Assert.Equal(new StoreState(1, sizeBytes, 0, null), Store.State);
    }

    [Fact]
    public async Task What_was_not_put_is_not_here()
    {
        var id = SampleChunk.Of(1, 0).Id;

        Assert.False(Store.Contains(id));
        Assert.Null(await Store.ReadAsync(id, None));
        Assert.False(await Store.PinAsync(id, Epoch.First, None));
        Assert.Equal(new StoreState(0, 0, 0, null), Store.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Any_leaves_of_a_chunk_read_back_with_what_proves_them(bool areHashesKnown)
    {
        var bytes = SampleChunk.Of(1, (5 * ChunkTree.LeafBytes) + 1).Bytes;
        var chunk = new SampleChunk(ChunkTree.IdOf(bytes), bytes);
        await Store.PutAsync(chunk.Id, chunk.Bytes, areHashesKnown ? LeafHashes.Of(chunk.Bytes) : null, Epoch.First, None);

        for (var first = 0; first < 6; first++)
        {
            for (var count = 1; first + count <= 6; count++)
            {
                using var leaves = await Store.ReadLeavesAsync(chunk.Id, first, count, None);
                Assert.Equal(chunk.Id, leaves!.Hashes.Id);
                Assert.True(leaves.IsOf(chunk.Id));
                var to = Math.Min((first + count) * ChunkTree.LeafBytes, chunk.Bytes.Length);
                Assert.True(leaves.Memory.Span.SequenceEqual(chunk.Bytes.AsSpan((first * ChunkTree.LeafBytes)..to)));
            }

            Assert.Null(await Store.ReadLeavesAsync(chunk.Id, first, 7 - first, None));
        }

        Assert.Null(await Store.ReadLeavesAsync(SampleChunk.Of(2, 10).Id, 0, 1, None));
    }

    [Fact]
    public async Task Putting_again_is_harmless_and_says_so()
    {
        var chunk = SampleChunk.Of(1, 100);
        await Put(chunk);

        Assert.IsType<PutOutcome.AlreadyHad>(await Put(chunk));
        Assert.IsType<PutOutcome.AlreadyHad>(await Put(chunk, pin: 9));

        await AssertHas(chunk);
        Assert.Equal(1, Store.State.Chunks);
    }

    [Fact]
    public async Task Many_puts_of_one_chunk_at_once_store_it_once()
    {
        var chunk = SampleChunk.Of(1, 10_000);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Put(chunk, (ulong)i)));

        Assert.Single(outcomes.OfType<PutOutcome.Stored>());
        Assert.Equal(19, outcomes.OfType<PutOutcome.AlreadyHad>().Count());
        Assert.Equal(10_000, Store.State.Bytes);
    }

    [Fact]
    public async Task Several_that_are_put_together_have_an_answer_each()
    {
        var known = SampleChunk.Of(1, 1000);
        await Put(known);
        var chunks = Enumerable.Range(0, 100).Select(number => SampleChunk.Of(number % 90, 1000)).ToList();

        var outcomes = await Store.PutAllAsync([.. chunks.Select(chunk => new ChunkPut(chunk.Id, chunk.Bytes, null, new Epoch(3)))]);
        await Restart();

        Assert.Equal(100, outcomes.Count);
        Assert.Equal(89, outcomes.Count(outcome => outcome is PutOutcome.Stored));
        Assert.All(outcomes, outcome => Assert.True(outcome.IsDurable));
        Assert.IsType<PutOutcome.AlreadyHad>(outcomes[1]);
        foreach (var chunk in chunks)
        {
            using var lease = await Store.ReadAsync(chunk.Id, None);
            Assert.True(lease!.Ciphertext.Span.SequenceEqual(chunk.Bytes));
            Assert.Equal(new Epoch(3), lease.Pin);
        }
    }

    [Fact]
    public async Task Many_chunks_at_once_all_survive_a_restart()
    {
        var chunks = Enumerable.Range(0, 200).Select(i => SampleChunk.Of(i, 10 * i)).ToList();

        await Task.WhenAll(chunks.Select(chunk => Put(chunk)));
        var before = Store.State;
        await Restart();

        Assert.Equal(before, Store.State);
        foreach (var chunk in chunks)
        {
            await AssertHas(chunk);
        }
    }

    [Fact]
    public async Task Pins_are_kept_over_a_restart_and_answered_for_what_is_here()
    {
        var chunk = SampleChunk.Of(1, 100);
        await Put(chunk, pin: 3);

        Assert.True(await Store.PinAsync(chunk.Id, new Epoch(5), None));
        Assert.True(await Store.PinAsync(chunk.Id, new Epoch(4), None));
        await Restart();

        Assert.True(await Store.PinAsync(chunk.Id, new Epoch(5), None));
        await AssertHas(chunk);
    }

    [Fact]
    public async Task A_deleted_chunk_is_gone_for_good_and_the_others_stay()
    {
        var (gone, kept) = (SampleChunk.Of(1, 100), SampleChunk.Of(2, 200));
        await Put(gone);
        await Put(kept);
        using var lease = (await Store.ReadAsync(gone.Id, None))!;

        Assert.True(await Store.DeleteAsync(gone.Id, None));

        Assert.True(lease.Ciphertext.Span.SequenceEqual(gone.Bytes));
        await AssertHasNot(gone);
        Assert.Empty(await Store.ListAsync(gone.Id.Partition, None).ToListAsync());
        Assert.False(await Store.DeleteAsync(gone.Id, None));
        await Restart();
        await AssertHasNot(gone);
        await AssertHas(kept);
        Assert.Equal(new StoreState(1, 200, 0, null), Store.State);
    }

    [Fact]
    public async Task A_deleted_chunk_can_be_put_again()
    {
        var chunk = SampleChunk.Of(1, 100);
        await Put(chunk);
        await Store.DeleteAsync(chunk.Id, None);

        Assert.IsType<PutOutcome.Stored>(await Put(chunk));

        await Restart();
        await AssertHas(chunk);
    }

    [Fact]
    public async Task Puts_and_deletes_of_one_chunk_at_once_leave_it_whole_or_not_at_all()
    {
        var chunk = SampleChunk.Of(1, 10_000);

        await Task.WhenAll(Enumerable.Range(0, 60).Select<int, Task>(i => (i % 3) switch
        {
            0 => Put(chunk),
            1 => Store.DeleteAsync(chunk.Id, None).AsTask(),
            _ => Store.PinAsync(chunk.Id, new Epoch((ulong)i), None).AsTask(),
        }));
        var isHere = Store.Contains(chunk.Id);
        await Restart();

        Assert.Equal(new StoreState(isHere ? 1 : 0, isHere ? 10_000 : 0, 0, null), Store.State);
        Assert.Equal(isHere ? typeof(PutOutcome.AlreadyHad) : typeof(PutOutcome.Stored), (await Put(chunk)).GetType());
        await AssertHas(chunk);
    }

    [Fact]
    public async Task A_chunk_that_is_pinned_above_stays_and_another_goes()
    {
        var (kept, gone) = (SampleChunk.Of(1, 10_000), SampleChunk.Of(2, 10_000));
        await Put(kept);
        await Put(gone);
        await Store.PinAsync(kept.Id, new Epoch(5), None);
        await Store.PinAsync(gone.Id, new Epoch(4), None);
        await Restart();

        Assert.False(await Store.DeleteUnpinnedAsync(kept.Id, new Epoch(4), None));
        Assert.True(await Store.DeleteUnpinnedAsync(gone.Id, new Epoch(4), None));
        Assert.False(await Store.DeleteUnpinnedAsync(gone.Id, new Epoch(4), None));
        await Restart();

        await AssertHas(kept);
        Assert.Equal(10_000, Store.SizeOf(kept.Id));
        Assert.Null(Store.SizeOf(gone.Id));
    }

    // Property: what was pinned is there, whenever it was pinned: before the deletion it stays, after it the pin says "send it".
    [Fact]
    public async Task A_pin_that_was_answered_outlives_a_deletion_of_what_is_not_pinned()
    {
        var chunks = Enumerable.Range(0, 200).Select(number => SampleChunk.Of(number, 100)).ToList();
        await Task.WhenAll(chunks.Select(chunk => Put(chunk)));

        var pins = new bool[chunks.Count];
        await Task.WhenAll(chunks.Select((chunk, number) => Task.WhenAll(
            Task.Run(async () => pins[number] = await Store.PinAsync(chunk.Id, new Epoch(9), None)),
            Task.Run(async () => await Store.DeleteUnpinnedAsync(chunk.Id, new Epoch(7), None)))));

        Assert.Equal(pins, chunks.Select(chunk => Store.Contains(chunk.Id)));
    }

    [Fact]
    public async Task A_listing_has_the_chunks_of_its_partition_in_order()
    {
        var chunks = Enumerable.Range(0, 300).Select(i => SampleChunk.Of(i, 1)).ToList();
        await Task.WhenAll(chunks.Select(chunk => Put(chunk)));
        var fullest = chunks.GroupBy(chunk => chunk.Id.Partition).MaxBy(group => group.Count())!;

        var listed = await Store.ListAsync(fullest.Key, None).ToListAsync();

        Assert.Equal(fullest.Select(chunk => chunk.Id).Order(), listed);
    }

    [Fact]
    public async Task A_cancelled_put_has_not_begun()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var chunk = SampleChunk.Of(1, 100);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Store.PutAsync(chunk.Id, chunk.Bytes, Epoch.First, cancelled.Token).AsTask());

        Assert.False(Store.Contains(chunk.Id));
        Assert.IsType<PutOutcome.Stored>(await Put(chunk));
    }

    [Fact]
    public async Task A_lease_that_was_given_back_cannot_be_read()
    {
        var chunk = SampleChunk.Of(1, 100);
        await Put(chunk);
        var lease = (await Store.ReadAsync(chunk.Id, None))!;

        lease.Dispose();

        Assert.Throws<ObjectDisposedException>(() => lease.Ciphertext);
    }

    // Property: whatever is put, pinned, deleted and restarted, the store has what a dictionary would have.
    [Theory, Seeds(10)]
    public async Task It_does_what_a_dictionary_does(int seed)
    {
        var random = new Random(seed);
        var expected = new Dictionary<ChunkId, SampleChunk>();
        for (var step = 0; step < 120; step++)
        {
            var chunk = SampleChunk.Of(random.Next(25), random.Next(4) * 700);
            chunk = expected.GetValueOrDefault(chunk.Id, chunk);
            switch (random.Next(8))
            {
                case 0:
                    Assert.Equal(expected.Remove(chunk.Id), await Store.DeleteAsync(chunk.Id, None));
                    break;
                case 1:
                    Assert.Equal(expected.ContainsKey(chunk.Id), await Store.PinAsync(chunk.Id, new Epoch((ulong)step), None));
                    break;
                case 2 when step % 5 == 0:
                    await Restart();
                    break;
                default:
                    Assert.Equal(expected.ContainsKey(chunk.Id), await Put(chunk) is PutOutcome.AlreadyHad);
                    expected[chunk.Id] = chunk;
                    break;
            }
        }

        Assert.Equal(new StoreState(expected.Count, expected.Values.Sum(chunk => (long)chunk.Bytes.Length), 0, null), Store.State);
        foreach (var chunk in expected.Values)
        {
            await AssertHas(chunk);
            Assert.Contains(chunk.Id, await Store.ListAsync(chunk.Id.Partition, None).ToListAsync());
        }
    }

    /// <summary>A store over what this test has on its disk.</summary>
    protected abstract IChunkStore Open();

    protected async Task Restart()
    {
        await Store.DisposeAsync();
        Store = Open();
    }

    protected Task<PutOutcome> Put(SampleChunk chunk, ulong pin = 1) =>
        Store.PutAsync(chunk.Id, chunk.Bytes, new Epoch(pin), None).AsTask();

    protected async Task AssertHasNot(SampleChunk chunk)
    {
        Assert.False(Store.Contains(chunk.Id));
        Assert.Null(await Store.ReadAsync(chunk.Id, None));
        Assert.False(await Store.PinAsync(chunk.Id, Epoch.First, None));
    }

    protected async Task AssertHas(SampleChunk chunk)
    {
        using var lease = await Store.ReadAsync(chunk.Id, None);
        Assert.NotNull(lease);
        Assert.Equal(chunk.Id, lease.Id);
        Assert.True(lease.Ciphertext.Span.SequenceEqual(chunk.Bytes));
    }
}
