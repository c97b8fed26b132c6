using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore;

/// <summary>Leaves of a chunk whose leaf hashes are not kept: the whole chunk is read and hashed.</summary>
internal static class ChunkLeaves
{
    public static async ValueTask<LeafLease?> ReadAsync(
        IChunkStore store, ChunkId id, int first, int count, CancellationToken cancellation)
    {
        var whole = await store.ReadAsync(id, cancellation);
        if (whole is null || first + count > ChunkTree.LeavesOf(whole.Memory.Length))
        {
            whole?.Dispose();
            return null;
        }

        var sizeBytes = ChunkTree.SizeOfLeaves(whole.Memory.Length, first, count);
        return new LeafLease(
            LeafHashes.Of(whole.Memory.Span), first, whole, whole.Memory.Slice(first * ChunkTree.LeafBytes, sizeBytes));
    }
}
