using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Tests.Independent;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Crypto;

public sealed class ChunkSealTests
{
    private static readonly byte[] Golden = "AkkaDfs golden chunk"u8.ToArray();

    [Fact]
    public void Seals_by_content_as_format_1_does()
    {
        using var secret = new DedupSecret(TestBytes.From(0));
        var buffer = Golden.ToArray();

        var chunk = ChunkSeal.Seal(buffer, secret);

        Assert.Equal("e7b8058592e2780ea647305ff2f5a0f5326e7686", Convert.ToHexStringLower(buffer));
        Assert.Equal("b9701a77abe5afe64e549c83d5e6b3460d4e4635e4668c21c8fb6ba0c74b4a0b", chunk.Id.ToString());
        Assert.Equal(
            "e217cc2b3f147581a602df5778793a038a6f9e51a2367189acea57589f721d07", Convert.ToHexStringLower(chunk.Key.Span));
    }

    [Fact]
    public void Content_of_several_leaves_has_the_key_that_the_format_says()
    {
        using var secret = new DedupSecret(TestBytes.From(0));
        var buffer = TestBytes.Pattern(200_000);

        var chunk = ChunkSeal.Seal(buffer, secret);

        Assert.Equal("55857c2a8814a1a375af325a8e5b70b56438ca411e459a6f4519a14cdb0bd828", Convert.ToHexStringLower(chunk.Key.Span));
        Assert.Equal("2f04eb3e22ad17ce331e339535ee5b0a91643afac581c385cd464cf8364f7a71", chunk.Id.ToString());
    }

    [Fact]
    public void Every_number_of_leaves_has_the_key_that_a_second_reading_of_the_format_says()
    {
        using var secret = new DedupSecret(TestBytes.From(0));
        var bytes = TestBytes.Random(1, ChunkTree.ChunkBytesMax);
        for (var leaves = 0; leaves <= ChunkTree.LeavesMax; leaves = leaves < 23 ? leaves + 1 : leaves + 7)
        {
            foreach (var sizeBytes in new[] { leaves * ChunkTree.LeafBytes, Math.Max(0, (leaves * ChunkTree.LeafBytes) - 100) })
            {
                var (key, ciphertext) = PlainSeal.ByContent(TestBytes.From(0), bytes[..sizeBytes]);
                var buffer = bytes[..sizeBytes];

                var chunk = ChunkSeal.Seal(buffer, secret);

                Assert.Equal(key, chunk.Key.Span);
                Assert.Equal(ciphertext, buffer);
            }
        }
    }

    [Fact]
    public void Seals_once_as_format_1_does()
    {
        var buffer = Golden.ToArray();

        var chunk = ChunkSeal.Seal(buffer, new FreshBytes(TestBytes.From(0)));

        Assert.Equal("4d3b62cfb57b2bfbdc1415350f21b592af8084ed", Convert.ToHexStringLower(buffer));
        Assert.Equal("9e98baaa10b49258d461052ba601c7f525c922ba6c653e000e491392ae4f64e9", chunk.Id.ToString());
    }

    [Fact]
    public void Seals_by_place_as_format_1_does()
    {
        using var secret = new ResumeSecret(TestBytes.From(0));
        var buffer = Golden.ToArray();

        var chunk = ChunkSeal.Seal(buffer, secret, 256);

        Assert.Equal("62286aefe6f036e97c5e7ade1438403965696cb6", Convert.ToHexStringLower(buffer));
        Assert.Equal("626573eff51f69f390990cf93eeaa3bdf9d0a804986a07a70899be09f15c0cd3", chunk.Id.ToString());
        Assert.Equal("167cbcdeac29859b8e3913228020d876c511c871f17b435248b8169fd22eb9be", Convert.ToHexStringLower(chunk.Key.Span));
    }

    [Fact]
    public void An_upload_that_is_begun_again_finds_equal_content_at_its_place_and_nowhere_else()
    {
        using var bucket = OwnerKeys.Create(TestBytes.FreshSource(1)).OfBucket("files");
        using var other = OwnerKeys.Create(TestBytes.FreshSource(2)).OfBucket("files");
        var (file, version) = (new RegisterId(TestBytes.From(1)), new VersionId(TestBytes.From(2, 16)));

        var first = IdOf(bucket.ResumeOf(file, version, 0), Golden, 100);

        Assert.Equal(first, IdOf(bucket.ResumeOf(file, version, 0), Golden, 100));
        var others = new[]
        {
            IdOf(bucket.ResumeOf(file, version, 0), Golden, 101),
            IdOf(bucket.ResumeOf(file, version, 0), [.. Golden, 1], 100),
            IdOf(bucket.ResumeOf(file, version, 1), Golden, 100),
            IdOf(bucket.ResumeOf(file, default, 0), Golden, 100),
            IdOf(bucket.ResumeOf(default, version, 0), Golden, 100),
            IdOf(other.ResumeOf(file, version, 0), Golden, 100),
        };
        Assert.DoesNotContain(first, others);
        Assert.Equal(others.Length, others.Distinct().Count());

        static ChunkId IdOf(ResumeSecret secret, byte[] content, long place)
        {
            using (secret)
            {
                return ChunkSeal.Seal(content.ToArray(), secret, place).Id;
            }
        }
    }

