using Dfs.Actors.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Manifests;

public sealed class HistoryTests
{
    private static readonly EnvelopeContext Place = Sample.Place(EnvelopeKind.History, default(VersionId));

    private static readonly HistoryPage Leaf = HistoryPage.Of([PagedOf(1)]);

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        Assert.Equal(
            "01000001303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f404142434445464748494a4b4c4d4e4f"
            + "000000000000000007909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf0001"
            + "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf",
            Convert.ToHexStringLower(Golden().Encode()));
        Assert.Equal(
            "44465356010002"
            + "01909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
            + "01b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf",
            Convert.ToHexStringLower(HistoryReferences.Of(Golden()).Encode()));
        var (child, _) = Golden().Seal(new FreshBytes(TestBytes.From(0x50)));
        Assert.Equal(
            "01010001"
            + "2c5ed7a9a806a3c5186647b4ef6d7c29801cd8db06cc2177a250c4e1aa9e250b"
            + "08f45ead6f036c222a04be96b6f649108a8a9e634995269928e0b731c1c12112"
            + "e6ea59852440e1e508706c317fc42ed14cf955adfa3e377738d98914243d8431"
            + "0000007f00000001",
            Convert.ToHexStringLower(HistoryPage.Of(1, [child]).Encode()));
    }

    [Fact]
    public void A_hundred_thousand_versions_stay_cheap_to_add_to_and_to_read_the_newest_of()
    {
        var (tree, stored, largest) = (HistoryTree.Empty, 0L, 0);
        using var key = Sample.VersionKey();
        var slot = Sample.Slot(default, key, TestBytes.FreshSource(1));
        var fresh = TestBytes.FreshSource(2);
        var page = Enumerable.Range(1, 20).Select(PagedOf).ToArray();
        for (var versions = 0; versions < 100_000; versions += page.Length)
        {
            (tree, var pieces) = tree.Add([.. page], fresh);
            stored += pieces.Length;
            if (versions % 1000 == 0)
            {
                var history = tree.Seal(Place, key, slot, fresh())!;
                largest = Math.Max(largest, history.Index.Length + history.Pages.Length * 64);
            }
        }

        Assert.Equal(100_000, tree.Count);
        Assert.All(tree.Entries.CountBy(entry => entry.Level), level => Assert.InRange(level.Value, 1, HistoryPage.ChildrenMax - 1));
        // Two chunks for each page of versions, and as many for one page above every eight.
        Assert.InRange(stored, 10_000, 11_500);
        Assert.InRange(largest, 1, 6 * 1024);
    }

    [Fact]
    public void A_history_opens_with_its_key_in_its_place_and_only_whole()
    {
        using var key = Sample.VersionKey();
        var (tree, _) = HistoryTree.Empty.Add([PagedOf(1), PagedOf(2)], TestBytes.FreshSource(3));
        var history = tree.Seal(Place, key, Sample.Slot(default, key, TestBytes.FreshSource(1)), TestBytes.Fresh(5))!;

        Assert.True(HistoryTree.TryOpen(history, Place, key, out var opened));
        Assert.Equal((2, 1), (opened.Count, opened.Entries.Length));
        using var other = Sample.VersionKey(9);
        Assert.False(HistoryTree.TryOpen(history, Place, other, out _));
        Assert.False(HistoryTree.TryOpen(history, Place with { Register = default }, key, out _));
        Assert.False(HistoryTree.TryOpen(history with { Pages = [new HistoryPageRef(default, default)] }, Place, key, out _));
        for (var at = 0; at < history.Index.Length; at++)
        {
            var bytes = history.Index.Span.ToArray();
            bytes[at] ^= 1;
            Assert.False(HistoryTree.TryOpen(history with { Index = new ByteString(bytes) }, Place, key, out _));
        }
    }

    [Fact]
    public void A_version_that_is_shared_by_itself_stays_in_the_head_and_its_share_with_it()
    {
        Head? head = null;
        for (var i = 1; i <= 10; i++)
        {
            head = Sample.Made(HeadTransition.Put(head, Sample.Put(i, Sample.SmallVersion(i, 1500)) with { KeepsVersions = true }));
        }

        using var none = new ShareKey(new byte[SecretKey.SizeBytes]);
        var share = new OwnShare(new ShareId(new Bytes16(1, 1)), ShareScope.Version, Sample.VersionOf(4), 0, none);
        head = Sample.Made(ShareTransition.Add(
            head, Sample.Owner.PublicKey, Sample.OperationOf(99), share, Sample.Bucket.Wraps, DateTimeOffset.UnixEpoch, TestBytes.FreshSource(8)));

        var plan = new HistoryPages(Sample.Bucket, _ => throw new InvalidOperationException("no page is read")).Fold(head)!;
        var folded = Sample.Made(HeadTransition.ChangeHistory(head, Sample.Owner.PublicKey, Sample.OperationOf(100), plan.Change));

        Assert.Equal(Enumerable.Range(1, 3).Reverse().Select(Sample.VersionOf), plan.Change.Folded.Select(version => version.Id));
        Assert.Equal(head.Grants, ShareTransition.Renewed(folded, Sample.Bucket.Wraps, TestBytes.FreshSource(9)).Grants);
    }

    [Fact]
    public void A_page_is_believed_only_as_its_parent_describes_it()
    {
        var (child, pieces) = Leaf.Seal(TestBytes.Fresh(1));
        var page = pieces[0].Bytes.ToArray();

        Assert.True(HistoryPage.TryOpen(page, 0, child, out var opened));
        Assert.Equal(Leaf.Versions[0].Version, opened.Versions[0].Version);
        Assert.True(Leaf.Versions[0].Key.HasSameBytes(opened.Versions[0].Key));
        Assert.False(HistoryPage.TryOpen(page, 1, child, out _));
        Assert.False(HistoryPage.TryOpen(page, 0, child with { Versions = 2 }, out _));
        for (var at = 0; at < page.Length; at++)
        {
            page[at] ^= 1;
            Assert.False(HistoryPage.TryOpen(page, 0, child, out _));
            page[at] ^= 1;
        }
    }

    [Theory, Seeds(100)]
    public void Damaged_pages_are_refused_or_write_the_same(int seed)
    {
        var random = new Random(seed);
        var page = Mutation.Of(Leaf.Encode(), random);
        var references = Mutation.Of(HistoryReferences.Of(Leaf).Encode(), random);

        Assert.True(!HistoryPage.TryDecode(page, out var decoded) || decoded.Encode().SequenceEqual(page));
        Assert.True(!HistoryReferences.TryDecode(references, out var list) || list.Encode().SequenceEqual(references));
    }

    [Fact]
    public void A_page_that_speaks_of_more_versions_than_can_be_counted_is_refused()
    {
        var (child, _) = Leaf.Seal(TestBytes.Fresh(1));
        var half = child with { Versions = 1U << 31 };

        Assert.True(HistoryPage.TryDecode(HistoryPage.Of(1, [half]).Encode(), out _));
        Assert.False(HistoryPage.TryDecode(HistoryPage.Of(1, [half, half]).Encode(), out _));
    }

    private static PagedVersion PagedOf(int seed)
    {
        var (version, _) = Sample.SmallVersion(seed).Spill();
        return new PagedVersion(version.WithSlot(KeySlot.None), Sample.VersionKey(seed));
    }

    // A version whose manifest is the chunk 90 91 … and that needs the chunk b0 b1 ….
    private static HistoryPage Golden()
    {
        var bytes = new byte[] { 1, 0, 0, 1 }
            .Concat(TestBytes.From(0x30)).Concat(TestBytes.From(0x40, 16)).Concat(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0, 7 })
            .Concat(TestBytes.From(0x90)).Concat(new byte[] { 0, 1 }).Concat(TestBytes.From(0xb0)).ToArray();
        Assert.True(HistoryPage.TryDecode(bytes, out var page));
        return page;
    }
}
