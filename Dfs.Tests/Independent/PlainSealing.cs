using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Independent;

/// <summary>What was sealed by docs/formats alone, and is opened by the product.</summary>
public sealed class PlainSealing
{
    private const string BucketName = "files", FileName = "folder/größer";

    private static readonly byte[] Root = Enumerable.Range(1, 32).Select(number => (byte)number).ToArray();
    private static readonly byte[] Secret = Enumerable.Range(101, 32).Select(number => (byte)number).ToArray();
    private static readonly byte[] Cluster = Enumerable.Repeat((byte)0x77, 16).ToArray(), Version = Enumerable.Repeat((byte)0x88, 16).ToArray();

    private readonly Dictionary<string, byte[]> _chunks = [];
    private readonly PlainOwner _owner = new(Root, 1, Secret);

    [Theory]
    [InlineData(0, false)]
    [InlineData(5_000, false)]
    [InlineData(400_000, false)]
    [InlineData(400_000, true)]
    public void The_product_opens_what_a_second_implementation_sealed(int sizeBytes, bool hasPage)
    {
        var content = RandomNumberGenerator.GetBytes(sizeBytes);
        var (head, unsignedBytes) = Seal(content, hasPage);
        Assert.True(PlainFile.IsSigned(head, unsignedBytes));

        using var keys = new OwnerKeys(new RootKey(Root), ImmutableSortedDictionary<KeyEpoch, EpochSecret>.Empty.Add(new KeyEpoch(1), new EpochSecret(Secret)));
        using var bucket = keys.OfBucket(BucketName);
        Assert.True(ObjectKey.TryCreate(FileName, out var name, out _));
        var register = bucket.TokenOf(name);
        Assert.Null(new HeadCheck(new ClusterId(Cluster), new SignatureVerifier()).Check(register, null, head));
        Assert.True(HeadCodec.TryDecode(head, out var signed));
        Assert.Equal(keys.PublicKey, signed.Head.Owner);
        var version = signed.Head.Current!;
        using var wrap = bucket.Wraps.Current();
        Assert.True(version.Slot.TryUnwrap(wrap, signed.Head.PlaceOf(EnvelopeKind.KeySlot, version.Id), out var key));
        Assert.True(Manifest.TryOpen(key, signed.Head.PlaceOf(EnvelopeKind.Manifest, version.Id), version.Root!.Span, out var manifest));
        Assert.Equal("text/plain", manifest.Facts.ContentType);

        Assert.Equal(content, manifest.Content is { } inline ? inline.Span.ToArray() : Read(new ManifestReader(manifest)));
        key.Dispose();
    }

    private byte[] Read(ManifestReader reader)
    {
        var content = new List<byte>();
        while (true)
        {
            switch (reader.Next())
            {
                case ManifestStep.FetchPage page:
                    Assert.True(reader.TryFeed(_chunks[page.Id.ToString()]));
                    break;
                case ManifestStep.ReadChunk chunk:
                    var bytes = _chunks[chunk.Entry.Id.ToString()].ToArray();
                    Assert.True(ChunkSeal.TryOpen(bytes, chunk.Entry.Id, chunk.Entry.Key));
                    content.AddRange(bytes);
                    break;
                default:
                    return [.. content];
            }
        }
    }

    private (byte[] Head, int UnsignedBytes) Seal(byte[] content, bool hasPage)
    {
        var bucket = _owner.Bucket(BucketName);
        var register = bucket.Register(FileName);
        byte[] place = [.. Cluster, .. bucket.Id, .. register], ofVersion = [.. place, .. Version];
        var versionKey = RandomNumberGenerator.GetBytes(32);

        byte[] facts = [.. PlainSeal.Big(1_750_000_000_000), .. PlainSeal.Behind16([.. "text/plain"u8]), 0, 0, 0, 0, 0, 0];
        var references = new List<byte[]>();
        byte[] manifest = content.Length <= 8192
            ? [1, 1, .. facts, .. PlainSeal.Behind16(content)]
            : [1, 0, .. facts, .. Stretch(content, hasPage, bucket, references)];

        var text = Encoding.UTF8.GetBytes(FileName);
        byte[] padded = [.. PlainSeal.Behind16(text), .. new byte[(32 - ((text.Length + 2) % 32)) % 32]];
        byte[] head =
        [
            .. "DFSH"u8, 1, .. place, .. _owner.PublicKey, .. PlainSeal.Big(1), .. new byte[32], 0,
            .. PlainSeal.Behind16(PlainSeal.Seal(bucket.Listing, 3, [.. place, .. new byte[16]], Salt(), padded)),
            0, 1, .. Version, 2, .. PlainSeal.Big(_chunks.Values.Sum(chunk => chunk.Length)),
            0, 0, 0, 1, .. PlainSeal.Seal(bucket.WrapKey(1), 2, ofVersion, Salt(), versionKey),
            .. PlainSeal.Behind16(PlainSeal.Seal(versionKey, 1, ofVersion, Salt(), manifest)),
            0, (byte)references.Count, .. references.SelectMany(id => id),
            1, .. RandomNumberGenerator.GetBytes(16), 0, 0,
        ];
        // A batch of one: no path, depth zero.
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = _owner.SigningKey() });
        var batch = SHA256.HashData([0x12, 0, .. SHA256.HashData([0x10, .. SHA256.HashData(head)])]);
        return ([.. head, .. key.SignHash(batch), 0, 0, 0], head.Length);
    }

    private byte[] Stretch(byte[] content, bool hasPage, PlainBucket bucket, List<byte[]> references)
    {
        var items = new List<byte>();
        var pieces = content.Chunk(100_001).ToList();
        foreach (var piece in pieces)
        {
            var (id, key, size) = Keep(bucket, piece, references);
            items.AddRange([.. id, .. key, 0, .. size, .. size]);
        }

        byte[] stretch = [0, 0, (byte)pieces.Count, .. items];
        if (!hasPage)
        {
            return stretch;
        }

        var page = Keep(bucket, [1, .. stretch], references);
        return [1, 0, 1, .. page.Id, .. page.Key, .. page.Size, .. PlainSeal.Big(content.Length)];
    }

    private (byte[] Id, byte[] Key, byte[] Size) Keep(PlainBucket bucket, byte[] text, List<byte[]> references)
    {
        var (key, ciphertext) = PlainSeal.ByContent(bucket.Dedup, text);
        var id = PlainSeal.ChunkId(ciphertext);
        references.Add(id);
        _chunks.Add(Convert.ToHexStringLower(id), ciphertext);
        return (id, key, PlainSeal.Big(text.Length)[4..]);
    }

    private static byte[] Salt() => RandomNumberGenerator.GetBytes(32);
}
