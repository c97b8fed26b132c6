using Dfs.Actors.Transfer;
using Dfs.Storage.Disk;

namespace Dfs.Tests.Transfer;

/// <summary>However a transfer ends, all of its memory is back in the pool, and not before the last reader is done.</summary>
public sealed class TransferMemoryTests
{
    private readonly BufferPool _pool = new(BufferPool.BlockSizeBytesMax);

    [Fact]
    public async Task What_was_not_given_back_is_given_back_at_the_end()
    {
        var memory = new TransferMemory(_pool);
        var returned = await memory.RentAsync(1000);
        await memory.RentAsync(1000);
        memory.Return(returned);
        Assert.NotEqual(0, _pool.LeasedBytes);

        await memory.DisposeAsync();

        Assert.Equal(0, _pool.LeasedBytes);
        Assert.True(memory.Ended.IsCancellationRequested);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => memory.RentAsync(1000).AsTask());
        Assert.Equal(0, _pool.LeasedBytes);
    }

    [Fact]
    public async Task The_end_waits_for_work_that_still_reads_the_memory_also_when_that_fails()
    {
        var memory = new TransferMemory(_pool);
        await memory.RentAsync(1000);
        var (good, bad) = (new TaskCompletionSource(), new TaskCompletionSource());
        memory.Track(good.Task);
        memory.Track(bad.Task);

        var end = memory.DisposeAsync().AsTask();
        bad.SetException(new IOException("broken"));
        Assert.False(end.IsCompleted);
        Assert.NotEqual(0, _pool.LeasedBytes);

        good.SetResult();
        await end;
        Assert.Equal(0, _pool.LeasedBytes);
    }

    [Fact]
    public async Task Who_waits_for_memory_is_told_that_the_transfer_is_over()
    {
        await using var other = new TransferMemory(_pool);
        await other.RentAsync(BufferPool.BlockSizeBytesMax);
        var memory = new TransferMemory(_pool);
        var waiting = memory.RentAsync(BufferPool.BlockSizeBytesMax).AsTask();
        Assert.False(waiting.IsCompleted);

        await memory.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Memory_that_comes_too_late_goes_straight_back()
    {
        var memory = new TransferMemory(_pool);
        await memory.DisposeAsync();
        var late = await _pool.RentAsync(1000, default);

        Assert.Throws<OperationCanceledException>(() => memory.Adopt(late));

        Assert.Equal(0, _pool.LeasedBytes);
    }
}
