using System.Diagnostics.CodeAnalysis;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>A version's key, wrapped under the bucket's key of one epoch; without it the version cannot be opened.</summary>
/// <param name="Epoch">In the clear: which wrap key opens it.</param>
/// <param name="Wrapped">An envelope of kind <see cref="EnvelopeKind.KeySlot"/>.</param>
public sealed record KeySlot(KeyEpoch Epoch, ByteString Wrapped)
{
    /// <summary>Epoch (4) and envelope.</summary>
    public const int EncodedBytes = 4 + WrappedBytes;

    /// <summary>Of a version in a page, which carries the key itself.</summary>
    public static readonly KeySlot None = new(default, ByteString.Empty);

    private const int WrappedBytes = Envelope.OverheadBytes + SecretKey.SizeBytes;

    public static KeySlot Wrap(
        VersionKey version, WrapKey wrapKey, KeyEpoch epoch, EnvelopeContext place, FreshBytes salt)
    {
        Invariant.Holds(place.Kind == EnvelopeKind.KeySlot, "a key slot is sealed as one");
        return new KeySlot(epoch, new ByteString(Envelope.Seal(wrapKey, place, salt, version.Span)));
    }

    /// <returns>False when it is damaged, or another version's, or the wrap key is another epoch's.</returns>
    public bool TryUnwrap(WrapKey wrapKey, EnvelopeContext place, [NotNullWhen(true)] out VersionKey? key)
    {
        key = null;
        if (place.Kind == EnvelopeKind.KeySlot && Envelope.TryOpen(wrapKey, place, Wrapped.Span, out var plain))
        {
            key = plain.Length == SecretKey.SizeBytes ? new VersionKey(plain) : null;
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(plain);
        }

        return key is not null;
    }

    internal void WriteTo(ByteWriter writer)
    {
        writer.U32(Epoch.Value);
        Invariant.Holds(Wrapped.Length == WrappedBytes, $"a wrapped key has {WrappedBytes} bytes ({Wrapped.Length})");
        writer.Fixed(Wrapped.Span);
    }

    internal static KeySlot ReadFrom(ref ByteReader reader) =>
        new(new KeyEpoch(reader.U32()), new ByteString(reader.Fixed(WrappedBytes)));
}
