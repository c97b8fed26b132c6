using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;
using Dfs.Tests.Kit;
using Dfs.Tests.Manifests;

namespace Dfs.Tests.Sharing;

/// <summary>The shares in a head: put in force, taken out, and kept up with the file.</summary>
public sealed class ShareListTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly EnvelopeContext Place = Sample.Place(EnvelopeKind.Shares);

    // Made by a second implementation (Python); docs/formats/capability.md shows it.
    [Fact]
    public void A_list_is_written_as_in_format_1()
    {
        var next = (byte)0xD0;
        var share = new OwnShare(new ShareId(TestBytes.From(0x90, 16)), ShareScope.File, default, 1_900_000_000, new ShareKey(TestBytes.From(0xA0)));

        var list = ShareList.Of(
            [share], Sample.Bucket.Wraps, Place, (Sample.Version, new VersionKey(TestBytes.From(0x50))), () => new FreshBytes(TestBytes.From(next++)));

        Assert.Equal(
            "0100000001009044465345010105d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0a50c120a379600b64b1a7e856f6565785c7b9ed80219d03b0a57cbd874498a099313fd23eba2896a3f3193f37287a097dddcf8b8663aaf6f28f43bf717f714b2102c5795d570cb9c427e8e951cde23da4b285d06151ef3c6de15f11c627e341195bc68fa36703a06e501909192939495969798999a9b9c9d9e9f00404142434445464748494a4b4c4d4e4f44465345010106d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeefcdc3d7e47405a0f434d99d858b96ef063e8a24231725dbf18a1c0fcf05c24564d86d3193d6992daa70632447dd8cde100b2cdee6a7e3c1b2447728f1a6776e66",
            Convert.ToHexStringLower(list.Encode().Span));
    }

    [Fact]
    public void A_share_of_the_file_opens_every_version_that_becomes_current_and_one_of_a_version_only_that()
    {
        var head = Shared(Head(1), Share(1, ShareScope.File), Share(2, ShareScope.Version, Sample.VersionOf(1)));

        Assert.True(Opens(head, 1));
        var next = ShareTransition.Renewed(Made(HeadTransition.Put(head, Put(2, keeps: true))), Sample.Bucket.Wraps, TestBytes.FreshSource(9));
        Assert.Equal(2, List(next).Slots.Length);
        Assert.True(Opens(next, 1));

        // Without the older version its share is gone, too.
        var last = ShareTransition.Renewed(Made(HeadTransition.Put(next, Put(3, keeps: false))), Sample.Bucket.Wraps, TestBytes.FreshSource(9));
        Assert.Equal([IdOf(1)], List(last).Slots.Select(slot => slot.Id));
        Assert.True(Opens(last, 1));
        Assert.Same(last, ShareTransition.Renewed(last, Sample.Bucket.Wraps, TestBytes.FreshSource(9)));
    }

    [Fact]
    public void A_revoked_share_is_gone_and_the_others_open_what_they_did()
    {
        var head = Shared(Head(1), Share(1, ShareScope.File), Share(2, ShareScope.File));

        var revoked = Made(ShareTransition.Remove(
            head, Sample.Owner.PublicKey, Sample.OperationOf(70), IdOf(1), Sample.Bucket.Wraps, TestBytes.FreshSource(3)));

        Assert.Null(List(revoked).Find(IdOf(1)));
        Assert.True(Opens(revoked, 2));
        Assert.False(List(revoked).Find(IdOf(2))!.TryUnwrap(KeyOf(1), Place, out _));
        Assert.IsType<HeadChange.NothingToDo>(ShareTransition.Remove(
            revoked, Sample.Owner.PublicKey, Sample.OperationOf(71), IdOf(1), Sample.Bucket.Wraps, TestBytes.FreshSource(3)));
        Assert.True(Made(ShareTransition.Remove(
            revoked, Sample.Owner.PublicKey, Sample.OperationOf(72), IdOf(2), Sample.Bucket.Wraps, TestBytes.FreshSource(3))).Grants.IsEmpty);
    }

    [Fact]
    public void Sixteen_shares_fit_and_expired_ones_make_room()
    {
        var head = Head(1);
        for (var i = 1; i <= ShareList.SharesMax; i++)
        {
            head = Shared(head, Share(i, ShareScope.File, expires: i == 5 ? 1_800_000_100u : 0));
        }

        Assert.True(head.Grants.Length <= Core.Manifests.Head.GrantsBytesMax, $"{head.Grants.Length}");
        Assert.IsType<HeadChange.SharesFull>(Add(head, Share(20, ShareScope.File), Now));
        var later = Made(Add(head, Share(20, ShareScope.File), Now.AddSeconds(161)));
        Assert.Null(List(later).Find(IdOf(5)));
        Assert.NotNull(List(later).Find(IdOf(20)));
        using var signer = Sample.Owner.CreateSigner();
        var encoded = HeadCodec.Encode(new SignedHead(later, signer.Sign(HeadCodec.HashOf(later))));
        Assert.True(HeadCodec.TryDecode(encoded, out var decoded) && decoded.Head.Equals(later));
    }

    [Fact]
    public void Removing_the_file_leaves_no_share()
    {
        var head = Shared(Head(1), Share(1, ShareScope.File));

        var removed = Made(HeadTransition.Remove(
            head, new HeadRemove(Sample.Owner.PublicKey, Sample.OperationOf(80), HeadCondition.None, null, Retention.None)));

        Assert.True(removed.Grants.IsEmpty);
        Assert.IsType<HeadChange.NothingToDo>(Add(removed, Share(2, ShareScope.File), Now));
        Assert.IsType<HeadChange.NothingToDo>(Add(null, Share(2, ShareScope.File), Now));
        Assert.IsType<HeadChange.NothingToDo>(Add(head, Share(2, ShareScope.Version, Sample.VersionOf(99)), Now));
    }

    [Theory, Seeds(100)]
    public void A_changed_list_opens_nothing_else_and_never_crashes(int seed)
    {
        var grants = Shared(Head(1), Share(1, ShareScope.File), Share(2, ShareScope.File)).Grants;
        var changed = new ByteString(Mutation.Of(grants.Span.ToArray(), new Random(seed)));

        if (ShareList.TryDecode(changed, out var list) && list.TryOpen(Sample.Bucket.Wraps, Place, out var shares))
        {
            Assert.All(shares.Value, share => Assert.Contains(share.Id, new[] { IdOf(1), IdOf(2) }));
        }
    }

    // From the head's bytes and the chunks, with nothing but the framework: docs/formats/capability.md, manifest.md, chunk.md.
    [Fact]
    public void A_plain_implementation_opens_a_shared_file_of_several_chunks()
    {
        var (content, key, fresh) = (TestBytes.Random(77, 300_000), Sample.VersionKey(77), TestBytes.FreshSource(77));
        var builder = new ManifestBuilder(Sample.Bucket.Dedup, fresh);
        var chunks = new Dictionary<string, byte[]>();
        foreach (var piece in content.Chunk(100_000))
        {
            var buffer = piece.ToArray();
            var chunk = ChunkSeal.Seal(buffer, Sample.Bucket.Dedup);
            chunks[chunk.Id.ToString()] = buffer;
            builder.Append(new ChunkEntry(chunk.Id, chunk.Key, ChunkCodec.None, (uint)buffer.Length, (uint)buffer.Length));
        }

        var id = Sample.VersionOf(77);
        var manifest = builder.Finish(Sample.Facts(), key, Sample.Place(EnvelopeKind.Manifest, id));
        var put = Put(77, keeps: false) with { Version = HeadVersion.Of(id, Sample.Slot(id, key, fresh), manifest) };
        var head = Shared(Made(HeadTransition.Put(null, put)), Share(1, ShareScope.File));

        byte[] place = [.. Sample.Cluster.Value.ToArray(), .. Sample.Bucket.Id.Value.ToArray(), .. Sample.Register.Value.ToArray()];
        var opened = PlainShare.VersionKeyOf(
            head.Grants.Span.ToArray(), IdOf(1).Value.ToArray(), KeyOf(1).Span.ToArray(), place);
        Assert.Equal(key.Span.ToArray(), opened);
        var plain = PlainShare.OpenEnvelope(opened, 1, [.. place, .. id.ToArray()], head.Readable!.Root!.Span.ToArray());
        var read = PlainShare.ItemsOf(plain, count: 3).SelectMany(item => PlainShare.Ctr(item.Key, chunks[item.Id]));
        Assert.Equal(content, read);
    }

    // Crypto-shredding (SEAL.md, K2): an old head and today's keyring do not open what the old key alone wrapped.
    [Fact]
    public void After_a_rotation_the_new_head_opens_as_before_and_the_old_one_does_not_open_with_the_keyring_that_is_left()
    {
        var head = Shared(Made(HeadTransition.Put(Head(1), Put(2, keeps: true))), Share(1, ShareScope.File), Share(2, ShareScope.Version, Sample.VersionOf(1)));
        var place = Sample.Place(EnvelopeKind.KeySlot, default(VersionId));
        using var wrapOfHistory = Sample.Bucket.Wraps.Current();
        head = head with
        {
            History = new HeadHistory(
                KeySlot.Wrap(Sample.VersionKey(5), wrapOfHistory, KeyEpoch.First, place, TestBytes.Fresh(6)), new ByteString([1]), [default]),
        };
        using var both = Sample.Owner.WithNewEpoch(TestBytes.FreshSource(8));
        var wraps = both.WrapsOf(Sample.Bucket.Id);

        var rewrapped = Made(ShareTransition.Rewrap(head, both.PublicKey, Sample.OperationOf(90), wraps, TestBytes.FreshSource(4)));

        using var left = both.WithoutEpochsBefore(both.CurrentEpoch);
        using var bucket = left.OfBucket("files");
        Assert.True(ShareTransition.IsWrappedBefore(head, both.CurrentEpoch));
        Assert.False(ShareTransition.IsWrappedBefore(rewrapped, both.CurrentEpoch));
        Assert.Equal(head.Versions.Select(version => version.Root), rewrapped.Versions.Select(version => version.Root));
        Assert.All(head.Versions, version => Assert.False(bucket.TryWrapKey(version.Slot.Epoch, out _)));
        Assert.False(List(head).TryOpen(bucket.Wraps, Place, out _));
        Assert.All(rewrapped.Versions, version =>
        {
            Assert.True(bucket.TryWrapKey(version.Slot.Epoch, out var wrap));
            Assert.True(version.Slot.TryUnwrap(wrap, Sample.Place(EnvelopeKind.KeySlot, version.Id), out var key));
            Assert.True(Manifest.TryOpen(key, Sample.Place(EnvelopeKind.Manifest, version.Id), version.Root!.Span, out _));
        });
        Assert.True(bucket.TryWrapKey(rewrapped.History!.Slot.Epoch, out var wrapNow));
        Assert.True(rewrapped.History.Slot.TryUnwrap(wrapNow, place, out var historyKey) && historyKey.HasSameBytes(Sample.VersionKey(5)));
        Assert.True(Opens(rewrapped, 1));
        Assert.True(List(rewrapped).TryOpen(bucket.Wraps, Place, out var shares) && shares.Value.Length == 2);
        Assert.IsType<HeadChange.NothingToDo>(ShareTransition.Rewrap(rewrapped, both.PublicKey, Sample.OperationOf(91), wraps, TestBytes.FreshSource(4)));
        Assert.IsType<HeadChange.CannotOpen>(ShareTransition.Rewrap(head, both.PublicKey, Sample.OperationOf(92), bucket.Wraps, TestBytes.FreshSource(4)));
    }

    // No (key, counter) seals two messages (SEAL.md, S1 and S3): all that a history of changes seals, by the keys that were used.
    [Theory, Seeds(30)]
    public void No_key_stream_is_used_twice_over_any_history_of_puts_shares_revocations_and_rotations(int seed)
    {
        var (random, fresh) = (new Random(seed), TestBytes.FreshSource(seed));
        var sealedBefore = new Dictionary<string, string>();
        var (head, keys, ids) = (Head(1), Sample.Owner, 10);
        for (var step = 0; step < 30; step++)
        {
            var (owner, operation, kind) = (Sample.Owner.PublicKey, Sample.OperationOf(1000 + step), random.Next(4));
            keys = kind == 3 ? keys.WithNewEpoch(fresh) : keys;
            var wraps = keys.WrapsOf(Sample.Bucket.Id);
            var change = kind switch
            {
                0 => HeadTransition.Put(head, Put(100 + step, keeps: random.Next(2) == 0)),
                1 => ShareTransition.Add(head, owner, operation, Share(ids++, (ShareScope)random.Next(2), head.Versions[0].Id), wraps, Now, fresh),
                2 => ShareTransition.Remove(head, owner, operation, IdOf(random.Next(10, ids + 1)), wraps, fresh),
                _ => ShareTransition.Rewrap(head, owner, operation, wraps, fresh),
            };
            // A proposer may be asked again: what it sealed for nothing was sealed all the same.
            head = change is HeadChange.Made made ? ShareTransition.Renewed(made.Next, wraps, fresh) : head;
            foreach (var envelope in EnvelopesOf(head))
            {
                // The salt, drawn fresh, makes the key: equal salts must be the very same envelope.
                var salt = Convert.ToHexString(envelope.Span[6..39]);
                var bytes = Convert.ToHexString(envelope.Span);
                Assert.True(!sealedBefore.TryGetValue(salt, out var before) || before == bytes, $"step {step}");
                sealedBefore[salt] = bytes;
            }
        }

        Assert.True(sealedBefore.Count > 30);
    }

    private static IEnumerable<ByteString> EnvelopesOf(Head head)
    {
        var grants = head.Grants.Span.ToArray();
        var list = List(head);
        var own = list.Slots.IsEmpty ? [] : new[] { new ByteString(grants.AsSpan(7, (grants[5] << 8) | grants[6])) };
        return [.. own, .. list.Slots.Select(slot => slot.Wrapped).OfType<ByteString>(), .. head.Versions.Select(version => version.Slot.Wrapped),
            .. head.Versions.Select(version => version.Root).OfType<ByteString>(), head.Name];
    }

    private static bool Opens(Head head, int share) =>
        List(head).Find(IdOf(share))!.TryUnwrap(KeyOf(share), Place, out var key)
        && Manifest.TryOpen(key, head.PlaceOf(EnvelopeKind.Manifest, head.Readable!.Id), head.Readable.Root!.Span, out _);

    private static ShareList List(Head head) =>
        ShareList.TryDecode(head.Grants, out var list) ? list : throw new InvalidOperationException("no list of shares");

    private static Head Shared(Head head, params OwnShare[] shares) =>
        shares.Aggregate(head, (current, share) => Made(Add(current, share, Now)));

    private static HeadChange Add(Head? head, OwnShare share, DateTimeOffset now) => ShareTransition.Add(
        head, Sample.Owner.PublicKey, Sample.OperationOf((int)share.Id.Value.ToArray()[15] + 2000), share, Sample.Bucket.Wraps, now, TestBytes.FreshSource(share.Id.GetHashCode()));

    private static OwnShare Share(int number, ShareScope scope, VersionId version = default, ulong expires = 0) =>
        new(IdOf(number), scope, scope == ShareScope.Version ? version : default, expires, KeyOf(number));

    private static ShareId IdOf(int number) => new(new Bytes16(0, (ulong)number));

    private static ShareKey KeyOf(int number) => new(TestBytes.Random(number + 300, 32));

    private static Head Head(int seed) => Made(HeadTransition.Put(null, Put(seed, keeps: false)));

    private static HeadPut Put(int seed, bool keeps) => new()
    {
        Cluster = Sample.Cluster,
        Bucket = Sample.Bucket.Id,
        Register = Sample.Register,
        Owner = Sample.Owner.PublicKey,
        Operation = Sample.OperationOf(seed),
        Version = Sample.SmallVersion(seed),
        Name = SealedName.Seal(Sample.Bucket.Listing, Sample.Place(EnvelopeKind.Name, default(VersionId)), TestBytes.Fresh(seed + 7000), Sample.Name),
        KeepsVersions = keeps,
        Retention = Retention.None,
    };

    private static Head Made(HeadChange change) => Assert.IsType<HeadChange.Made>(change).Next;
}
