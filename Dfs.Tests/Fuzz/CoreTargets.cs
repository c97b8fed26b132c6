using System.Collections.Immutable;
using System.Text;
using Dfs.Core.Catalog;
using Dfs.Core.Chunking;
using Dfs.Core.Crypto;
using Dfs.Core.Events;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Core.Sharing;
using Dfs.Tests.Kit;
using Dfs.Tests.Manifests;
using Dfs.Tests.Placement;
using Dfs.Tests.Sharing;
using static Dfs.Tests.Fuzz.FuzzTarget;

namespace Dfs.Tests.Fuzz;

/// <summary>Formats that are kept on disks and sent by peers, and texts that people give to each other.</summary>
internal sealed class CoreTargets : IFuzzTargets
{
    private static readonly byte[] Key = TestBytes.From(0xA0);

    public IEnumerable<FuzzTarget> All() =>
    [
        .. Heads(), .. Manifests(), .. Histories(),
        new("layout", [Members.First(3).Encode(), Members.First(2).ChangeStart([.. Members.First(4).Members]).Encode()],
            input => Layout.TryDecode(input, out var layout) ? Canonical(input, layout.Encode()) : 0)
        {
            Words = [[1], [2], [3]],
            // A layout of few members has tables of 1,024 partitions, which are read, written and compared.
            AllocatedBytesBase = 4 * 1024 * 1024,
            InputsInCi = 5_000,
        },
        new("layout-link", [LayoutProofTests.Link().Encode()], input => LayoutLink.TryDecode(input, out var link) ? Canonical(input, link.Encode()) : 0),
        new("layout-chain", [LayoutChain.Empty.Add(LayoutProofTests.Link()).Add(LayoutProofTests.Link(6)).Encode()],
            input => LayoutChain.Decode(input) is { } chain ? Canonical(input, chain.Encode()) : 0),
        new("layout-answer", [new LayoutAnswer(null, "no").Encode(), new LayoutAnswer(LayoutProofTests.Link().Signatures[0], "").Encode()],
            input => LayoutAnswer.Decode(input) is { } answer ? Canonical(input, answer.Encode()) : 0),
        new("endorsed-layout", [LayoutProofTests.Endorsed().Encode()], input => EndorsedLayout.Decode(input) is { } endorsed ? Canonical(input, endorsed.Encode()) : 0)
        {
            AllocatedBytesBase = 4 * 1024 * 1024,
            InputsInCi = 5_000,
        },
        new("bucket-settings", [.. Settings.Select(settings => settings.Encode())],
            input => BucketSettings.TryDecode(input, out var settings) ? Canonical(input, settings.Encode()) : 0)
        {
            Words = ["DFSB\x01"u8.ToArray(), "DFSB\x02"u8.ToArray(), "DFSB\x03"u8.ToArray()],
        },
        new("leaf-proof", [LeafHashes.Of(TestBytes.Pattern(300_000)).Prove(3).Encode(), LeafHashes.Of([1]).Prove(0).Encode()], VerifyProof),
        new("leaf-hashes", [LeafHashes.Of(TestBytes.Pattern(300_000)).Encode()],
            input => LeafHashes.Decode(input, 300_000) is { } hashes ? Canonical(input, hashes.Encode()) : 0),
        new("partition-set", [PartitionSet.Of([new PartitionId(3), new PartitionId(1023)]).ToArray()],
            input => PartitionSet.TryDecode(input, out var set) ? Canonical(input, set.ToArray()) : 0),
        new("repair-order", [new RepairOrder(3, true, 4).Encode()],
            input => RepairOrder.Decode(input) is { Version: > 0 } order ? Shape(order.Encode().Length) : 0) { Mend = Sums.AtTheEnd },
        .. Feeds(), .. Texts(),
        new("compressed-chunk", [Compressed()], Decompress) { AllocatedBytesBase = 1024 * 1024 },
    ];

    private static IEnumerable<FuzzTarget> Heads()
    {
        Head? head = null;
        var heads = new List<byte[]>();
        for (var seed = 1; seed <= 3; seed++)
        {
            head = Sample.Made(HeadTransition.Put(head, Sample.Put(seed)));
            heads.Add(HeadCodec.Encode(Sample.Signed(head)));
        }

        heads.Add(HeadCodec.Encode(Sample.Signed(Sample.Made(HeadTransition.Remove(head, Sample.Remove(9))))));
        var check = new HeadCheck(Sample.Cluster, new SignatureVerifier());
        yield return new("head", heads, input =>
        {
            var isHead = HeadCodec.TryDecode(input, out var decoded);
            if (!heads.Exists(known => input.AsSpan().SequenceEqual(known)))
            {
                Promise(check.Check(Sample.Register, null, input) is not null, "what the owner did not sign is refused");
            }

            return isHead ? Canonical(input, HeadCodec.Encode(decoded!)) : 0;
        })
        {
            Words = ["DFSH\x01"u8.ToArray(), [0, 1], [0, 16]],
            InputsInCi = 4_000,
        };
        var share = new OwnShare(new ShareId(TestBytes.From(0x90, 16)), ShareScope.File, default, 1_900_000_000, new ShareKey(Key));
        var list = ShareList.Of(
            [share], Sample.Bucket.Wraps, Sample.Place(EnvelopeKind.Manifest), (Sample.Version, Sample.VersionKey()), TestBytes.FreshSource(1));
        yield return new("share-list", [list.Encode().Span.ToArray()],
            input => input.Length > 0 && ShareList.TryDecode(new ByteString(input), out var shares) ? Canonical(input, shares.Encode().Span) : 0);
    }

