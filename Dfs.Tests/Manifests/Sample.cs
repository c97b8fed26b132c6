using System.Buffers.Binary;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Manifests;

/// <summary>An owner with a bucket and a file, made of fixed bytes.</summary>
internal static class Sample
{
    public static readonly ClusterId Cluster = new(TestBytes.From(0x10, 16));

    public static readonly OwnerKeys Owner = OwnerKeys.Create(CountingFresh(0x20));

    public static readonly BucketKeys Bucket = Owner.OfBucket("files");

    public static readonly OwnerSigner Signer = Owner.CreateSigner();

    public static readonly ObjectKey Name = NameOf("readme.txt");

    public static readonly RegisterId Register = Bucket.TokenOf(Name);

    public static readonly VersionId Version = new(TestBytes.From(0x40, 16));

    public static EnvelopeContext Place(EnvelopeKind kind, VersionId? version = null) =>
        new(kind, Cluster, Bucket.Id, Register, version ?? Version);

    public static ObjectKey NameOf(string name) => ObjectKey.TryCreate(name, out var key, out _) ? key : throw new ArgumentException(name);

    public static VersionKey VersionKey(int seed = 1) => new(TestBytes.Random(seed, 32));

    public static VersionId VersionOf(int seed) => new(TestBytes.Random(seed, 16));

    public static OperationId OperationOf(int seed) => new(TestBytes.Random(seed + 5000, 16));

    /// <summary>An entry that looks like a sealed chunk; no such chunk exists.</summary>
    public static ChunkEntry Entry(int index, uint sizeBytes = 1024)
    {
        var bytes = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(bytes, index);
        return new ChunkEntry(new ChunkId(bytes), new ChunkKey(bytes), ChunkCodec.None, sizeBytes, sizeBytes);
    }

    public static FileFacts Facts(string contentType = "text/plain") =>
        FileFacts.None with
        {
            ContentType = contentType,
            ModifiedUnixMs = 1_750_000_000_000,
            ETag = new ByteString(TestBytes.From(0x60, 16)),
            Metadata = FileFacts.NoPairs.Add("author", "someone").Add("Über", "größe"),
            Tags = FileFacts.NoPairs.Add("keep", "yes"),
        };

    public static KeySlot Slot(VersionId version, VersionKey key, FreshSource fresh)
    {
        Assert.True(Bucket.TryWrapKey(Bucket.CurrentEpoch, out var wrap));
        return KeySlot.Wrap(key, wrap, Bucket.CurrentEpoch, Place(EnvelopeKind.KeySlot, version), fresh());
    }

    public static HeadVersion SmallVersion(int seed, int contentBytes = 100)
    {
        var (version, key, fresh) = (VersionOf(seed), VersionKey(seed), TestBytes.FreshSource(seed));
        var manifest = ManifestBuilder.OfContent(
            Facts(), TestBytes.Random(seed, contentBytes), key, Place(EnvelopeKind.Manifest, version), fresh());
        return HeadVersion.Of(version, Slot(version, key, fresh), manifest);
    }

    public static HeadVersion Marker(int seed)
    {
        var (version, key, fresh) = (VersionOf(seed), VersionKey(seed), TestBytes.FreshSource(seed));
        var manifest = ManifestBuilder.OfContent(FileFacts.None, [], key, Place(EnvelopeKind.Manifest, version), fresh());
        return HeadVersion.DeleteMarker(version, Slot(version, key, fresh), manifest);
    }

    public static HeadPut Put(int seed, HeadVersion? version = null) => new()
    {
        Cluster = Cluster,
        Bucket = Bucket.Id,
        Register = Register,
        Owner = Owner.PublicKey,
        Operation = OperationOf(seed),
        Version = version ?? SmallVersion(seed),
        Name = SealedName.Seal(Bucket.Listing, Place(EnvelopeKind.Name, default(VersionId)), TestBytes.Fresh(seed), Name),
        Retention = Retention.None,
    };

    public static HeadRemove Remove(int seed, bool keepsVersions = false) =>
        new(Owner.PublicKey, OperationOf(seed), HeadCondition.None, keepsVersions ? Marker(seed) : null, Retention.None);

    public static Head Made(HeadChange change) => Assert.IsType<HeadChange.Made>(change).Next;

    public static SignedHead Signed(Head head) => new(head, Signer.Sign(HeadCodec.HashOf(head)));

    /// <summary>Counts up: for golden bytes.</summary>
    public static FreshSource CountingFresh(byte first)
    {
        var next = first;
        return () => new FreshBytes(TestBytes.From(next++));
    }
}
