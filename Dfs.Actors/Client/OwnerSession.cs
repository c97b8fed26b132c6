using System.Collections.Concurrent;
using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>An owner whose keys are unlocked on this node: derives, signs, and draws what must be random.</summary>
/// <remarks>Thread-safe. Owns the keys that it is given.</remarks>
public sealed class OwnerSession(OwnerKeys keys) : IDisposable
{
    private readonly ConcurrentDictionary<string, BucketKeys> _buckets = new(StringComparer.Ordinal);
    private readonly BatchSigner _signer = new(keys.CreateSigner(), TimeProvider.System);

    public OwnerPublicKey PublicKey => keys.PublicKey;

    /// <summary>Kept until the session ends: do not dispose of it.</summary>
    public BucketKeys Bucket(string bucket) => _buckets.GetOrAdd(bucket, keys.OfBucket);

    /// <summary>Signs and encodes a head, ready to be proposed; shares the signature with others that are asked for meanwhile.</summary>
    public async Task<byte[]> SignAsync(Head head)
    {
        var signature = await _signer.SignAsync(HeadCodec.HashOf(head)).ConfigureAwait(false);
        return HeadCodec.Encode(new SignedHead(head, signature));
    }

    /// <summary>Thirty-two random bytes for one use.</summary>
    public static FreshBytes Fresh()
    {
        Span<byte> bytes = stackalloc byte[FreshBytes.SizeBytes];
        RandomNumberGenerator.Fill(bytes);
        var fresh = new FreshBytes(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return fresh;
    }

    /// <summary>A random version key.</summary>
    public static VersionKey NewVersionKey()
    {
        Span<byte> bytes = stackalloc byte[SecretKey.SizeBytes];
        RandomNumberGenerator.Fill(bytes);
        var key = new VersionKey(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    /// <summary>Wraps a version's key under the bucket's newest epoch.</summary>
    /// <param name="place">Of the version, of any kind.</param>
    public static KeySlot SlotOf(VersionKey key, BucketKeys bucket, EnvelopeContext place)
    {
        var found = bucket.TryWrapKey(bucket.CurrentEpoch, out var wrapKey);
        Invariant.Holds(found, "the current epoch's key is in the keyring");
        using (wrapKey)
        {
            return KeySlot.Wrap(key, wrapKey!, bucket.CurrentEpoch, place with { Kind = EnvelopeKind.KeySlot }, Fresh());
        }
    }

    public static VersionId NewVersion() => new(RandomNumberGenerator.GetBytes(Bytes16.SizeBytes));

    public static OperationId NewOperation() => new(RandomNumberGenerator.GetBytes(Bytes16.SizeBytes));

    public void Dispose()
    {
        foreach (var bucket in _buckets.Values)
        {
            bucket.Dispose();
        }

        _signer.Dispose();
        keys.Dispose();
    }

    public override string ToString() => $"OwnerSession of {PublicKey}";
}
