using System.Security.Cryptography;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>An owner on this node: whose files they are is always known, the keys only while the keyring is unlocked.</summary>
/// <remarks>
/// Thread-safe. Who needs keys takes them with <see cref="Use"/> for one operation. Locking takes effect at once for what begins
/// later; what is under way ends with the keys that it has, and the last to end has them zeroed.
/// </remarks>
public sealed class OwnerSession : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<UnlockedOwner> _before = [];
    private UnlockedOwner? _keys;

    /// <param name="keys">Owned from here on.</param>
    public OwnerSession(OwnerKeys keys) => (PublicKey, _keys) = (keys.PublicKey, new UnlockedOwner(keys));

    /// <summary>Locked.</summary>
    public OwnerSession(OwnerPublicKey owner) => PublicKey = owner;

    public OwnerPublicKey PublicKey { get; }

    public bool IsLocked
    {
        get
        {
            lock (_lock)
            {
                return _keys is null;
            }
        }
    }

    /// <summary>The keys, for one operation; disposing of them gives them back.</summary>
    /// <exception cref="TransferException">The keyring is locked.</exception>
    public UnlockedOwner Use()
    {
        lock (_lock)
        {
            return _keys?.Taken() ?? throw new TransferException(
                DfsOutcome.Locked, "The keyring is locked on this node. Unlock it with `dfs keys unlock`.");
        }
    }

    /// <summary>The lowest key epoch that anything under way or to come is wrapped in here; null when it is locked and nothing is under way.</summary>
    public KeyEpoch? WritingEpoch
    {
        get
        {
            lock (_lock)
            {
                _before.RemoveAll(keys => keys.IsReleased);
                IEnumerable<UnlockedOwner> all = _keys is null ? _before : [.. _before, _keys];
                return all.Select(keys => (KeyEpoch?)keys.CurrentEpoch).Min();
            }
        }
    }

    public void Lock() => Exchange(null);

    /// <param name="keys">Of this owner; owned from here on.</param>
    public void Unlock(OwnerKeys keys)
    {
        Invariant.Holds(keys.PublicKey == PublicKey, "an owner is unlocked with its own keys");
        Exchange(new UnlockedOwner(keys));
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

    public void Dispose() => Lock();

    public override string ToString() => $"OwnerSession of {PublicKey}";

    private void Exchange(UnlockedOwner? next)
    {
        UnlockedOwner? before;
        lock (_lock)
        {
            (before, _keys) = (_keys, next);
            if (before is not null)
            {
                _before.Add(before);
            }
        }

        before?.Dispose();
    }
}
