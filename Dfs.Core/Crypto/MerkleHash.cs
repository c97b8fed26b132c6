using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>What the trees have in common: tagged SHA-256.</summary>
internal static class MerkleHash
{
    public static Bytes32 Node(byte tag, Bytes32 left, Bytes32 right)
    {
        Span<byte> input = stackalloc byte[1 + 2 * Bytes32.SizeBytes];
        input[0] = tag;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + Bytes32.SizeBytes)..]);
        return Sha256(input);
    }

    public static Bytes32 Sha256(ReadOnlySpan<byte> input)
    {
        Span<byte> hash = stackalloc byte[Bytes32.SizeBytes];
        SHA256.HashData(input, hash);
        return new Bytes32(hash);
    }
}
