using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>The keys of one bucket; from <see cref="OwnerKeys.OfBucket"/>.</summary>
public sealed class BucketKeys : IDisposable
{
    private readonly string _bucket;
    private readonly NameKey _name;

    internal BucketKeys(
        string bucket, ReadOnlySpan<byte> bucketRoot, ImmutableSortedDictionary<KeyEpoch, EpochSecret> epochs)
    {
        _bucket = bucket;
        Span<byte> key = stackalloc byte[SecretKey.SizeBytes];
        Kdf.Derive(bucketRoot, default, "dfs bucket id 1"u8, default, key);
        Id = new BucketId(key[..Bytes16.SizeBytes]);
        Wraps = new WrapKeys(Id, epochs);
        Kdf.Derive(bucketRoot, default, "dfs bucket names 1"u8, default, key);
        _name = new NameKey(key);
        Kdf.Derive(bucketRoot, default, "dfs bucket dedup 1"u8, default, key);
        Dedup = new DedupSecret(key);
        Kdf.Derive(bucketRoot, default, "dfs bucket cutting 1"u8, default, key);
        Cutting = new CuttingKey(key);
        Kdf.Derive(bucketRoot, default, "dfs bucket listing 1"u8, default, key);
        Listing = new ListingKey(key);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>What the bucket is called in the clear.</summary>
    public BucketId Id { get; }

    public DedupSecret Dedup { get; }

    public CuttingKey Cutting { get; }

    public ListingKey Listing { get; }

    /// <summary>What key slots and lists of shares are wrapped by.</summary>
    public WrapKeys Wraps { get; }

    /// <inheritdoc cref="WrapKeys.CurrentEpoch"/>
    public KeyEpoch CurrentEpoch => Wraps.CurrentEpoch;

    /// <summary>HMAC-SHA256 of the name: what peers see of it.</summary>
    public RegisterId TokenOf(ObjectKey key)
    {
        Invariant.Holds(key.Bucket == _bucket, "a key is asked of its own bucket");
        Span<byte> token = stackalloc byte[Bytes32.SizeBytes];
        HMACSHA256.HashData(_name.Span, Encoding.UTF8.GetBytes(key.Name), token);
        return new RegisterId(token);
    }

    /// <summary>The same for each attempt to replace one version of a file, and for nothing else.</summary>
    /// <param name="replaced">The version that is current before the upload; default without one.</param>
    /// <param name="counter">Without a version: at which the file was removed, or 0.</param>
    /// <returns>The caller's to dispose.</returns>
    public ResumeSecret ResumeOf(RegisterId register, VersionId replaced, ulong counter)
    {
        Span<byte> place = stackalloc byte[Bytes32.SizeBytes + Bytes16.SizeBytes + sizeof(ulong)];
        register.Value.CopyTo(place);
        replaced.Value.CopyTo(place[Bytes32.SizeBytes..]);
        BinaryPrimitives.WriteUInt64BigEndian(place[(Bytes32.SizeBytes + Bytes16.SizeBytes)..], counter);
        Span<byte> key = stackalloc byte[SecretKey.SizeBytes];
        Kdf.Derive(Dedup, "dfs upload 1"u8, place, key);
        var secret = new ResumeSecret(key);
        CryptographicOperations.ZeroMemory(key);
        return secret;
    }

    /// <inheritdoc cref="WrapKeys.TryGet"/>
    public bool TryWrapKey(KeyEpoch epoch, [NotNullWhen(true)] out WrapKey? key) => Wraps.TryGet(epoch, out key);

    public void Dispose()
    {
        _name.Dispose();
        Dedup.Dispose();
        Cutting.Dispose();
        Listing.Dispose();
    }

    public override string ToString() => $"BucketKeys (secret) of {Id}";
}
