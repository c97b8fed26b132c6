using System.IO.Compression;
using System.Security.Cryptography;

namespace Dfs.Tests.Independent;

/// <summary>The current version of a file, opened from its head and chunks by docs/formats alone.</summary>
/// <param name="Chunks">The ids of all that it is made of, pages of the manifest included.</param>
internal sealed record PlainFile(string Name, byte[] Content, IReadOnlySet<string> Chunks)
{
    /// <returns>Null when the head is of another bucket, or of a file that was removed.</returns>
    public static PlainFile? Open(byte[] head, PlainOwner owner, PlainBucket bucket, PlainDisk disk)
    {
        var fields = new PlainBytes(head);
        fields.Expect([.. "DFSH"u8, 1]);
        var (cluster, bucketId, register) = (fields.Take(16), fields.Take(16), fields.Take(32));
        if (!bucketId.SequenceEqual(bucket.Id))
        {
            return null;
        }

        Assert.Equal(owner.PublicKey, fields.Take(64));
        fields.Take(8 + 32);
        var flags = fields.Byte();
        var sealedName = fields.Behind16();
        var versions = fields.U16();
        if ((flags & 1) != 0)
        {
            Assert.Equal(0, versions);
            return null;
        }

        byte[] place = [.. cluster, .. bucketId, .. register];
        var name = new PlainBytes(PlainSeal.Open(bucket.Listing, 3, [.. place, .. new byte[16]], sealedName)).Text();
        Assert.Equal(register, bucket.Register(name));
        var chunks = new HashSet<string>();
        return new PlainFile(name, ContentOf(Manifest(fields, place, bucket, disk), disk, chunks), chunks);
    }

    /// <summary>Whether the owner signed the head: the root of a batch, to which a path of hashes leads.</summary>
    public static bool IsSigned(byte[] head, int unsignedBytes)
    {
        var signature = new PlainBytes(head, unsignedBytes);
        var (rs, index) = (signature.Take(64), signature.U16());
        var path = Enumerable.Range(0, signature.Byte()).Select(_ => signature.Take(32)).ToList();
        var top = SHA256.HashData([0x10, .. SHA256.HashData(head[..unsignedBytes])]);
        for (var level = 0; level < path.Count; level++)
        {
            top = ((index >> level) & 1) == 0 ? SHA256.HashData([0x11, .. top, .. path[level]]) : SHA256.HashData([0x11, .. path[level], .. top]);
        }

        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = head[69..101], Y = head[101..133] } });
        return signature.IsAtEnd && key.VerifyHash(SHA256.HashData([0x12, (byte)path.Count, .. top]), rs);
    }

    private static byte[] Manifest(PlainBytes head, byte[] place, PlainBucket bucket, PlainDisk disk)
    {
        byte[] context = [.. place, .. head.Take(16)];
        var flags = head.Byte();
        head.Take((flags & 8) != 0 ? 4 + 8 : 8);
        var key = PlainSeal.Open(bucket.WrapKey(head.U32()), 2, context, head.Take(103));
        return PlainSeal.Open(key, 1, context, (flags & 2) != 0 ? head.Behind16() : disk.Chunk(head.Take(32)));
    }

    private static byte[] ContentOf(byte[] manifest, PlainDisk disk, HashSet<string> chunks)
    {
        var fields = new PlainBytes(manifest);
        fields.Expect(1);
        var flags = fields.Byte();
        fields.Take(8);
        fields.Text();
        fields.Behind16();
        for (var pairs = 0; pairs < 2; pairs++)
        {
            for (var count = fields.U16(); count > 0; count--)
            {
                fields.Text();
                fields.Text();
            }
        }

        fields.Take((flags & 2) != 0 ? 32 : 0);
        if ((flags & 1) != 0)
        {
            return fields.Behind16();
        }

        using var content = new MemoryStream();
        Stretch(fields, disk, content, chunks);
        Assert.True(fields.IsAtEnd);
        return content.ToArray();
    }

    private static void Stretch(PlainBytes fields, PlainDisk disk, MemoryStream content, HashSet<string> chunks)
    {
        var level = fields.Byte();
        for (var items = fields.U16(); items > 0; items--)
        {
            var (id, key) = (fields.Take(32), fields.Take(32));
            var text = PlainSeal.Ctr(key, disk.Chunk(id));
            var before = content.Length;
            chunks.Add(Convert.ToHexString(id));
            if (level == 0)
            {
                var (codec, plainBytes, cipherBytes) = (fields.Byte(), fields.U32(), fields.U32());
                Assert.Equal(cipherBytes, text.Length);
                content.Write(codec == 0 ? text : Expand(text));
                Assert.Equal(plainBytes, content.Length - before);
            }
            else
            {
                Assert.Equal(fields.U32(), text.Length);
                var under = fields.U64();
                var page = new PlainBytes(text);
                page.Expect(1);
                Stretch(page, disk, content, chunks);
                Assert.Equal(under, content.Length - before);
            }
        }
    }

    private static byte[] Expand(byte[] compressed)
    {
        using var expanded = new MemoryStream();
        using (var brotli = new BrotliStream(new MemoryStream(compressed), CompressionMode.Decompress))
        {
            brotli.CopyTo(expanded);
        }

        return expanded.ToArray();
    }
}
