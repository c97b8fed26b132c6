using System.Text;
using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>One register of the index: what each replica has accepted, and the name that the newest opened to.</summary>
internal sealed class NameEntry
{
    private readonly Dictionary<ReplicaId, RegisterRow> _rows = [];
    private (BucketId Bucket, ReadOnlyMemory<byte> Value) _openedFrom;
    private FileEntry? _opened;

    /// <summary>Forgets the name that the newest row opened to.</summary>
    public void Close() => (_openedFrom, _opened) = (default, null);

    public void Forget(ReplicaId replica) => _rows.Remove(replica);

    public void Take(ReplicaId replica, RegisterRow row) => _rows[replica] = row;

    /// <summary>The value that a quorum holds at one ballot; null when it must be read.</summary>
    /// <param name="answered">Replicas whose rows are up to date.</param>
    public ReadOnlyMemory<byte>? Chosen(QuorumSet quorum, HashSet<ReplicaId> answered)
    {
        var rows = _rows.Where(row => answered.Contains(row.Key)).ToList();
        if (rows.Count == 0)
        {
            return null;
        }

        var newest = rows.MaxBy(row => row.Value.Accepted).Value;
        var holders = rows.Where(row => row.Value.Accepted == newest.Accepted).Select(row => row.Key).ToHashSet();
        // Named, because a bare null would become empty memory, and an empty value is a file that is not there.
        return quorum.IsMet(holders) ? newest.Value : default(ReadOnlyMemory<byte>?);
    }

    /// <summary>Whether it is a head of the bucket that is not a tombstone, whatever a reader gets of it.</summary>
    public static bool IsIn(BucketId bucket, ReadOnlyMemory<byte> value) =>
        HeadCodec.TryPeekBucket(value.Span, out var its) && its == bucket
        && HeadCodec.TryDecode(value.Span, out var head) && !head.Head.IsRemoved;

    /// <summary>Opens a head's name, size and time; null when it is a tombstone, or not this bucket's or owner's.</summary>
    public FileEntry? Open(ReadOnlyMemory<byte> value, RegisterId register, BucketKeys bucket, OwnerPublicKey owner)
    {
        // Before what was opened: a listing of another bucket does not make this one's be opened again.
        if (!HeadCodec.TryPeekBucket(value.Span, out var its) || its != bucket.Id)
        {
            return null;
        }

        if (_openedFrom.Bucket != bucket.Id || !_openedFrom.Value.Span.SequenceEqual(value.Span))
        {
            (_openedFrom, _opened) = ((bucket.Id, value), OpenValue(value, register, bucket, owner));
        }

        return _opened;
    }

    private static FileEntry? OpenValue(ReadOnlyMemory<byte> value, RegisterId register, BucketKeys bucket, OwnerPublicKey owner)
    {
        if (!HeadCodec.TryDecode(value.Span, out var signedHead) || signedHead.Head is not { } head
            || head.Owner != owner || head.Bucket != bucket.Id || head.Register != register
            || head.Current is not { Root: { } root } version
            || !SealedName.TryOpen(bucket.Listing, head.PlaceOf(EnvelopeKind.Name), head.Name, out var name))
        {
            return null;
        }

        try
        {
            var manifest = OpenHeads.Manifest(head, version, root.Span, bucket);
            return new FileEntry(
                name, (long)manifest.PlainBytes, DateTimeOffset.FromUnixTimeMilliseconds(manifest.Facts.ModifiedUnixMs),
                Encoding.UTF8.GetString(manifest.Facts.ETag.Span), version.Id, version.IsDeleteMarker);
        }
        catch (TransferException)
        {
            // The name opens and the content does not: it is listed, and a get says what is wrong.
            return new FileEntry(name, 0, default, "", version.Id, version.IsDeleteMarker);
        }
    }
}
