using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>A key of 32 bytes: never printed, zeroed at the end, compared in constant time.</summary>
/// <remarks>One class per purpose, so that a key cannot be used for another one by mistake.</remarks>
public abstract class SecretKey : IDisposable
{
    public const int SizeBytes = 32;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(SizeBytes, pinned: false);
    private bool _isDisposed;

    /// <param name="source">Exactly 32 bytes; copied.</param>
    protected SecretKey(ReadOnlySpan<byte> source)
    {
        Invariant.Holds(source.Length == SizeBytes, $"a key has 32 bytes ({source.Length})");
        source.CopyTo(_bytes);
    }

    /// <summary>The key itself; for sealing and for formats that carry it inside something sealed.</summary>
    public ReadOnlySpan<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _bytes;
        }
    }

    public bool HasSameBytes(SecretKey other) => CryptographicOperations.FixedTimeEquals(Span, other.Span);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _isDisposed = true;
        GC.SuppressFinalize(this);
    }

    public sealed override string ToString() => $"{GetType().Name} (secret)";
}

/// <summary>Opens one chunk.</summary>
public sealed class ChunkKey(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>What a bucket's chunk keys are derived from, so that equal content is stored once.</summary>
public sealed class DedupSecret(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>What the chunk keys of one upload are derived from that can be begun again, where equal content is kept apart.</summary>
public sealed class ResumeSecret(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>What a bucket's cuts depend on, so that chunk sizes do not name a known file at once.</summary>
public sealed class CuttingKey(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>Turns the names of a bucket into register ids.</summary>
public sealed class NameKey(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>Seals the names of a bucket for listings.</summary>
public sealed class ListingKey(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>Seals an owner's index of names on a node's disk.</summary>
public sealed class NameIndexKey(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>Seals what an owner's files are called in an audit log.</summary>
public sealed class AuditKey(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>Opens the manifest of one version; random.</summary>
public sealed class VersionKey(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>Wraps the version keys of a bucket during one key epoch.</summary>
public sealed class WrapKey(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>Opens whichever version of one file is current, for one share; random.</summary>
public sealed class ShareKey(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>What everything of an owner is derived from; lost with it are all the owner's files.</summary>
public sealed class RootKey(ReadOnlySpan<byte> source) : SecretKey(source);

/// <summary>What the wrap keys of one key epoch are derived from; destroying it closes every slot of that epoch.</summary>
public sealed class EpochSecret(ReadOnlySpan<byte> source) : SecretKey(source);
