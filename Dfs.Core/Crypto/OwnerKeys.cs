using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>All keys of an owner, derived from what the keyring holds.</summary>
/// <remarks>
/// Derivation only (docs/formats/keyring.md), so copies of one keyring on several nodes agree without talking. The
/// epoch secrets are the exception: they are random and in the keyring, because a derived one could not be destroyed.
/// Owns the keys that it is given.
/// </remarks>
public sealed class OwnerKeys : IDisposable
{
    private readonly RootKey _root;
    private readonly ImmutableSortedDictionary<KeyEpoch, EpochSecret> _epochs;

    /// <param name="epochs">At least one; the highest wraps what is new.</param>
    public OwnerKeys(RootKey root, ImmutableSortedDictionary<KeyEpoch, EpochSecret> epochs)
    {
        Invariant.Holds(!epochs.IsEmpty, "a keyring has an epoch to wrap with");
        (_root, _epochs) = (root, epochs);
        using var signer = CreateSigner();
        PublicKey = signer.PublicKey;
    }

    public OwnerPublicKey PublicKey { get; }

    public OwnerId Id => PublicKey.Id;

    /// <summary>For the format of the keyring.</summary>
    public RootKey Root => _root;

    /// <inheritdoc cref="Root"/>
    public ImmutableSortedDictionary<KeyEpoch, EpochSecret> Epochs => _epochs;

    /// <summary>A new owner.</summary>
    public static OwnerKeys Create(FreshSource fresh)
    {
        Span<byte> bytes = stackalloc byte[FreshBytes.SizeBytes];
        fresh().Take(bytes);
        var root = new RootKey(bytes);
        fresh().Take(bytes);
        var epoch = new EpochSecret(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return new OwnerKeys(root, ImmutableSortedDictionary<KeyEpoch, EpochSecret>.Empty.Add(KeyEpoch.First, epoch));
    }

    /// <summary>The epoch that new slots are wrapped in.</summary>
    public KeyEpoch CurrentEpoch => _epochs.Keys.Last();

    public KeyEpoch OldestEpoch => _epochs.Keys.First();

    /// <summary>The same owner with one epoch more, that wraps what is new from then on; the caller's to dispose.</summary>
    public OwnerKeys WithNewEpoch(FreshSource fresh)
    {
        Span<byte> bytes = stackalloc byte[FreshBytes.SizeBytes];
        fresh().Take(bytes);
        var secret = new EpochSecret(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return Copy(static _ => true, copies => copies.Add(new KeyEpoch(CurrentEpoch.Value + 1), secret));
    }

    /// <summary>The same owner without the epochs before this one: what they alone wrap, nobody opens with these keys.</summary>
    public OwnerKeys WithoutEpochsBefore(KeyEpoch epoch)
    {
        Invariant.Holds(_epochs.ContainsKey(epoch), $"the keyring has epoch {epoch}");
        return Copy(kept => kept.CompareTo(epoch) >= 0, static copies => copies);
    }

    private OwnerKeys Copy(
        Func<KeyEpoch, bool> keeps,
        Func<ImmutableSortedDictionary<KeyEpoch, EpochSecret>, ImmutableSortedDictionary<KeyEpoch, EpochSecret>> change) =>
        new(
            new RootKey(_root.Span),
            change(_epochs.Where(each => keeps(each.Key)).ToImmutableSortedDictionary(each => each.Key, each => new EpochSecret(each.Value.Span))));

    /// <summary>The caller's to dispose; one per thread that signs.</summary>
    public OwnerSigner CreateSigner() => Derive("dfs owner signing 1"u8, default, OwnerSigner.SeedBytes, static seed => new OwnerSigner(seed));

    /// <summary>What others seal to; apart from the signing key. The caller's to dispose; one per thread.</summary>
    public AgreementKey CreateAgreementKey() => Derive("dfs owner agreement 1"u8, default, P256.SeedBytes, static seed => new AgreementKey(seed));

    /// <summary>Seals the index of names that a node keeps; the caller's to dispose.</summary>
    public NameIndexKey CreateNameIndexKey() => Derive("dfs owner names 1"u8, default, SecretKey.SizeBytes, static key => new NameIndexKey(key));

    /// <summary>Seals what a file is called for an audit log; nothing else is sealed with this key.</summary>
    public byte[] SealForAudit(FreshBytes salt, ReadOnlySpan<byte> plain)
    {
        using var key = CreateAuditKey();
        return Envelope.Seal(key.Span, EnvelopeKind.Audit, default, salt, plain);
    }

    /// <returns>Null when it was not sealed by <see cref="SealForAudit"/> of this owner.</returns>
    public byte[]? OpenOfAudit(ReadOnlySpan<byte> envelope)
    {
        using var key = CreateAuditKey();
        Envelope.TryOpen(key.Span, EnvelopeKind.Audit, default, envelope, out var plain);
        return plain;
    }

    /// <summary>The wrap keys of a bucket by its id, for what is done without knowing its name.</summary>
    public WrapKeys WrapsOf(BucketId bucket) => new(bucket, _epochs);

    /// <summary>The caller's to dispose, before this.</summary>
    public BucketKeys OfBucket(string bucket) =>
        Derive("dfs bucket 1"u8, Encoding.UTF8.GetBytes(bucket), SecretKey.SizeBytes, root => new BucketKeys(bucket, root, _epochs));

    private AuditKey CreateAuditKey() => Derive("dfs owner audit 1"u8, default, SecretKey.SizeBytes, static key => new AuditKey(key));

    /// <param name="make">Copies what it needs: the bytes are wiped when it returns.</param>
    private T Derive<T>(ReadOnlySpan<byte> label, ReadOnlySpan<byte> context, int sizeBytes, Func<ReadOnlySpan<byte>, T> make)
    {
        Span<byte> secret = stackalloc byte[P256.SeedBytes];
        secret = secret[..sizeBytes];
        Kdf.Derive(_root, label, context, secret);
        try
        {
            return make(secret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    public void Dispose()
    {
        _root.Dispose();
        foreach (var secret in _epochs.Values)
        {
            secret.Dispose();
        }
    }

    public override string ToString() => $"OwnerKeys (secret) of {PublicKey}";
}
