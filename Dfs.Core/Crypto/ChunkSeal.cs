using System.Buffers.Binary;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>Seals and opens chunks: a key for these very bytes, AES-256-CTR from counter 0, the tree root as name.</summary>
/// <remarks>
/// No key comes in from outside: it is derived from the bytes that lie in the buffer when they are encrypted, or
/// made from randomness that can be taken once, so no (key, counter) ever seals two messages. The caller must own
/// the buffer alone while it is sealed. Docs: docs/formats/chunk.md.
/// </remarks>
public static class ChunkSeal
{
    private const byte ContentLeafTag = 3, ContentTag = 4;

    private static ReadOnlySpan<byte> EqualContentLabel => "dfs chunk by content 2"u8;

    private static ReadOnlySpan<byte> PlaceLabel => "dfs chunk by place 2"u8;

    private static ReadOnlySpan<byte> OneTimeLabel => "dfs chunk once 1"u8;

    /// <summary>Seals in place, so that equal bytes under one secret become the same chunk.</summary>
    public static SealedChunk Seal(Span<byte> buffer, DedupSecret secret)
    {
        Span<byte> hash = stackalloc byte[Bytes32.SizeBytes];
        HashContent(buffer, hash);
        Span<byte> key = stackalloc byte[SecretKey.SizeBytes];
        Kdf.Derive(secret, EqualContentLabel, hash, key);
        // The plaintext's bare hash would confirm a guess to whoever reads this memory later.
        CryptographicOperations.ZeroMemory(hash);
        return SealUnder(buffer, key);
    }

    /// <summary>Seals in place under a key that no other chunk will have, not even one of the same bytes.</summary>
    public static SealedChunk Seal(Span<byte> buffer, FreshBytes fresh)
    {
        Span<byte> secret = stackalloc byte[FreshBytes.SizeBytes];
        fresh.Take(secret);
        Span<byte> key = stackalloc byte[SecretKey.SizeBytes];
        Kdf.Derive(secret, default, OneTimeLabel, default, key);
        CryptographicOperations.ZeroMemory(secret);
        return SealUnder(buffer, key);
    }

    /// <summary>Seals in place, so that equal bytes at the same place of the same upload become the same chunk, and no others.</summary>
    /// <param name="place">Where in the file's content the chunk begins.</param>
    public static SealedChunk Seal(Span<byte> buffer, ResumeSecret secret, long place)
    {
        Span<byte> context = stackalloc byte[sizeof(long) + Bytes32.SizeBytes];
        BinaryPrimitives.WriteInt64BigEndian(context, place);
        HashContent(buffer, context[sizeof(long)..]);
        Span<byte> key = stackalloc byte[SecretKey.SizeBytes];
        Kdf.Derive(secret, PlaceLabel, context, key);
        CryptographicOperations.ZeroMemory(context);
        return SealUnder(buffer, key);
    }

    /// <summary>Checks the name, then opens in place.</summary>
    /// <returns>False when these are not the bytes of that chunk; the buffer is then as it was.</returns>
    public static bool TryOpen(Span<byte> buffer, ChunkId id, ChunkKey key)
    {
        if (ChunkTree.IdOf(buffer) != id)
        {
            return false;
        }

        OpenChecked(buffer, key, 0);
        return true;
    }

    /// <summary>Opens a part of a chunk whose leaves were verified already.</summary>
    /// <param name="offset">Where the part begins in its chunk.</param>
    public static void OpenChecked(Span<byte> part, ChunkKey key, long offset)
    {
        using var cipher = new AesCtr(key);
        cipher.Transform(part, offset);
    }

    // Over leaves as a chunk's name is, because one stream of SHA-256 takes three times as long; under tags of its own, and nothing of it stays in memory.
    private static void HashContent(ReadOnlySpan<byte> content, Span<byte> hash)
    {
        RequireSize(content);
        Span<byte> all = stackalloc byte[1 + sizeof(long) + (ChunkTree.LeavesMax * Bytes32.SizeBytes)];
        all = all[..(1 + sizeof(long) + (ChunkTree.LeavesOf(content.Length) * Bytes32.SizeBytes))];
        all[0] = ContentTag;
        BinaryPrimitives.WriteInt64BigEndian(all[1..], content.Length);
        LeafBatch.Hash(ContentLeafTag, content, all[(1 + sizeof(long))..]);
        SHA256.HashData(all, hash);
        CryptographicOperations.ZeroMemory(all);
    }

    private static void RequireSize(ReadOnlySpan<byte> content) => Invariant.Holds(
        content.Length <= ChunkTree.ChunkBytesMax,
        $"a chunk has at most {ChunkTree.ChunkBytesMax} bytes ({content.Length})");

    private static SealedChunk SealUnder(Span<byte> buffer, Span<byte> key)
    {
        RequireSize(buffer);
        var chunkKey = new ChunkKey(key);
        CryptographicOperations.ZeroMemory(key);
        using var cipher = new AesCtr(chunkKey);
        cipher.Transform(buffer);
        var leaves = LeafHashes.Of(buffer);
        return new SealedChunk(leaves.Id, chunkKey, leaves);
    }
}

/// <summary>What a manifest must remember of a chunk, and what its store keeps beside it.</summary>
/// <param name="Key">The receiver's to dispose.</param>
public sealed record SealedChunk(ChunkId Id, ChunkKey Key, LeafHashes Leaves);
