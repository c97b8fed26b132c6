using System.Collections.Concurrent;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>An owner's keys while somebody uses them: derives and signs.</summary>
/// <remarks>Thread-safe. Counts its users, of whom the session is one; the last one's <see cref="Dispose"/> zeroes the keys.</remarks>
public sealed class UnlockedOwner : IDisposable
{
    private readonly OwnerKeys _keys;
    private readonly ConcurrentDictionary<string, BucketKeys> _buckets = new(StringComparer.Ordinal);
    private readonly BatchSigner _signer;
    private int _users = 1;

    internal UnlockedOwner(OwnerKeys keys) => (_keys, _signer) = (keys, new BatchSigner(keys.CreateSigner(), TimeProvider.System));

    public OwnerPublicKey PublicKey => _keys.PublicKey;

    /// <summary>The epoch that everything is wrapped in that is done with these keys.</summary>
    public KeyEpoch CurrentEpoch => _keys.CurrentEpoch;

    public KeyEpoch OldestEpoch => _keys.OldestEpoch;

    /// <summary>Nobody has these keys any more.</summary>
    internal bool IsReleased => Volatile.Read(ref _users) <= 0;

    /// <summary>Kept until the last user is gone: do not dispose of it.</summary>
    public BucketKeys Bucket(string bucket) => _buckets.GetOrAdd(bucket, _keys.OfBucket);

    /// <summary>Signs and encodes a head, ready to be proposed; shares the signature with others that are asked for meanwhile.</summary>
    public async Task<byte[]> SignAsync(Head head)
    {
        var signature = await _signer.SignAsync(HeadCodec.HashOf(head)).ConfigureAwait(false);
        return HeadCodec.Encode(new SignedHead(head, signature));
    }

    /// <summary>Signs a hash by itself, as tickets are signed: 64 bytes, r ‖ s.</summary>
    public ByteString Sign(Bytes32 hash)
    {
        using var signer = _keys.CreateSigner();
        return signer.Sign(hash).RootSignature;
    }

    /// <summary>What others seal to; the caller's to dispose.</summary>
    public AgreementKey CreateAgreementKey() => _keys.CreateAgreementKey();

    /// <inheritdoc cref="OwnerKeys.CreateNameIndexKey"/>
    public NameIndexKey CreateNameIndexKey() => _keys.CreateNameIndexKey();

    /// <inheritdoc cref="OwnerKeys.SealForAudit"/>
    public byte[] SealForAudit(ReadOnlySpan<byte> plain) => _keys.SealForAudit(OwnerSession.Fresh(), plain);

    /// <inheritdoc cref="OwnerKeys.OpenOfAudit"/>
    public byte[]? OpenOfAudit(ReadOnlySpan<byte> envelope) => _keys.OpenOfAudit(envelope);

    /// <summary>The wrap keys of a bucket by its id.</summary>
    public WrapKeys WrapsOf(BucketId bucket) => _keys.WrapsOf(bucket);

    /// <summary>Gives the keys back, once for each time that they were taken.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) > 0)
        {
            return;
        }

        foreach (var bucket in _buckets.Values)
        {
            bucket.Dispose();
        }

        _signer.Dispose();
        _keys.Dispose();
    }

    public override string ToString() => $"UnlockedOwner of {PublicKey}";

    /// <summary>Called while the session holds its own share, so that the count is above zero.</summary>
    internal UnlockedOwner Taken()
    {
        Interlocked.Increment(ref _users);
        return this;
    }
}
