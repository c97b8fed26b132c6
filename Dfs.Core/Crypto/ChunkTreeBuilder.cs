using System.Collections.Immutable;
using System.Numerics;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>Names a chunk while its bytes arrive, in pieces of any size.</summary>
/// <remarks>
/// Memory: one hash per leaf, and one per level: finished subtrees wait on a stack, where their sizes are the powers of two
/// in the number of leaves so far. Starts anew after <see cref="Finish()"/>. One thread at a time.
/// </remarks>
public sealed class ChunkTreeBuilder : IDisposable
{
    private readonly IncrementalHash _hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Stack<Bytes32> _subtrees = new();
    private readonly ImmutableArray<Bytes32>.Builder _leaves = ImmutableArray.CreateBuilder<Bytes32>();
    private int _leafBytes;
    private bool _isInLeaf;
    private long _sizeBytes;

    public long SizeBytes => _sizeBytes;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _sizeBytes += bytes.Length;
        while (!bytes.IsEmpty)
        {
            // A full leaf is closed only when more comes: the last one may be full too.
            if (_leafBytes == ChunkTree.LeafBytes)
            {
                CloseLeaf();
            }

            OpenLeaf();
            var part = bytes[..Math.Min(bytes.Length, ChunkTree.LeafBytes - _leafBytes)];
            _hasher.AppendData(part);
            _leafBytes += part.Length;
            bytes = bytes[part.Length..];
        }
    }

    public ChunkId Finish() => Finish(out _);

    /// <param name="leaves">For whoever stores the chunk.</param>
    public ChunkId Finish(out LeafHashes leaves)
    {
        OpenLeaf();
        CloseLeaf();
        var top = _subtrees.Pop();
        while (_subtrees.TryPop(out var left))
        {
            top = MerkleHash.Node(ChunkTree.NodeTag, left, top);
        }

        var id = ChunkTree.HashRoot(top, _sizeBytes);
        leaves = new LeafHashes(_sizeBytes, _leaves.ToImmutable());
        _leaves.Clear();
        _sizeBytes = 0;
        return id;
    }

    public void Dispose() => _hasher.Dispose();

    private void OpenLeaf()
    {
        if (!_isInLeaf)
        {
            _hasher.AppendData([ChunkTree.LeafTag]);
            _isInLeaf = true;
        }
    }

    private void CloseLeaf()
    {
        Span<byte> hash = stackalloc byte[Bytes32.SizeBytes];
        _hasher.GetHashAndReset(hash);
        var node = new Bytes32(hash);
        (_leafBytes, _isInLeaf) = (0, false);
        _leaves.Add(node);
        for (var merges = BitOperations.TrailingZeroCount(_leaves.Count); merges > 0; merges--)
        {
            node = MerkleHash.Node(ChunkTree.NodeTag, _subtrees.Pop(), node);
        }

        _subtrees.Push(node);
    }
}