    [Fact]
    public void What_was_sealed_opens_and_equal_content_is_the_same_chunk()
    {
        using var secret = new DedupSecret(TestBytes.Random(1, 32));
        foreach (var size in new[] { 0, 1, 100, 65_536, 300_001 })
        {
            var plain = TestBytes.Random(size, size);
            var (first, again) = (plain.ToArray(), plain.ToArray());

            var chunk = ChunkSeal.Seal(first, secret);

            Assert.Equal(chunk.Id, ChunkSeal.Seal(again, secret).Id);
            Assert.True(ChunkSeal.TryOpen(first, chunk.Id, chunk.Key));
            Assert.Equal(plain, first);
        }
    }

    [Fact]
    public void A_part_opens_by_itself()
    {
        using var secret = new DedupSecret(TestBytes.Random(1, 32));
        var plain = TestBytes.Random(2, 200_000);
        var buffer = plain.ToArray();
        var chunk = ChunkSeal.Seal(buffer, secret);

        var part = buffer[70_001..70_101];
        ChunkSeal.OpenChecked(part, chunk.Key, 70_001);

        Assert.Equal(plain[70_001..70_101], part);
    }

    [Fact]
    public void Every_damaged_byte_is_refused_and_nothing_is_opened()
    {
        using var secret = new DedupSecret(TestBytes.Random(1, 32));
        var buffer = TestBytes.Random(2, 100);
        var chunk = ChunkSeal.Seal(buffer, secret);
        for (var i = 0; i < buffer.Length; i++)
        {
            var damaged = buffer.ToArray();
            damaged[i] ^= 0x10;
            var before = damaged.ToArray();

            Assert.False(ChunkSeal.TryOpen(damaged, chunk.Id, chunk.Key));
            Assert.Equal(before, damaged);
        }

        Assert.False(ChunkSeal.TryOpen(buffer.AsSpan(1), chunk.Id, chunk.Key));
    }

    // Property: over retries, changed sources, other secrets and one-time seals, one key never seals two messages.
    [Theory, Seeds(20)]
    public void No_key_ever_seals_two_messages(int seed)
    {
        var random = new Random(seed);
        var fresh = TestBytes.FreshSource(seed);
        DedupSecret[] secrets = [new(TestBytes.Random(seed, 32)), new(TestBytes.Random(seed + 1000, 32))];
        var messageOf = new Dictionary<string, string>();
        for (var attempt = 0; attempt < 300; attempt++)
        {
            // Few different messages, and prefixes of each other, so that they do come again.
            var plain = TestBytes.Random(random.Next(4), 40)[..random.Next(1, 40)];
            var buffer = plain.ToArray();

            var which = random.Next(3);
            var chunk = which < 2 ? ChunkSeal.Seal(buffer, secrets[which]) : ChunkSeal.Seal(buffer, fresh());

            var key = Convert.ToHexString(chunk.Key.Span);
            var message = which < 2 ? Convert.ToHexString(plain) : $"once {attempt}";
            Assert.True(messageOf.TryAdd(key, message) || messageOf[key] == message, $"attempt {attempt}");
        }
    }

    [Fact]
    public void Fresh_bytes_cannot_be_used_twice()
    {
        var fresh = TestBytes.Fresh(1);
        ChunkSeal.Seal(new byte[10], fresh);

        Assert.Throws<InvariantException>(() => ChunkSeal.Seal(new byte[11], fresh));
    }

    [Fact]
    public void Secrets_do_not_print_and_are_gone_after_disposal()
    {
        var key = new ChunkKey(TestBytes.From(0xA0));
        var chunk = new SealedChunk(default, key, LeafHashes.Of([]));

        Assert.DoesNotContain("a0a1", $"{key}{chunk}", StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("160", $"{key}{chunk}", StringComparison.Ordinal);
        Assert.DoesNotContain("a0", TestBytes.Fresh(1).ToString(), StringComparison.OrdinalIgnoreCase);
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Span.ToArray());
    }
}
