using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Crypto;

public sealed class ChunkTreeTests
{
    private const int Leaf = ChunkTree.LeafBytes;

    private static readonly int[] Sizes =
        [0, 1, Leaf - 1, Leaf, Leaf + 1, 2 * Leaf, 3 * Leaf - 5, 4 * Leaf, 5 * Leaf + 1, 7 * Leaf, 8 * Leaf + 9, 15 * Leaf + 8];

    // Made by a second implementation (Python's hashlib); docs/formats/chunk.md shows them.
    [Theory]
    [InlineData(0, "c0e50f0d90d6e2fea1e6f53d4f758ed5fc9035a399a8eb215c29c6ff3ea05425")]
    [InlineData(200_000, "b43c4d28f0c20220241434f301944a1765fcba1a7b97ca5b20f411cf194e43b4")]
    public void Names_the_pattern_as_format_1_does(int sizeBytes, string id) =>
        Assert.Equal(id, ChunkTree.IdOf(TestBytes.Pattern(sizeBytes)).ToString());

    [Fact]
    public void Names_abc_as_format_1_does() =>
        Assert.Equal(
            "5c170547d40533fb44a0c4874b2977285d519c9e8129f7733c364d97cf2cabd6", ChunkTree.IdOf("abc"u8).ToString());

    [Fact]
    public void Agrees_with_a_naive_recursive_tree()
    {
        foreach (var size in Sizes)
        {
            var bytes = TestBytes.Random(size, size);
            Assert.Equal(NaiveId(bytes), ChunkTree.IdOf(bytes));
        }
    }

    // Some go through the processor's lanes and some do not, by their number.
    [Fact]
    public void Every_number_of_leaves_agrees_with_a_naive_recursive_tree()
    {
        var bytes = TestBytes.Random(1, ChunkTree.ChunkBytesMax);
        for (var leaves = 0; leaves <= ChunkTree.LeavesMax; leaves = leaves < 34 ? leaves + 1 : leaves + 10)
        {
            var part = bytes[..(leaves * Leaf)];
            Assert.Equal(NaiveId(part), ChunkTree.IdOf(part));
        }
    }

    [Theory, Seeds(30)]
    public void The_sizes_of_arrival_do_not_matter(int seed)
    {
        var random = new Random(seed);
        var bytes = TestBytes.Random(seed, random.Next(0, 64 * Leaf));
        var hasher = new LeafHasher(bytes.Length);
        for (var done = 0; done < bytes.Length; done += random.Next(1, 20 * Leaf))
        {
            hasher.Advance(bytes.AsSpan(0, done));
        }

        Assert.Equal(ChunkTree.IdOf(bytes), hasher.Finish(bytes).Id);
    }

    [Fact]
    public void Every_leaf_of_every_shape_verifies_and_survives_its_encoding()
    {
        foreach (var size in Sizes)
        {
            var bytes = TestBytes.Random(size, size);
            var id = ChunkTree.IdOf(bytes);
            for (var leaf = 0; leaf < ChunkTree.LeavesOf(size); leaf++)
            {
                var proof = LeafHashes.Of(bytes).Prove(leaf);
                Assert.True(LeafProof.TryDecode(proof.Encode(), out var decoded));
                Assert.Equal(proof, decoded);
                Assert.True(ChunkTree.Verify(id, decoded, ChunkTree.LeafOf(bytes, leaf)));
            }
        }
    }

    [Fact]
    public void A_proof_does_not_verify_another_leaf_place_size_path_or_chunk()
    {
        var bytes = TestBytes.Random(5, 5 * Leaf);
        var id = ChunkTree.IdOf(bytes);
        var proof = LeafHashes.Of(bytes).Prove(2);
        var leaf = ChunkTree.LeafOf(bytes, 2).ToArray();

        Assert.False(ChunkTree.Verify(id, proof, ChunkTree.LeafOf(bytes, 1)));
        Assert.False(ChunkTree.Verify(id, proof with { LeafIndex = 3 }, leaf));
        Assert.False(ChunkTree.Verify(id, proof with { LeafIndex = -1 }, leaf));
        Assert.False(ChunkTree.Verify(id, proof with { LeafIndex = 5 }, leaf));
        Assert.False(ChunkTree.Verify(id, proof with { ChunkSizeBytes = 5 * Leaf - 1 }, leaf));
        Assert.False(ChunkTree.Verify(id, proof with { ChunkSizeBytes = uint.MaxValue }, leaf));
        Assert.False(ChunkTree.Verify(id, proof with { Path = proof.Path[..^1] }, leaf));
        Assert.False(ChunkTree.Verify(id, proof with { Path = [.. proof.Path, default] }, leaf));
        Assert.False(ChunkTree.Verify(id, proof with { Path = [.. proof.Path.Reverse()] }, leaf));
        Assert.False(ChunkTree.Verify(ChunkTree.IdOf(bytes.AsSpan(1)), proof, leaf));
        leaf[^1] ^= 1;
        Assert.False(ChunkTree.Verify(id, proof, leaf));
    }

    [Fact]
    public void A_node_of_the_tree_cannot_pose_as_a_chunk()
    {
        var bytes = TestBytes.Random(9, 2 * Leaf);
        var left = NaiveHash(0, bytes.AsSpan(0, Leaf).ToArray());
        var right = NaiveHash(0, bytes.AsSpan(Leaf).ToArray());

        Assert.NotEqual(ChunkTree.IdOf(bytes), ChunkTree.IdOf([.. left, .. right]));
        Assert.NotEqual(ChunkTree.IdOf(bytes), ChunkTree.IdOf([1, .. left, .. right]));
    }

    [Theory, Seeds(100)]
    public void A_damaged_proof_is_refused_or_does_not_verify(int seed)
    {
        var random = new Random(seed);
        var bytes = TestBytes.Random(3, 3 * Leaf);
        var encoded = LeafHashes.Of(bytes).Prove(1).Encode();
        var damaged = Mutation.Of(encoded, random);

        var verified = LeafProof.TryDecode(damaged, out var proof)
            && ChunkTree.Verify(ChunkTree.IdOf(bytes), proof, ChunkTree.LeafOf(bytes, 1));

        Assert.Equal(encoded.AsSpan().SequenceEqual(damaged), verified);
    }

    private static ChunkId NaiveId(byte[] bytes)
    {
        var leaves = bytes.Length == 0 ? [[]] : bytes.Chunk(Leaf).ToArray();
        var length = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(length, bytes.Length);
        return new ChunkId(NaiveHash(2, [.. length, .. Top(leaves.Select(leaf => NaiveHash(0, leaf)).ToImmutableArray())]));

        static byte[] Top(ImmutableArray<byte[]> hashes)
        {
            if (hashes.Length == 1)
            {
                return hashes[0];
            }

            var left = 1;
            while (left * 2 < hashes.Length)
            {
                left *= 2;
            }

            return NaiveHash(1, [.. Top(hashes[..left]), .. Top(hashes[left..])]);
        }
    }

    private static byte[] NaiveHash(byte tag, byte[] bytes) => SHA256.HashData([tag, .. bytes]);
}
