using System.Buffers;
using Dfs.Core.Primitives;

namespace Dfs.Storage.Disk;

/// <summary>Lends blocks of memory to stores and transfers, up to a total; who asks beyond it waits in line.</summary>
/// <remarks>
/// Blocks are pinned arrays of 64 KiB, 1 MiB or 4 MiB and are used again, so that a chunk on its way costs no allocation on
/// the large object heap. A returned block keeps its old content. Who holds a lease and waits for a second one can lock out
/// others who do the same: take what is needed in one go, or bound the number of such callers.
/// </remarks>
public sealed class BufferPool
{
    /// <summary>The largest block: one chunk.</summary>
    public const int BlockSizeBytesMax = 4 * 1024 * 1024;

    /// <summary>Enough for 64 chunks of the largest size on their way.</summary>
    public const long LimitBytesDefault = 256L * 1024 * 1024;

    private static readonly int[] BlockSizes = [64 * 1024, 1024 * 1024, BlockSizeBytesMax];

    private readonly Lock _lock = new();
    private readonly long _limitBytes;
    private readonly Stack<byte[]>[] _free = [.. BlockSizes.Select(_ => new Stack<byte[]>())];
    private readonly LinkedList<Waiter> _waiters = new();
    private long _leasedBytes;
    private long _freeBytes;
    private long _peakBytes;

    /// <param name="limitBytes">Upper bound of what is lent and what is kept for the next; at least one largest block.</param>
    public BufferPool(long limitBytes = LimitBytesDefault)
    {
        Invariant.Holds(limitBytes >= BlockSizeBytesMax, $"the pool holds its largest block ({limitBytes} bytes)");
        _limitBytes = limitBytes;
    }

    /// <summary>Bytes of the blocks that are lent at the moment.</summary>
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

    /// <summary>A block cut to <paramref name="sizeBytes"/>; dispose it to give it back.</summary>
    /// <param name="sizeBytes">0 to <see cref="BlockSizeBytesMax"/>.</param>
    public ValueTask<IMemoryOwner<byte>> RentAsync(int sizeBytes, CancellationToken cancellation)
    {
        Invariant.Holds(sizeBytes is >= 0 and <= BlockSizeBytesMax, $"a block is at most a chunk ({sizeBytes} bytes)");
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

    private BufferLease? Take(int sizeBytes)
    {
        var kind = 0;
        while (BlockSizes[kind] < sizeBytes)
        {
            kind++;
        }

        if (_leasedBytes + BlockSizes[kind] > _limitBytes)
        {
            return null;
        }

        _leasedBytes += BlockSizes[kind];
        _peakBytes = Math.Max(_peakBytes, _leasedBytes);
        return new BufferLease(this, kind, TakeBlock(kind), sizeBytes);
    }

    private byte[] TakeBlock(int kind)
    {
        if (_free[kind].TryPop(out var block))
        {
            _freeBytes -= BlockSizes[kind];
            return block;
        }

        // Blocks of another size that lie idle make room within the limit.
        for (var other = 0; other < _free.Length && _leasedBytes + _freeBytes > _limitBytes; other++)
        {
            while (_leasedBytes + _freeBytes > _limitBytes && _free[other].TryPop(out _))
            {
                _freeBytes -= BlockSizes[other];
            }
        }

        return GC.AllocateUninitializedArray<byte>(BlockSizes[kind], pinned: true);
    }

    internal void Return(int kind, byte[] block)
    {
        lock (_lock)
        {
            _leasedBytes -= BlockSizes[kind];
            _freeBytes += BlockSizes[kind];
            _free[kind].Push(block);
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

/// <summary>A lent block; disposing it a second time is harmless.</summary>
internal sealed class BufferLease(BufferPool pool, int kind, byte[] block, int sizeBytes) : IMemoryOwner<byte>
{
    private byte[]? _block = block;

    public Memory<byte> Memory =>
        (_block ?? throw new ObjectDisposedException(nameof(BufferLease))).AsMemory(0, sizeBytes);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _block, null) is { } block)
        {
            pool.Return(kind, block);
        }
    }
}
