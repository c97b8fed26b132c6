using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Dfs.Tests.Independent;

/// <summary>The cryptography of docs/formats a second time, from what the framework has and nothing of the product: slow and short.</summary>
internal static class PlainSeal
{
    public const int LeafBytes = 65_536;

    private static readonly byte[] EnvelopeHead = [.. "DFSE"u8, 1, 1];

    public static byte[] Hkdf(byte[] key, string label, byte[]? rest = null, int count = 32, byte[]? salt = null) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, count, salt, [.. Encoding.UTF8.GetBytes(label), 0, .. rest ?? []]);

    /// <summary>AES-256 in counter mode, the counter from zero; its own inverse.</summary>
    public static byte[] Ctr(byte[] key, byte[] text)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        var counters = new byte[(text.Length + 15) / 16 * 16];
        for (var block = 0; block < counters.Length / 16; block++)
        {
            BinaryPrimitives.WriteInt64BigEndian(counters.AsSpan((16 * block) + 8), block);
        }

        var stream = aes.EncryptEcb(counters, PaddingMode.None);
        return [.. text.Select((value, at) => (byte)(value ^ stream[at]))];
    }

    public static byte[] ChunkId(byte[] ciphertext) => SHA256.HashData([2, .. Big(ciphertext.Length), .. Top(Leaves(ciphertext, 0))]);

    public static byte[] ContentHash(byte[] text) => SHA256.HashData([4, .. Big(text.Length), .. Leaves(text, 3).SelectMany(leaf => leaf)]);

    /// <summary>The key and the ciphertext of a chunk in a bucket that deduplicates.</summary>
    public static (byte[] Key, byte[] Ciphertext) ByContent(byte[] dedup, byte[] text)
    {
        var key = Hkdf(dedup, "dfs chunk by content 2", ContentHash(text));
        return (key, Ctr(key, text));
    }

    public static byte[] Open(byte[] key, byte kind, byte[] context, byte[] sealedBytes)
    {
        Assert.Equal([.. EnvelopeHead, kind], sealedBytes[..7]);
        var text = TryOpen(key, kind, context, sealedBytes);
        Assert.NotNull(text);
        return text;
    }

    /// <returns>Null when another key sealed it.</returns>
    public static byte[]? TryOpen(byte[] key, byte kind, byte[] context, byte[] sealedBytes)
    {
        var (encryption, authentication) = EnvelopeKeys(key, kind, context, sealedBytes[7..39]);
        return HMACSHA256.HashData(authentication, sealedBytes[..^32]).AsSpan().SequenceEqual(sealedBytes.AsSpan()[^32..]) ? Ctr(encryption, sealedBytes[39..^32]) : null;
    }

    public static byte[] Seal(byte[] key, byte kind, byte[] context, byte[] salt, byte[] text)
    {
        var (encryption, authentication) = EnvelopeKeys(key, kind, context, salt);
        byte[] before = [.. EnvelopeHead, kind, .. salt, .. Ctr(encryption, text)];
        return [.. before, .. HMACSHA256.HashData(authentication, before)];
    }

    public static byte[] Big(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }

    public static byte[] Behind16(params byte[] bytes) => [(byte)(bytes.Length / 256), (byte)(bytes.Length % 256), .. bytes];

    private static (byte[] Encryption, byte[] Authentication) EnvelopeKeys(byte[] key, byte kind, byte[] context, byte[] salt)
    {
        var both = Hkdf(key, "dfs envelope 1", [1, kind, .. context], 64, salt);
        return (both[..32], both[32..]);
    }

    private static List<byte[]> Leaves(byte[] bytes, byte tag) =>
        (bytes.Length == 0 ? [[]] : bytes.Chunk(LeafBytes).ToList()).ConvertAll(leaf => SHA256.HashData([tag, .. leaf]));

    // RFC 6962, 2.1.
    private static byte[] Top(List<byte[]> hashes)
    {
        if (hashes.Count == 1)
        {
            return hashes[0];
        }

        var left = 1;
        while (left * 2 < hashes.Count)
        {
            left *= 2;
        }

        return SHA256.HashData([1, .. Top(hashes[..left]), .. Top(hashes[left..])]);
    }
}

/// <summary>An owner's keys; out of a keyring file without a passphrase, too.</summary>
internal sealed class PlainOwner
{
    private readonly byte[] _root;
    private readonly Dictionary<int, byte[]> _epochs = [];

    public PlainOwner(byte[] keyringFile)
    {
        Assert.Equal(SHA256.HashData(keyringFile[..^32]), keyringFile[^32..]);
        var file = new PlainBytes(keyringFile);
        file.Expect([.. "DFSK"u8, 1, 0]);
        PublicKey = file.Take(64);
        file.Take(4 + 32);
        var keys = new PlainBytes(file.Behind16());
        _root = keys.Take(32);
        for (var count = keys.U16(); count > 0; count--)
        {
            _epochs.Add(keys.U32(), keys.Take(32));
        }
    }

    public PlainOwner(byte[] root, int epoch, byte[] secret)
    {
        _root = root;
        _epochs.Add(epoch, secret);
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = SigningKey() });
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        PublicKey = [.. point.X!, .. point.Y!];
    }

    public byte[] PublicKey { get; }

    /// <summary>The private key, from its seed by FIPS 186-5, A.2.1.</summary>
    public byte[] SigningKey()
    {
        var order = System.Numerics.BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", System.Globalization.NumberStyles.HexNumber, null);
        var seed = new System.Numerics.BigInteger(PlainSeal.Hkdf(_root, "dfs owner signing 1", count: 48), isUnsigned: true, isBigEndian: true);
        var key = ((seed % (order - 1)) + 1).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - key.Length], .. key];
    }

    public PlainBucket Bucket(string name) => new(PlainSeal.Hkdf(_root, "dfs bucket 1", Encoding.UTF8.GetBytes(name)), _epochs);
}

internal sealed class PlainBucket(byte[] root, IReadOnlyDictionary<int, byte[]> epochs)
{
    public byte[] Id { get; } = PlainSeal.Hkdf(root, "dfs bucket id 1")[..16];

    public byte[] Dedup { get; } = PlainSeal.Hkdf(root, "dfs bucket dedup 1");

    public byte[] Listing { get; } = PlainSeal.Hkdf(root, "dfs bucket listing 1");

    public byte[] WrapKey(int epoch) => PlainSeal.Hkdf(epochs[epoch], "dfs bucket wrap 1", Id);

    public byte[] Register(string name) => HMACSHA256.HashData(PlainSeal.Hkdf(root, "dfs bucket names 1"), Encoding.UTF8.GetBytes(name));
}