    private static IEnumerable<FuzzTarget> Manifests()
    {
        var entries = ImmutableArray.Create(Sample.Entry(1), Sample.Entry(2, 5000));
        var child = new PageChild(entries[0].Id, entries[0].Key, 500, 5000);
        var large = new PageChild(entries[0].Id, entries[0].Key, 500, ManifestPage.FileBytesMax);
        yield return new("manifest",
            [
                Manifest.OfContent(Sample.Facts(), "hello"u8).Encode(),
                Manifest.OfPage(Sample.Facts(), ManifestPage.Of(entries), null).Encode(),
                Manifest.OfPage(Sample.Facts(), ManifestPage.Of(1, [child, child]), entries[1].Id).Encode(),
            ],
            input => Manifest.TryDecode(input, out var manifest) ? Canonical(input, manifest.Encode()) : 0);
        yield return new("manifest-page", [ManifestPage.Of(entries).Encode(), ManifestPage.Of(2, [child]).Encode(), ManifestPage.Of(1, [large]).Encode()],
            input => ManifestPage.TryDecode(input, out var page) ? Canonical(input, page.Encode()) : 0)
        {
            // It is written into room for the largest page.
            AllocatedBytesBase = 256 * 1024,
        };
        yield return new("reference-page",
            [
                new ReferencePage(0, [entries[0].Id, entries[1].Id], []).Encode(),
                new ReferencePage(1, [entries[0].Id, entries[1].Id], [4096, 7]).Encode(),
            ],
            input => ReferencePage.TryDecode(input, out var page) ? Canonical(input, page.Encode()) + (int)(page.Count & 1) : 0);
        using var key = Sample.VersionKey();
        var place = Sample.Place(EnvelopeKind.Manifest);
        var sealedRoot = Manifest.OfContent(Sample.Facts(), "hello"u8).Seal(key, place, TestBytes.Fresh(1)).Span.ToArray();
        yield return new("sealed-manifest", [sealedRoot], input =>
        {
            using var opener = Sample.VersionKey();
            var isOpen = Manifest.TryOpen(opener, place, input, out _);
            Promise(isOpen == input.AsSpan().SequenceEqual(sealedRoot), "only what was sealed with the key opens");
            return isOpen ? 1 : 0;
        });
    }

    private static IEnumerable<FuzzTarget> Histories()
    {
        var (version, _) = Sample.SmallVersion(1).Spill();
        var leaf = HistoryPage.Of([new PagedVersion(version.WithSlot(KeySlot.None), Sample.VersionKey())]);
        var (child, _) = leaf.Seal(TestBytes.Fresh(3));
        var above = HistoryPage.Of(1, [child, child]);
        yield return new("history-page", [leaf.Encode(), above.Encode()],
            input => HistoryPage.TryDecode(input, out var page) ? Canonical(input, page.Encode()) + (int)(page.Count & 1) : 0);
        yield return new("history-references", [HistoryReferences.Of(leaf).Encode(), HistoryReferences.Of(above).Encode()],
            input => HistoryReferences.TryDecode(input, out var references) ? Canonical(input, references.Encode()) : 0);
    }

    private static IEnumerable<FuzzTarget> Feeds()
    {
        var position = new FeedPosition(new LayoutNumber(3), ImmutableSortedDictionary<ReplicaId, ulong>.Empty.Add(Members.Id(1), 300).Add(Members.Id(2), 5));
        var subscription = new SubscriptionPosition(new Bytes16(1, 2), 7, position);
        yield return new("subscription-position", [subscription.Encode(), (subscription with { ListingAfter = "\u00fc" }).Encode()], input =>
        {
            var isText = SubscriptionPosition.TryParse(Encoding.UTF8.GetString(input), out _);
            return SubscriptionPosition.Decode(input) is { } read ? Canonical(input, read.Encode()) : isText ? 100 : 0;
        })
        {
            Words = ["AQIDBAUGBwgJCgsMDQ4PEAAAAAAAAAAH"u8.ToArray(), "="u8.ToArray(), "-_"u8.ToArray(), " "u8.ToArray()],
        };
        yield return new("feed-starts", [FeedStarts.None.With(new FeedStart(new Bytes16(1, 2), 5)).With(new FeedStart(new Bytes16(3, 4), 9)).Encode()],
            input => FeedStarts.Decode(input) is { } starts ? Canonical(input, starts.Encode()) : 0);
        yield return new("events", [EventCodec.Encode([new ClusterEvent(1_769_860_800_123, EventKind.NodeUp, "n1", "is up")])], input =>
        {
            var (events, wholeBytes) = EventCodec.Decode(input);
            return events.Count == 0 ? 0 : Canonical(input.AsSpan(..wholeBytes), EventCodec.Encode(events)) + (wholeBytes == input.Length ? 0 : 100);
        })
        {
            // The sum of one event is over what is behind its length.
            Mend = input => Sums.At(input, Math.Max(0, input.Length - sizeof(uint)), from: Math.Min(2, Math.Max(0, input.Length - sizeof(uint)))),
        };
    }

