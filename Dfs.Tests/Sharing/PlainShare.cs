using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dfs.Tests.Sharing;

/// <summary>A second implementation of sharing, from the pages in docs/formats alone: nothing but the framework, byte by byte.</summary>
internal static class PlainShare
{
    public sealed record Parsed(
        byte Form, byte Scope, byte[] Cluster, byte[] Bucket, byte[] Register, byte[] Owner, byte[] Version, byte[] Id, ulong Expires, string Name,
        byte[] Commitment, byte[] Sealed, byte[] Secret);

    /// <summary>Reads a capability and checks signature and commitment; throws when anything is off.</summary>
    public static Parsed Read(string text)
    {
        var b64 = text["dfs1:".Length..].Replace('-', '+').Replace('_', '/');
        var b = Convert.FromBase64String(b64.PadRight((b64.Length + 3) / 4 * 4, '='));
        Assert.Equal("4446534301", Convert.ToHexString(b, 0, 5));
        var nameBytes = BinaryPrimitives.ReadUInt16BigEndian(b.AsSpan(175));
        var at = 177 + nameBytes;
        var commitment = b[at..(at + 32)];
        at += 32;
        var sealedBytes = b[5] == 1 ? b[at..(at + 64 + 64 + 103)] : [];
        at += sealedBytes.Length;
        var owner = b[71..135];
        using var ecdsa = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = owner[..32], Y = owner[32..] } });
        var leaf = SHA256.HashData([0x10, .. SHA256.HashData(b.AsSpan(0, at))]);
        Assert.True(ecdsa.VerifyHash(SHA256.HashData([0x12, 0, .. leaf]), b[at..(at + 64)]));
        var secret = b[(at + 64)..];
        Assert.Equal(b[5] == 0 ? 32 : 0, secret.Length);
        if (b[5] == 0)
        {
            Assert.Equal(commitment, SHA256.HashData([.. "dfs share secret 1\0"u8, .. secret]));
        }

        return new Parsed(
            b[5], b[6], b[7..23], b[23..39], b[39..71], owner, b[135..151], b[151..167], BinaryPrimitives.ReadUInt64BigEndian(b.AsSpan(167)),
            Encoding.UTF8.GetString(b, 177, nameBytes), commitment, sealedBytes, secret);
    }

    /// <summary>The secret of a capability that was sealed to the owner of this root key.</summary>
    public static byte[] SecretFor(byte[] root, Parsed capability)
    {
        var seed = HKDF.DeriveKey(HashAlgorithmName.SHA256, root, 48, [], "dfs owner agreement 1\0"u8.ToArray());
        var order = System.Numerics.BigInteger.Parse(
            "115792089210356248762697446949407573529996955224135760342422259061068512044369", null);
        var scalar = (new System.Numerics.BigInteger(seed, true, true) % (order - 1) + 1).ToByteArray(true, true);
        using var key = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            D = [.. new byte[32 - scalar.Length], .. scalar],
        });
        var (recipient, ephemeral) = (capability.Sealed[..64], capability.Sealed[64..128]);
        var own = key.ExportParameters(false).Q;
        Assert.Equal(Convert.ToHexString(recipient), Convert.ToHexString(own.X!) + Convert.ToHexString(own.Y!));
        using var theirs = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = ephemeral[..32], Y = ephemeral[32..] },
        });
        var x = key.DeriveRawSecretAgreement(theirs.PublicKey);
        var wrap = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, x, 32, [], [.. "dfs share to 1\0"u8, .. ephemeral, .. recipient, .. capability.Id]);
        return OpenEnvelope(wrap, 7, capability.Id, capability.Sealed[128..]);
    }

    /// <summary>The key of a file's current version, from the head's list of shares.</summary>
    public static byte[] VersionKeyOf(byte[] grants, byte[] id, byte[] secret, byte[] place)
    {
        Assert.Equal(1, grants[0]);
        var at = 5 + 2 + BinaryPrimitives.ReadUInt16BigEndian(grants.AsSpan(5));
        for (var left = grants[at++]; left > 0; left--)
        {
            var isFile = grants[at + 16] == 0;
            if (grants.AsSpan(at, 16).SequenceEqual(id))
            {
                var version = grants[(at + 17)..(at + 33)];
                return isFile ? OpenEnvelope(secret, 6, [.. place, .. version], grants[(at + 33)..(at + 136)]) : secret;
            }

            at += isFile ? 136 : 33;
        }

        throw new InvalidOperationException("the share is not in force");
    }

    public static byte[] OpenEnvelope(byte[] key, byte kind, byte[] context, byte[] envelope)
    {
        Assert.Equal($"444653450101{kind:X2}", Convert.ToHexString(envelope, 0, 7));
        var keys = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, key, 64, envelope[7..39], [.. "dfs envelope 1\0"u8, 1, kind, .. context]);
        Assert.Equal(HMACSHA256.HashData(keys.AsSpan(32), envelope.AsSpan(..^32)), envelope[^32..]);
        return Ctr(keys[..32], envelope[39..^32]);
    }

    /// <summary>Cid and key of each chunk of a manifest whose items stand in its root, in the order of the file.</summary>
    public static IEnumerable<(string Id, byte[] Key)> ItemsOf(byte[] manifest, int count)
    {
        // Each: cid (32), key (32), codec, plain bytes (4), cipher bytes (4); before them level and count.
        var at = manifest.Length - (count * 73);
        Assert.Equal(count, BinaryPrimitives.ReadUInt16BigEndian(manifest.AsSpan(at - 2)));
        Assert.Equal(0, manifest[at - 3]);
        for (var i = 0; i < count; i++, at += 73)
        {
            yield return (Convert.ToHexStringLower(manifest, at, 32), manifest[(at + 32)..(at + 64)]);
        }
    }

    public static byte[] Ctr(byte[] key, byte[] bytes)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        var plain = new byte[bytes.Length];
        for (var block = 0; block * 16 < bytes.Length; block++)
        {
            var counter = new byte[16];
            BinaryPrimitives.WriteInt32BigEndian(counter.AsSpan(12), block);
            var pad = aes.EncryptEcb(counter, PaddingMode.None);
            for (var i = block * 16; i < Math.Min(bytes.Length, (block + 1) * 16); i++)
            {
                plain[i] = (byte)(bytes[i] ^ pad[i % 16]);
            }
        }

        return plain;
    }
}
