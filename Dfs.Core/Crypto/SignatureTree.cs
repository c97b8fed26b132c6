using System.Collections.Immutable;
using System.Numerics;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>The hash tree under one signature: the transitions of a batch, filled up to a power of two with zeros.</summary>
internal sealed class SignatureTree
{
    private const byte LeafTag = 0x10, NodeTag = 0x11, RootTag = 0x12;

    // _levels[0] are the leaves; the last level is the top alone.
    private readonly Bytes32[][] _levels;

    public SignatureTree(ReadOnlySpan<Bytes32> transitions)
    {
        Invariant.Holds(
            transitions.Length is >= 1 and <= BatchSignature.BatchMax,
            $"a batch signs 1 to {BatchSignature.BatchMax} transitions ({transitions.Length})");
        var depth = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)transitions.Length));
        _levels = new Bytes32[depth + 1][];
        _levels[0] = new Bytes32[1 << depth];
        for (var i = 0; i < transitions.Length; i++)
        {
            _levels[0][i] = LeafOf(transitions[i]);
        }

        for (var level = 1; level <= depth; level++)
        {
            var below = _levels[level - 1];
            _levels[level] = new Bytes32[below.Length / 2];
            for (var i = 0; i < _levels[level].Length; i++)
            {
                _levels[level][i] = MerkleHash.Node(NodeTag, below[2 * i], below[2 * i + 1]);
            }
        }

        Root = RootOf(_levels[depth][0], depth);
    }

    /// <summary>What is signed.</summary>
    public Bytes32 Root { get; }

    public ImmutableArray<Bytes32> PathOf(int index)
    {
        var path = ImmutableArray.CreateBuilder<Bytes32>(_levels.Length - 1);
        for (var level = 0; level < _levels.Length - 1; level++)
        {
            path.Add(_levels[level][(index >> level) ^ 1]);
        }

        return path.MoveToImmutable();
    }

    /// <summary>The root that a transition's path leads to.</summary>
    public static Bytes32 RootFrom(Bytes32 transition, int index, ImmutableArray<Bytes32> path)
    {
        var node = LeafOf(transition);
        for (var level = 0; level < path.Length; level++)
        {
            node = ((index >> level) & 1) == 0
                ? MerkleHash.Node(NodeTag, node, path[level])
                : MerkleHash.Node(NodeTag, path[level], node);
        }

        return RootOf(node, path.Length);
    }

    private static Bytes32 LeafOf(Bytes32 transition)
    {
        Span<byte> input = stackalloc byte[1 + Bytes32.SizeBytes];
        input[0] = LeafTag;
        transition.CopyTo(input[1..]);
        return MerkleHash.Sha256(input);
    }

    private static Bytes32 RootOf(Bytes32 top, int depth)
    {
        Span<byte> input = stackalloc byte[2 + Bytes32.SizeBytes];
        (input[0], input[1]) = (RootTag, (byte)depth);
        top.CopyTo(input[2..]);
        return MerkleHash.Sha256(input);
    }
}
