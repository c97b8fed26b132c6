using System.Buffers;
using Dfs.Core.Primitives;

namespace Dfs.Storage.Disk;

/// <summary>Lends pieces of memory to stores and transfers, up to a total; who asks beyond it waits in line.</summary>
/// <remarks>
/// Pieces are runs of pages of 64 KiB in pinned slabs of 4 MiB, which are made when they are first needed and kept: a chunk on
/// its way costs no allocation and leaves no garbage on the large object heap, and the limit is what the process really
/// takes. A returned piece keeps its old content. Who holds a lease and waits for a second one can lock out others who do
/// the same: take what is needed in one go, or bound the number of such callers.
/// </remarks>
public sealed class BufferPool
{
    /// <summary>The largest piece: one chunk.</summary>
    public const int BlockSizeBytesMax = BufferSlab.SizeBytes;

    /// <summary>Enough for 64 chunks of the largest size on their way.</summary>
    public const long LimitBytesDefault = 256L * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly int _slabsMax;
    private readonly List<BufferSlab> _slabs = [];
    private readonly LinkedList<Waiter> _waiters = new();
    private long _leasedBytes;
    private long _peakBytes;

    /// <param name="limitBytes">Upper bound of what is lent and what is kept for the next, in whole slabs; at least one.</param>
    public BufferPool(long limitBytes = LimitBytesDefault)
    {
        Invariant.Holds(limitBytes >= BlockSizeBytesMax, $"the pool holds its largest piece ({limitBytes} bytes)");
        _slabsMax = (int)(limitBytes / BufferSlab.SizeBytes);
    }

    /// <summary>Bytes of the pages that are lent at the moment.</summary>
    public long LeasedBytes
    {
        get
        {
            lock (_lock)
            {
                return _leasedBytes;
            }
        }
    }

    /// <summary>The most that was lent at one time.</summary>
    public long PeakBytes
    {
        get
        {
            lock (_lock)
            {
                return _peakBytes;
            }
        }
    }

    /// <summary>Somebody waits for memory.</summary>
    public bool IsShort
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Count > 0;
            }
        }
    }

    /// <summary>A piece of <paramref name="sizeBytes"/>; dispose it to give it back.</summary>
    /// <param name="sizeBytes">0 to <see cref="BlockSizeBytesMax"/>.</param>
    public ValueTask<IMemoryOwner<byte>> RentAsync(int sizeBytes, CancellationToken cancellation)
    {
        Invariant.Holds(sizeBytes is >= 0 and <= BlockSizeBytesMax, $"a piece is at most a chunk ({sizeBytes} bytes)");
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IMemoryOwner<byte>>(cancellation);
        }

        lock (_lock)
        {
            if (_waiters.Count == 0 && Take(sizeBytes) is { } lease)
            {
                return ValueTask.FromResult<IMemoryOwner<byte>>(lease);
            }

            var waiter = new Waiter(sizeBytes);
            var node = _waiters.AddLast(waiter);
            return new ValueTask<IMemoryOwner<byte>>(WaitAsync(node, cancellation));
        }
    }

    private async Task<IMemoryOwner<byte>> WaitAsync(LinkedListNode<Waiter> node, CancellationToken cancellation)
    {
        var registration = cancellation.UnsafeRegister(static (state, token) =>
        {
            var (pool, node) = ((BufferPool, LinkedListNode<Waiter>))state!;
            pool.GiveUp(node, token);
        }, (this, node));
        await using (registration.ConfigureAwait(false))
        {
            return await node.Value.Lease.Task.ConfigureAwait(false);
        }
    }

    private void GiveUp(LinkedListNode<Waiter> node, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (node.List is null)
            {
                return;
            }

            _waiters.Remove(node);
            ServeWaiters();
        }

        node.Value.Lease.TrySetCanceled(cancellation);
    }

    // The first slab with room: the later ones run empty, and a largest piece finds one.
    private BufferLease? Take(int sizeBytes)
    {
        var pages = BufferSlab.PagesOf(sizeBytes);
        var first = -1;
        var slab = _slabs.Find(candidate => (first = candidate.TryTake(pages)) >= 0);
        if (slab is null && _slabs.Count < _slabsMax)
        {
            _slabs.Add(slab = new BufferSlab());
            first = slab.TryTake(pages);
        }

        if (slab is null)
        {
            return null;
        }

        _leasedBytes += (long)pages * BufferSlab.PageBytes;
        _peakBytes = Math.Max(_peakBytes, _leasedBytes);
        return new BufferLease(this, slab, first, sizeBytes);
    }

    internal void Return(BufferSlab slab, int first, int sizeBytes)
    {
        lock (_lock)
        {
            var pages = BufferSlab.PagesOf(sizeBytes);
            slab.Return(first, pages);
            _leasedBytes -= (long)pages * BufferSlab.PageBytes;
            ServeWaiters();
        }
    }

    private void ServeWaiters()
    {
        while (_waiters.First is { } first && Take(first.Value.SizeBytes) is { } lease)
        {
            _waiters.RemoveFirst();
            first.Value.Lease.SetResult(lease);
        }
    }

    private sealed class Waiter(int sizeBytes)
    {
        public int SizeBytes => sizeBytes;

        public TaskCompletionSource<IMemoryOwner<byte>> Lease { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>A lent piece; disposing it a second time is harmless.</summary>
internal sealed class BufferLease(BufferPool pool, BufferSlab slab, int firstPage, int sizeBytes) : IMemoryOwner<byte>
{
    private BufferSlab? _slab = slab;

    public Memory<byte> Memory =>
        (_slab ?? throw new ObjectDisposedException(nameof(BufferLease))).MemoryAt(firstPage, sizeBytes);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _slab, null) is { } slab)
        {
            pool.Return(slab, firstPage, sizeBytes);
        }
    }
}
