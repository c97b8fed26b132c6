using Dfs.Storage.Disk;

namespace Dfs.Tests.Disk;

public sealed class BufferPoolTests
{
    private const int Largest = BufferPool.BlockSizeBytesMax;
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_537)]
    [InlineData(Largest)]
    public async Task A_lease_has_exactly_the_size_that_was_asked_for(int sizeBytes)
    {
        using var lease = await new BufferPool().RentAsync(sizeBytes, None);

        Assert.Equal(sizeBytes, lease.Memory.Length);
    }

    [Fact]
    public async Task Who_asks_beyond_the_limit_waits_in_line()
    {
        var pool = new BufferPool(Largest);
        var first = await pool.RentAsync(Largest, None);
        var large = pool.RentAsync(Largest, None).AsTask();
        var small = pool.RentAsync(1, None).AsTask();
        Assert.False(large.IsCompleted || small.IsCompleted);

        first.Dispose();

        (await large).Dispose();
        (await small).Dispose();
        Assert.Equal(0, pool.LeasedBytes);
    }

    [Fact]
    public async Task Who_gives_up_waiting_lets_the_next_one_pass()
    {
        var pool = new BufferPool(Largest);
        using var first = await pool.RentAsync(Largest - (2 * 1024 * 1024), None); // a whole block all the same
        using var cancel = new CancellationTokenSource();
        var impatient = pool.RentAsync(Largest, cancel.Token).AsTask();
        var next = pool.RentAsync(1, None).AsTask();

        await cancel.CancelAsync();
        first.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        (await next).Dispose();
        Assert.Equal(0, pool.LeasedBytes);
    }

    [Fact]
    public async Task Giving_back_twice_counts_once()
    {
        var pool = new BufferPool();
        var lease = await pool.RentAsync(10, None);
        using var other = await pool.RentAsync(10, None);

        lease.Dispose();
        lease.Dispose();

        Assert.Equal(64 * 1024, pool.LeasedBytes);
        Assert.Throws<ObjectDisposedException>(() => lease.Memory);
    }

    // Property: callers of every size at once never hold more than the limit, and all are served.
    [Fact]
    public async Task The_limit_holds_under_load()
    {
        var pool = new BufferPool(3L * Largest);
        var sizes = Enumerable.Range(0, 400).Select(i => (i % 4) switch { 0 => 1, 1 => 70_000, 2 => 1 << 20, _ => Largest });

        await Task.WhenAll(sizes.Select(async size =>
        {
            await Task.Yield();
            using var lease = await pool.RentAsync(size, None);
            Assert.InRange(pool.LeasedBytes, 1, 3L * Largest);
            await Task.Yield();
        }));

        Assert.Equal(0, pool.LeasedBytes);
    }
}
