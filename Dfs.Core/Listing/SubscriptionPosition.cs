using System.Buffers.Text;
using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>How far a subscriber has come, in a form that any node can go on from.</summary>
/// <remarks>As text: base64url of docs/formats/subscription.md. It names no file, but for where a listing is.</remarks>
/// <param name="Log">The log of changes that has told it so far; another one goes by <paramref name="At"/>.</param>
/// <param name="Sequence">In that log, of the next change.</param>
/// <param name="At">Everything up to there was told, and perhaps some of what follows.</param>
/// <param name="ListingAfter">While everything is listed anew: the name that was listed last, empty before the first; null otherwise.</param>
public sealed record SubscriptionPosition(Bytes16 Log, ulong Sequence, FeedPosition At, string? ListingAfter = null)
{
    private const byte FormatVersion = 1;

    private const int CursorBytes = Primitives.Bytes16.SizeBytes + sizeof(ulong);

    public static bool TryParse(string text, out SubscriptionPosition? position)
    {
        position = Base64Url.IsValid(text) ? Decode(Base64Url.DecodeFromChars(text)) : null;
        return position is not null;
    }

    public static SubscriptionPosition? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        reader.Require(reader.Byte() == FormatVersion);
        var (log, sequence, layout) = (reader.Bytes16(), reader.U64(), new LayoutNumber(reader.U64()));
        var count = reader.Count16(CursorBytes, FeedPosition.CursorsMax);
        var cursors = ImmutableSortedDictionary.CreateBuilder<ReplicaId, ulong>();
        ReplicaId? before = null;
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            var replica = new ReplicaId(reader.Bytes16());
            // Rising order: no replica twice, and one encoding only.
            reader.Require(before is null || before.Value.CompareTo(replica) < 0);
            cursors[replica] = reader.U64();
            before = replica;
        }

        var isListing = reader.Byte();
        reader.Require(isListing <= 1);
        var after = isListing == 1 ? reader.Text(ObjectKey.NameBytesMax) : null;
        return reader.IsComplete
            ? new SubscriptionPosition(log, sequence, new FeedPosition(layout, cursors.ToImmutable()), after)
            : null;
    }

    public byte[] Encode()
    {
        var writer = new ByteWriter();
        writer.Byte(FormatVersion);
        writer.Bytes16(Log);
        writer.U64(Sequence);
        writer.U64(At.Layout.Value);
        writer.U16(checked((ushort)At.Cursors.Count));
        foreach (var (replica, cursor) in At.Cursors)
        {
            writer.Bytes16(replica.Value);
            writer.U64(cursor);
        }

        writer.Byte((byte)(ListingAfter is null ? 0 : 1));
        if (ListingAfter is not null)
        {
            writer.Text(ListingAfter);
        }

        return writer.ToArray();
    }

    public override string ToString() => Base64Url.EncodeToString(Encode());
}