    private static IEnumerable<FuzzTarget> Texts()
    {
        var verifier = new SignatureVerifier();
        string[] capabilities = [CapabilityTests.GoldenOpen, CapabilityTests.GoldenSealed];
        yield return new("capability", [.. capabilities.Select(Encoding.UTF8.GetBytes)], input =>
        {
            var text = Encoding.UTF8.GetString(input);
            var isOne = Capability.TryParse(text, verifier, out var capability);
            Promise(!isOne || (capabilities.Contains(text) && capability!.ToText() == text), "what the owner did not sign is refused");
            return isOne ? 1 : 0;
        })
        {
            Words = ["dfs1:"u8.ToArray(), "dfs-id1:"u8.ToArray(), "="u8.ToArray(), "_"u8.ToArray()],
            InputsInCi = 4_000,
        };
        yield return new("identity", [Encoding.UTF8.GetBytes(CapabilityTests.GoldenIdentity)], input =>
        {
            var text = Encoding.UTF8.GetString(input);
            var isOne = OwnerIdentity.TryParse(text, verifier, out _);
            Promise(!isOne || text == CapabilityTests.GoldenIdentity, "what the owner did not sign is refused");
            return isOne ? 1 : 0;
        })
        {
            Words = ["dfs1:"u8.ToArray(), "dfs-id1:"u8.ToArray(), "="u8.ToArray()],
            InputsInCi = 4_000,
        };
        yield return new("recovery-phrase", [Encoding.UTF8.GetBytes(RecoveryPhrase.Encode(Sample.Owner))], input =>
        {
            var isOne = RecoveryPhrase.TryDecode(Encoding.UTF8.GetString(input), out var keys, out var refusal);
            Promise(isOne == (refusal is null), "it is taken, or there is a reason");
            Promise(!isOne || keys!.PublicKey == Sample.Owner.PublicKey, "another phrase is no phrase of these keys");
            keys?.Dispose();
            return isOne ? 1 : 0;
        })
        {
            Words = ["O"u8.ToArray(), "l"u8.ToArray(), "-"u8.ToArray(), "\u2003"u8.ToArray()],
        };
        yield return new("object-key", ["readme.txt"u8.ToArray(), "größe/\U0001F600"u8.ToArray()], input =>
        {
            var name = new string([.. input.Select(unit => (char)unit)]) + (input.Length > 3 ? ((char)(input[0] << 8 | input[1])).ToString() : "");
            var isOne = ObjectKey.TryCreate(name, out var key, out _);
            Promise(!isOne || (key!.Name == name && Encoding.UTF8.GetByteCount(name) <= ObjectKey.NameBytesMax), "a key is within its limit");
            return isOne ? Shape(name.Length) : 0;
        })
        {
            Words = [[0], [0xD8, 0], [0xDC, 0], [0xFF, 0xFD]],
        };
    }

    private static readonly BucketSettings[] Settings =
    [
        BucketSettings.Default,
        BucketSettings.Default with
        {
            IsVersioned = true, Keep = new KeepRule(5, TimeSpan.FromDays(3)), Snapshots = BucketSnapshots.None.With("before", 1)!.With("after", 2)!,
        },
        BucketSettings.Default.WithDocument("acl", "somebody").WithDocument("policy", "{}"),
    ];

    private static int VerifyProof(byte[] input)
    {
        if (!LeafProof.TryDecode(input, out var proof))
        {
            return 0;
        }

        var id = ChunkTree.IdOf(TestBytes.Pattern(100));
        Promise(!ChunkTree.Verify(id, proof, TestBytes.Pattern(99)), "other bytes are not the leaf");
        return Canonical(input, proof.Encode());
    }

    private static byte[] Compressed()
    {
        var chunk = TestBytes.Pattern(4096);
        return chunk[..ChunkCompression.Shrink(chunk)];
    }

    private static int Decompress(byte[] input)
    {
        using var decoder = new ChunkDecoder(input, 4096);
        var plain = new byte[4096];
        var length = 0;
        while (length < plain.Length && decoder.Read(plain.AsSpan(length)) is > 0 and var count)
        {
            length += count;
        }

        return length == plain.Length ? 1 : length > 0 ? 2 : 0;
    }
}
