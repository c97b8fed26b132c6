using System.Buffers;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Actors.Transfer;

/// <summary>Leaves of a chunk as a peer sends them: each behind the proof that ties it to the chunk's id.</summary>
internal static class PeerLeaves
{
    // Size of the chunk (4), index of the leaf (1), number of hashes (1).
    private const int ProofHeadBytes = 6;

    public static async Task<PeerOutcome> ReceiveAsync(
        HttpResponseMessage response, ChunkId id, int chunkSizeBytes, int first, int count, BufferPool buffers, ProgressWatch watch)
    {
        IMemoryOwner<byte>? memory = await buffers.RentAsync(ChunkTree.SizeOfLeaves(chunkSizeBytes, first, count), watch.Token);
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(watch.Token);
            var rest = memory.Memory;
            for (var index = first; index < first + count; index++)
            {
                var leaf = rest[..Math.Min(rest.Length, ChunkTree.LeafBytes)];
                var proof = await ReceiveProofAsync(stream, watch);
                if (proof is null || proof.LeafIndex != index || proof.ChunkSizeBytes != chunkSizeBytes)
                {
                    return PeerOutcome.Corrupt.Instance;
                }

                await PeerAnswers.FillAsync(stream, leaf, watch, null);
                if (!ChunkTree.Verify(id, proof, leaf.Span))
                {
                    return PeerOutcome.Corrupt.Instance;
                }

                rest = rest[leaf.Length..];
            }

            var found = new PeerOutcome.FoundLeaves(memory);
            memory = null;
            return found;
        }
        finally
        {
            memory?.Dispose();
        }
    }

    private static async Task<LeafProof?> ReceiveProofAsync(Stream stream, ProgressWatch watch)
    {
        var head = new byte[ProofHeadBytes];
        await PeerAnswers.FillAsync(stream, head, watch, null);
        if (head[^1] > ChunkTree.PathLengthMax)
        {
            return null;
        }

        var bytes = new byte[ProofHeadBytes + (head[^1] * Bytes32.SizeBytes)];
        head.CopyTo(bytes, 0);
        await PeerAnswers.FillAsync(stream, bytes.AsMemory(ProofHeadBytes), watch, null);
        return LeafProof.TryDecode(bytes, out var proof) ? proof : null;
    }
}
