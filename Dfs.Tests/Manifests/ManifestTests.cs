using System.Collections.Immutable;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Manifests;

public sealed class ManifestTests
{
    // Made by a second implementation (Python).
    private const string GoldenPlain =
        "0101000001977420dc00000a746578742f706c61696e0010606162636465666768696a6b6c6d6e6f0002000661757468"
        + "6f720007736f6d656f6e650005c39c62657200076772c3b6c39f65000100046b6565700003796573000568656c6c6f";

    // docs/formats/manifest.md shows these bytes.
    // The sum of all that a page may name is beyond 64 bits.
    [Fact]
    public void A_page_that_speaks_of_more_than_a_file_can_have_is_refused()
    {
        var entry = Sample.Entry(1);
        var largest = new PageChild(entry.Id, entry.Key, 500, ManifestPage.FileBytesMax);

        Assert.True(ManifestPage.TryDecode(ManifestPage.Of(1, [largest]).Encode(), out _));
        Assert.False(ManifestPage.TryDecode(ManifestPage.Of(1, [.. Enumerable.Repeat(largest, 17)]).Encode(), out _));
        Assert.False(Manifest.TryDecode(Manifest.OfPage(Sample.Facts(), ManifestPage.Of(1, [.. Enumerable.Repeat(largest, 17)]), null).Encode(), out _));
    }

