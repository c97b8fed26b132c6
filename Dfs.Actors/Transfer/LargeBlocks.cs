using System.Buffers;
using System.Collections.Concurrent;
using Dfs.Core.Primitives;
using Microsoft.AspNetCore.Connections;

namespace Dfs.Actors.Transfer;

/// <summary>Gives a web server blocks of 64 KiB to receive into and send from, instead of its own 4 KiB.</summary>
/// <remarks>A chunk arrives in 16 to 64 receives then, not in 256 and more. Keeps what was used for the next connection.</remarks>
public sealed class LargeBlocks : IMemoryPoolFactory<byte>
{
    /// <summary>64 KiB, the most that can be asked for.</summary>
    public const int BlockSizeBytes = 64 * 1024;

    /// <summary>
    /// 1,024 blocks, 64 MiB, stay when nobody uses them: 64 downloads at once, or 64 uploads that do not say their length, whose bodies are in the server twice
    /// (some 700 blocks). Where fewer stay than are used, what comes and goes is garbage, pinned, of which the collector lets hundreds of MiB lie.
    /// </summary>
    private const int IdleMax = 1024;

    /// <summary>For contents on their way through this process, outside a server's connections.</summary>
    public static MemoryPool<byte> OfContents { get; } = new Pool();

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool();

    private sealed class Pool : MemoryPool<byte>
    {
        private readonly ConcurrentQueue<byte[]> _idle = new();

        public override int MaxBufferSize => BlockSizeBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            Invariant.Holds(minBufferSize <= BlockSizeBytes, $"a block is enough ({minBufferSize} bytes)");
            var block = _idle.TryDequeue(out var idle)
                ? idle
                : GC.AllocateUninitializedArray<byte>(BlockSizeBytes, pinned: true);
            return new Block(this, block);
        }

        public void Return(byte[] block)
        {
            if (_idle.Count < IdleMax)
            {
                _idle.Enqueue(block);
            }
        }

        protected override void Dispose(bool disposing) => _idle.Clear();
    }

    private sealed class Block(Pool pool, byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = bytes;

        public Memory<byte> Memory => _bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } block)
            {
                pool.Return(block);
            }
        }
    }
}
