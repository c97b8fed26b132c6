using System.Buffers;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

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
        using var first = await pool.RentAsync(Largest, None);
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

    [Fact]
    public async Task Pieces_are_packed_to_the_page_and_never_share_a_byte()
    {
        var pool = new BufferPool(Largest);
        var sizes = new[] { 1_100_000, 700_000, 64 * 1024, 1, 1_900_000 };
        var leases = new List<IMemoryOwner<byte>>();
        foreach (var (size, mark) in sizes.Select((size, i) => (size, (byte)(i + 1))))
        {
            leases.Add(await pool.RentAsync(size, None));
            leases[^1].Memory.Span.Fill(mark);
        }

        Assert.All(leases.Select((lease, i) => (lease, (byte)(i + 1))), entry =>
            Assert.Equal(-1, entry.lease.Memory.Span.IndexOfAnyExcept(entry.Item2)));
        Assert.Equal((17 + 11 + 1 + 1 + 29) * 64 * 1024, pool.LeasedBytes);
        var tooLarge = pool.RentAsync(6 * 64 * 1024, None).AsTask();
        Assert.False(tooLarge.IsCompleted);
        leases.ForEach(lease => lease.Dispose());
        (await tooLarge).Dispose();
    }

    // Property: a slab takes the lowest run of free pages that is long enough, as a plain search finds it.
    [Theory, Seeds(20)]
    public void A_slab_takes_the_lowest_run(int seed)
    {
        var random = new Random(seed);
        var slab = new BufferSlab();
        var isTaken = new bool[64];
        var taken = new List<(int First, int Pages)>();
        for (var step = 0; step < 300; step++)
        {
            if (taken.Count > 0 && random.Next(2) == 0)
            {
                var (first, pages) = taken[random.Next(taken.Count)];
                taken.Remove((first, pages));
                slab.Return(first, pages);
                isTaken.AsSpan(first, pages).Clear();
            }
            else
            {
                var pages = random.Next(1, random.Next(2) == 0 ? 8 : 65);
                var wanted = Enumerable.Range(0, 65 - pages).FirstOrDefault(i => !isTaken.AsSpan(i, pages).Contains(true), -1);
                Assert.Equal(wanted, slab.TryTake(pages));
                if (wanted >= 0)
                {
                    taken.Add((wanted, pages));
                    isTaken.AsSpan(wanted, pages).Fill(true);
                }
            }
        }
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