    [Fact]
    public void A_small_file_is_written_as_in_format_1()
    {
        var manifest = Manifest.OfContent(Sample.Facts(), "hello"u8);

        Assert.Equal(GoldenPlain, Convert.ToHexStringLower(manifest.Encode()));
        Assert.True(Manifest.TryDecode(Convert.FromHexString(GoldenPlain), out var decoded));
        Assert.Equal(manifest, decoded);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Manifest.InlineBytesMax)]
    public void Content_in_the_manifest_opens_again(int sizeBytes)
    {
        using var key = Sample.VersionKey();
        var place = Sample.Place(EnvelopeKind.Manifest);
        var content = TestBytes.Random(1, sizeBytes);

        var built = ManifestBuilder.OfContent(Sample.Facts(), content, key, place, TestBytes.Fresh(1));

        Assert.True(Manifest.TryOpen(key, place, built.Root.Span, out var manifest));
        Assert.Equal(content, manifest.Content!.Span.ToArray());
        Assert.Equal(Sample.Facts(), manifest.Facts);
        Assert.Equal((ulong)sizeBytes, manifest.PlainBytes);
    }

    [Fact]
    public void The_largest_root_fits_a_head()
    {
        using var key = Sample.VersionKey();
        var place = Sample.Place(EnvelopeKind.Manifest);
        var facts = FileFacts.None with
        {
            ContentType = new string('t', FileFacts.TextBytesMax),
            ETag = new ByteString(new byte[FileFacts.ETagBytesMax]),
        };
        var builder = new ManifestBuilder(null, TestBytes.FreshSource(1));
        for (var i = 0; i < Manifest.RootItemsMax; i++)
        {
            Assert.Empty(builder.Append(Sample.Entry(i)));
        }

        var content = ManifestBuilder.OfContent(facts, new byte[Manifest.InlineBytesMax], key, place, TestBytes.Fresh(1));

        Assert.InRange(content.Root.Length, 15_000, Manifest.SealedBytesMax);
        Assert.InRange(builder.Finish(facts, key, place).Root.Length, 10_000, Manifest.SealedBytesMax);
        Assert.NotNull((facts with { ContentType = facts.ContentType + "t" }).Refusal());
    }

    [Fact]
    public void Facts_change_under_the_same_key_and_another_salt()
    {
        using var key = Sample.VersionKey();
        var place = Sample.Place(EnvelopeKind.Manifest);
        var manifest = Manifest.OfContent(Sample.Facts(), "hello"u8);

        var first = manifest.Seal(key, place, TestBytes.Fresh(1));
        var second = manifest.With(Sample.Facts("image/png")).Seal(key, place, TestBytes.Fresh(2));

        Assert.True(Manifest.TryOpen(key, place, second.Span, out var opened));
        Assert.Equal("image/png", opened.Facts.ContentType);
        Assert.Equal("hello"u8, opened.Content!.Span);
        Assert.False(first.Span.Slice(Envelope.HeaderBytes, 10).SequenceEqual(second.Span.Slice(Envelope.HeaderBytes, 10)));
    }

    // Property: any number of chunks builds, reads back in order from any place, and names every chunk and page.
    [Theory]
    [InlineData(1, true)]
    [InlineData(64, true)]
    [InlineData(65, true)]
    [InlineData(1024, false)]
    [InlineData(1025, true)]
    [InlineData(9000, false)]
    [InlineData(66_000, true)]
    public void A_file_of_any_length_reads_back_from_any_place(int chunks, bool dedup)
    {
        using var key = Sample.VersionKey();
        var place = Sample.Place(EnvelopeKind.Manifest);
        var (built, store) = Build(chunks, dedup, key, place);
        Assert.True(Manifest.TryOpen(key, place, built.Root.Span, out var manifest));
        Assert.Equal(1024UL * (ulong)chunks, manifest.PlainBytes);
        Assert.Equal(built.References.Root, manifest.ReferenceRoot);

        var random = new Random(chunks);
        foreach (var from in new[] { 0UL, 1UL, 1024UL * (ulong)chunks - 1, (ulong)random.NextInt64(1024L * chunks) })
        {
            var count = (ulong)random.Next(1, 5_000);
            var read = Read(new ManifestReader(manifest, from, count), store);

            var first = (int)(from / 1024);
            var last = (int)((Math.Min(from + count, manifest.PlainBytes) - 1) / 1024);
            Assert.Equal(Enumerable.Range(first, last - first + 1), read.Select(step => (int)(step.PlainOffset / 1024)));
            Assert.All(read, step => Assert.Equal(Sample.Entry((int)(step.PlainOffset / 1024)).Id, step.Entry.Id));
        }

        var whole = Read(new ManifestReader(manifest), store);
        Assert.Equal(chunks, whole.Count);
        Assert.True(whole[^1].Entry.Key.HasSameBytes(Sample.Entry(chunks - 1).Key));
        Assert.Empty(Read(new ManifestReader(manifest, manifest.PlainBytes), store));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(5000)]
    [InlineData(20_000)]
    public void The_clear_list_names_every_chunk_and_every_sealed_page(int chunks)
    {
        using var key = Sample.VersionKey();
        var (built, store) = Build(chunks, true, key, Sample.Place(EnvelopeKind.Manifest));

        var listed = ListOf(built.References, store, out var listPages);

        var sealedPages = store.Keys.Except(listPages);
        Assert.Equal(
            Enumerable.Range(0, chunks).Select(i => Sample.Entry(i).Id).Concat(sealedPages).Order(), listed.Order());
    }

    [Fact]
    public void A_terabyte_file_opens_by_reading_one_path()
    {
        using var key = Sample.VersionKey();
        var place = Sample.Place(EnvelopeKind.Manifest);
        var (built, store) = Build(66_000, true, key, place);
        Assert.True(Manifest.TryOpen(key, place, built.Root.Span, out var manifest));
        var reader = new ManifestReader(manifest, 1024UL * 50_000, 1);

        var fetched = 0;
        var step = reader.Next();
        for (; step is ManifestStep.FetchPage fetch; step = reader.Next())
        {
            Assert.True(reader.TryFeed(store[fetch.Id].Span));
            fetched++;
        }

        Assert.Equal(2, fetched);
        Assert.Equal(1024UL * 50_000, Assert.IsType<ManifestStep.ReadChunk>(step).PlainOffset);
    }

    [Fact]
    public void The_same_upload_again_makes_the_same_pages_only_with_deduplication()
    {
        using var key = Sample.VersionKey();
        var place = Sample.Place(EnvelopeKind.Manifest);
        var first = Build(2000, true, key, place).Store.Keys.Order();

        Assert.Equal(first, Build(2000, true, key, place).Store.Keys.Order());
        Assert.Empty(Build(2000, false, key, place, 1).Store.Keys.Intersect(Build(2000, false, key, place, 2).Store.Keys));
    }

    [Fact]
    public void A_damaged_or_foreign_page_is_refused_and_the_right_one_still_taken()
    {
        using var key = Sample.VersionKey();
        var place = Sample.Place(EnvelopeKind.Manifest);
        var (built, store) = Build(3000, true, key, place);
        Assert.True(Manifest.TryOpen(key, place, built.Root.Span, out var manifest));
        var reader = new ManifestReader(manifest);
        var wanted = Assert.IsType<ManifestStep.FetchPage>(reader.Next());
        var page = store[wanted.Id].ToArray();

        foreach (var at in new[] { 0, 1, 3, 100, page.Length - 1 })
        {
            page[at] ^= 1;
            Assert.False(reader.TryFeed(page));
            page[at] ^= 1;
        }

        Assert.False(reader.TryFeed(page.AsSpan(1)));
        Assert.All(store.Where(other => other.Key != wanted.Id), other => Assert.False(reader.TryFeed(other.Value.Span)));
        Assert.Equal(wanted, reader.Next());
        Assert.True(reader.TryFeed(page));
    }

    // Exhaustive over the bytes and the lengths, of one with its content inside and of one with pages; a page and what it names go by their hash.
    [Fact]
    public void Every_flipped_byte_and_every_cut_of_a_sealed_manifest_is_refused()
    {
        using var key = Sample.VersionKey();
        var (place, fresh) = (Sample.Place(EnvelopeKind.Manifest), TestBytes.FreshSource(3));
        var small = ManifestBuilder.OfContent(Sample.Facts(), "hello"u8, key, place, fresh());
        var builder = new ManifestBuilder(Sample.Bucket.Dedup, fresh);
        var pages = new List<StoredPiece>();
        for (var chunk = 0; chunk < 3000; chunk++)
        {
            pages.AddRange(builder.Append(Sample.Entry(chunk)));
        }

        var large = builder.Finish(Sample.Facts(), key, place);
        foreach (var root in new[] { small.Root, large.Root })
        {
            var bytes = root.Span.ToArray();
            Assert.True(Manifest.TryOpen(key, place, bytes, out _));
            for (var at = 0; at < bytes.Length; at++)
            {
                bytes[at] ^= (byte)(1 << (at % 8));
                Assert.False(Manifest.TryOpen(key, place, bytes, out _), $"byte {at}");
                bytes[at] ^= (byte)(1 << (at % 8));
                Assert.False(Manifest.TryOpen(key, place, bytes.AsSpan(0, at), out _), $"cut at {at}");
            }
        }

        Assert.NotEmpty(pages);
        Assert.All(pages.Concat(large.Pieces), piece => Assert.Equal(piece.Id, ChunkTree.IdOf(piece.Bytes.Span)));
    }

    [Theory, Seeds(300)]
    public void Damaged_bytes_are_refused_or_mean_what_they_say(int seed)
    {
        var random = new Random(seed);
        byte[][] sources =
        [
            Manifest.OfContent(Sample.Facts(), "hello"u8).Encode(),
            Manifest.OfPage(Sample.Facts(), ManifestPage.Of([Sample.Entry(1), Sample.Entry(2)]), new ChunkId(TestBytes.From(7))).Encode(),
            ManifestPage.Of(1, [new PageChild(new ChunkId(TestBytes.From(1)), new ChunkKey(TestBytes.From(2)), 9, 9)]).Encode(),
            new ReferencePage(0, [new ChunkId(TestBytes.From(1))], []).Encode(),
            new ReferencePage(1, [new ChunkId(TestBytes.From(1))], [5]).Encode(),
            TestBytes.Random(seed, random.Next(200)),
        ];
        foreach (var source in sources)
        {
            var bytes = Mutation.Of(source, random);
            if (Manifest.TryDecode(bytes, out var manifest))
            {
                Assert.Equal(bytes, manifest.Encode());
            }

            if (ManifestPage.TryDecode(bytes, out var page))
            {
                Assert.Equal(bytes, page.Encode());
            }

            if (ReferencePage.TryDecode(bytes, out var references))
            {
                Assert.Equal(bytes, references.Encode());
            }
        }
    }

    [Fact]
    public void Lengths_that_lie_allocate_nothing()
    {
        byte[] page = [1, 0, 0xFF, 0xFF];
        byte[] references = [.. "DFSR\x01"u8, 0, 0xFF, 0xFF];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.False(ManifestPage.TryDecode(page, out _));
        Assert.False(ReferencePage.TryDecode(references, out _));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    // docs/formats/references.md shows these bytes.
    [Fact]
    public void A_page_of_references_is_written_as_in_format_1()
    {
        var leaf = new ReferencePage(0, [new ChunkId(TestBytes.From(0)), new ChunkId(TestBytes.From(0x20))], []);
        var node = new ReferencePage(1, [new ChunkId(TestBytes.From(0x40))], [2]);

        Assert.Equal(
            "4446535201000002000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
            + "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
            Convert.ToHexStringLower(leaf.Encode()));
        Assert.Equal(
            "4446535201010001404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f0000000000000002",
            Convert.ToHexStringLower(node.Encode()));
        Assert.True(ReferencePage.TryDecode(leaf.Encode(), out var decoded));
        Assert.Equal(leaf, decoded);
    }

    [Fact]
    public void A_compressed_chunk_says_so_in_its_entry_and_is_shorter_than_its_content()
    {
        var entry = Sample.Entry(1) with { Codec = ChunkCodec.Brotli, CipherBytes = 1000 };
        var page = ManifestPage.Of([entry]).Encode();

        Assert.Equal("01" + "00000400" + "000003e8", Convert.ToHexStringLower(page[^9..]));
        Assert.True(ManifestPage.TryDecode(page, out var decoded));
        Assert.Equal((ChunkCodec.Brotli, 1024u, 1000u), (decoded.Entries[0].Codec, decoded.Entries[0].PlainBytes, decoded.Entries[0].CipherBytes));
        foreach (var refused in new[] { entry with { CipherBytes = 1024 }, entry with { CipherBytes = 0 }, entry with { Codec = ChunkCodec.None }, entry with { Codec = (ChunkCodec)2 } })
        {
            Assert.False(ManifestPage.TryDecode(ManifestPage.Of([refused]).Encode(), out _));
        }
    }

    [Fact]
    public void Nothing_private_is_printed()
    {
        var manifest = Manifest.OfContent(Sample.Facts(), "hello"u8);

        Assert.DoesNotContain("someone", $"{manifest}", StringComparison.Ordinal);
        Assert.DoesNotContain("hello", $"{manifest}", StringComparison.Ordinal);
    }

    private static (BuiltManifest Built, Dictionary<ChunkId, ReadOnlyMemory<byte>> Store) Build(
        int chunks, bool dedup, VersionKey key, EnvelopeContext place, int seed = 1)
    {
        var builder = new ManifestBuilder(dedup ? Sample.Bucket.Dedup : null, TestBytes.FreshSource(seed));
        var store = new Dictionary<ChunkId, ReadOnlyMemory<byte>>();
        for (var i = 0; i < chunks; i++)
        {
            Keep(builder.Append(Sample.Entry(i)));
        }

        var built = builder.Finish(Sample.Facts(), key, place);
        Keep(built.Pieces);
        return (built, store);

        void Keep(IReadOnlyList<StoredPiece> pieces)
        {
            foreach (var piece in pieces)
            {
                Assert.Equal(piece.Id, ChunkTree.IdOf(piece.Bytes.Span));
                store.Add(piece.Id, piece.Bytes);
            }
        }
    }

    private static List<ManifestStep.ReadChunk> Read(
        ManifestReader reader, Dictionary<ChunkId, ReadOnlyMemory<byte>> store)
    {
        var chunks = new List<ManifestStep.ReadChunk>();
        while (true)
        {
            switch (reader.Next())
            {
                case ManifestStep.ReadChunk chunk: chunks.Add(chunk); break;
                case ManifestStep.FetchPage page: Assert.True(reader.TryFeed(store[page.Id].Span)); break;
                default: return chunks;
            }
        }
    }

    private static List<ChunkId> ListOf(
        ReferenceList list, Dictionary<ChunkId, ReadOnlyMemory<byte>> store, out HashSet<ChunkId> pages)
    {
        var seen = pages = [];
        return list.Root is { } root ? [.. Under(root)] : [.. list.Ids];

        ImmutableArray<ChunkId> Under(ChunkId id)
        {
            seen.Add(id);
            Assert.True(ReferencePage.TryDecode(store[id].Span, out var page));
            var ids = page.Level == 0 ? page.Ids : [.. page.Ids.SelectMany(child => Under(child))];
            Assert.Equal((ulong)ids.Length, page.Count);
            return ids;
        }
    }
}
