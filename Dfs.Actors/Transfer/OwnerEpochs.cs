using System.Buffers.Binary;
using Dfs.Core.Crypto;

namespace Dfs.Actors.Transfer;

/// <summary>What a node that serves an owner does with the owner's keys, as it tells a peer that rotates them.</summary>
/// <param name="Writing">The lowest epoch that anything under way or to come is wrapped in; null when the keyring is locked there.</param>
/// <param name="Oldest">The oldest epoch whose key it has; null likewise.</param>
/// <param name="Newest">The newest one; null likewise.</param>
public sealed record OwnerEpochs(KeyEpoch? Writing, KeyEpoch? Oldest, KeyEpoch? Newest)
{
    private const int SizeBytes = 12;

    /// <summary>Three numbers of four bytes; 0 for null.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[SizeBytes];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Writing?.Value ?? 0);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), Oldest?.Value ?? 0);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), Newest?.Value ?? 0);
        return bytes;
    }

    public static bool TryDecode(ReadOnlySpan<byte> bytes, out OwnerEpochs epochs)
    {
        var isWhole = bytes.Length == SizeBytes;
        epochs = isWhole ? new OwnerEpochs(At(bytes), At(bytes[4..]), At(bytes[8..])) : new OwnerEpochs(null, null, null);
        return isWhole;
    }

    private static KeyEpoch? At(ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32BigEndian(bytes) is > 0 and var epoch ? new KeyEpoch(epoch) : null;
}
