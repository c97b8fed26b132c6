using System.Security.Cryptography;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;
using Dfs.Storage.Listing;

namespace Dfs.Actors.Client;

/// <summary>Takes an index of names to this node's disk, sealed, and back from there after a start.</summary>
/// <remarks>
/// What is read is a place to begin at and no more: each feed is asked for what came after it, and says when the place is none of its own. So a
/// file may be as old as it likes, and one that does not open is as good as none. For one caller at a time; the methods that say so block.
/// docs/design/listing.md
/// </remarks>
internal sealed class KeptNames(NameIndexOptions options)
{
    // Another one whenever an index is begun: what was drafted of the one before says nothing of this one.
    private volatile Point _last = Point.None;

    /// <summary>Whether it has changed enough since it was written, and long enough ago.</summary>
    /// <param name="rows">Taken over since the index was begun.</param>
    public bool IsDue(long rows, int registers) => options.File is not null
        && _last is var last
        && NameSaving.IsDue(rows - last.Rows, registers, last.KeptAt is { } at ? TimeProvider.System.GetElapsedTime(at) : null);

    /// <summary>Whether there is anything to write.</summary>
    public bool HasChanged(long rows) => options.File is not null && rows > _last.Rows;

    /// <summary>Fills an empty table from the file; blocks.</summary>
    /// <param name="buckets">Takes those whose names are known.</param>
    /// <returns>Where the feeds go on; none, and an empty table, when there is no file that opens.</returns>
    /// <exception cref="OperationCanceledException">The keyring was locked meanwhile.</exception>
    public IReadOnlyCollection<FeedPlace> Read(
        NameTable table, UnlockedOwner owner, ClusterId cluster, Dictionary<BucketId, string> buckets, CancellationToken cancellationToken)
    {
        _last = new Point(0, null);
        if (options.File is not { } file)
        {
            return [];
        }

        var places = new List<FeedPlace>();
        try
        {
            if (!file.Exists())
            {
                NameIndexMetrics.File("none");
                return [];
            }

            if (TryRead(file, table, owner, cluster, places, buckets, cancellationToken))
            {
                _last = new Point(0, TimeProvider.System.GetTimestamp());
                NameIndexMetrics.File("read");
                return places;
            }

            options.OnTrouble("The kept index of names is damaged, or of another cluster or directory; it is not used, and the names are pulled anew.");
        }
        catch (OperationCanceledException)
        {
            table.Clear();
            buckets.Clear();
            throw;
        }
        catch (DiskException failure)
        {
            options.OnTrouble($"The kept index of names cannot be read, and the names are pulled anew: {failure.Message}");
        }

        table.Clear();
        buckets.Clear();
        NameIndexMetrics.File("ignored");
        return [];
    }

    /// <summary>Writes the table beside the file, not yet durably; blocks, and nobody may change the table meanwhile.</summary>
    /// <returns>To be committed; null when another is being written.</returns>
    /// <exception cref="DiskException">The disk refused; nothing has changed.</exception>
    /// <exception cref="OperationCanceledException">The keyring was locked meanwhile.</exception>
    public KeptDraft? Draft(
        NameTable table, ChangeFeeds feeds, UnlockedOwner owner, ClusterId cluster, IReadOnlyDictionary<BucketId, string> buckets,
        CancellationToken cancellationToken)
    {
        var id = new Bytes16(RandomNumberGenerator.GetBytes(Bytes16.SizeBytes));
        var draft = options.File!.Begin(id);
        if (draft is null)
        {
            return null;
        }

        try
        {
            using var key = owner.CreateNameIndexKey();
            var pieces = new NamePieces(key, cluster, options.Self, id);
            table.Write(feeds.Places, buckets, (piece, isLast) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                draft.Append(pieces.Seal(piece, isLast, OwnerSession.Fresh()), isLast);
            });
            return new KeptDraft(draft, feeds.Rows, _last);
        }
        catch
        {
            draft.Dispose();
            throw;
        }
    }

    /// <summary>Makes a draft the file; blocks, and the index may go on, or be begun anew, meanwhile.</summary>
    /// <exception cref="DiskException">The file is the old one or this one.</exception>
    public void Commit(KeptDraft draft)
    {
        draft.File.Commit();
        Interlocked.CompareExchange(ref _last, new Point(draft.Rows, TimeProvider.System.GetTimestamp()), draft.After);
        NameIndexMetrics.File("written");
    }

    /// <summary>Notes that it could not be written; it is tried again when it is due again.</summary>
    public void Fail(DiskException failure)
    {
        var last = _last;
        Interlocked.CompareExchange(ref _last, new Point(last.Rows, TimeProvider.System.GetTimestamp()), last);
        NameIndexMetrics.File("failed");
        options.OnTrouble($"The index of names cannot be kept; after a start what is missing is pulled anew: {failure.Message}");
    }

    private bool TryRead(
        NameFile file, NameTable table, UnlockedOwner owner, ClusterId cluster, List<FeedPlace> places, Dictionary<BucketId, string> buckets,
        CancellationToken cancellationToken)
    {
        using var reader = file.Open();
        if (reader is null)
        {
            return false;
        }

        using var key = owner.CreateNameIndexKey();
        var pieces = new NamePieces(key, cluster, options.Self, reader.Id);
        while (reader.Next() is (var piece, var isLast))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (pieces.Open(piece, isLast) is not { } plain)
            {
                return false;
            }

            var isRead = table.TryRead(plain, places, buckets);
            CryptographicOperations.ZeroMemory(plain);
            if (!isRead || isLast)
            {
                return isRead;
            }
        }

        return false;
    }

    /// <summary>How far the index in memory had come when it was read or written last; compared by reference.</summary>
    /// <param name="rows">Taken over since it was begun.</param>
    /// <param name="keptAt">On the monotonic clock; null without a file.</param>
    internal sealed class Point(long rows, long? keptAt)
    {
        public static readonly Point None = new(0, null);

        public long Rows => rows;

        public long? KeptAt => keptAt;
    }
}

/// <summary>An index on its way to the file; disposing of it before it is committed leaves the file as it was.</summary>
/// <param name="Rows">That were taken over when it was written.</param>
/// <param name="After">What it follows.</param>
internal sealed record KeptDraft(NameFile.Draft File, long Rows, KeptNames.Point After) : IDisposable
{
    public void Dispose() => File.Dispose();
}
