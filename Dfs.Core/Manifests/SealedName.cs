using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Manifests;

/// <summary>A file's name as its head carries it, for those who list the bucket.</summary>
/// <remarks>Filled up to a multiple of 32 bytes, so that the length says little. docs/formats/head.md.</remarks>
public static class SealedName
{
    public const int SealedBytesMax = Envelope.OverheadBytes + PaddedBytesMax;

    private const int PadBytes = 32;
    private const int PaddedBytesMax = (2 + ObjectKey.NameBytesMax + PadBytes - 1) / PadBytes * PadBytes;

    /// <param name="place">Of kind <see cref="EnvelopeKind.Name"/>, for all versions.</param>
    public static ByteString Seal(ListingKey key, EnvelopeContext place, FreshBytes salt, ObjectKey name)
    {
        Invariant.Holds(place.Kind == EnvelopeKind.Name, "a name is sealed as one");
        var text = Encoding.UTF8.GetBytes(name.Name);
        var padded = new byte[(2 + text.Length + PadBytes - 1) / PadBytes * PadBytes];
        BinaryPrimitives.WriteUInt16BigEndian(padded, (ushort)text.Length);
        text.CopyTo(padded, 2);
        return new ByteString(Envelope.Seal(key, place, salt, padded));
    }

    /// <returns>False when it is damaged, another file's or bucket's.</returns>
    public static bool TryOpen(
        ListingKey key, EnvelopeContext place, ByteString sealedName, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (place.Kind != EnvelopeKind.Name || !Envelope.TryOpen(key, place, sealedName.Span, out var padded))
        {
            return false;
        }

        var reader = new ByteReader(padded);
        var text = reader.Text(ObjectKey.NameBytesMax);
        var isPadding = reader.RemainingBytes < PadBytes
            && !reader.Fixed(reader.RemainingBytes).ContainsAnyExcept((byte)0);
        name = isPadding && reader.IsComplete ? text : null;
        return name is not null;
    }
}
