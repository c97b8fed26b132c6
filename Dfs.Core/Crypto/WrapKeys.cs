using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>The wrap keys of one bucket, by key epoch; made of its id, so whoever does not know its name can wrap its slots again.</summary>
public sealed class WrapKeys
{
    private readonly BucketId _bucket;
    private readonly ImmutableSortedDictionary<KeyEpoch, EpochSecret> _epochs;

    internal WrapKeys(BucketId bucket, ImmutableSortedDictionary<KeyEpoch, EpochSecret> epochs) => (_bucket, _epochs) = (bucket, epochs);

    /// <summary>The epoch that new slots are wrapped in.</summary>
    public KeyEpoch CurrentEpoch => _epochs.Keys.Last();

    /// <summary>The current epoch's; the caller's to dispose.</summary>
    public WrapKey Current() => TryGet(CurrentEpoch, out var key) ? key : throw new InvariantException("the current epoch's key is in the keyring");

    /// <returns>False when the epoch's secret is not in the keyring (any more); else the caller disposes the key.</returns>
    public bool TryGet(KeyEpoch epoch, [NotNullWhen(true)] out WrapKey? key)
    {
        key = null;
        if (_epochs.TryGetValue(epoch, out var secret))
        {
            Span<byte> bytes = stackalloc byte[SecretKey.SizeBytes];
            Kdf.Derive(secret, "dfs bucket wrap 1"u8, _bucket.ToArray(), bytes);
            key = new WrapKey(bytes);
            CryptographicOperations.ZeroMemory(bytes);
        }

        return key is not null;
    }
}
