using System.Security.Cryptography;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;
using Microsoft.Data.Sqlite;

namespace Dfs.Storage.CatalogStore;

/// <content>How a catalog begins: only where nothing shows that a promise was lost.</content>
public sealed partial class CatalogStore
{
    public const string MarkSuffix = ".commits";

    private const string IdentityFact = "identity", FeedsFact = "feed-starts";

    /// <param name="folder">Made when it is not there; nothing else is in it. Beside it, with its name and <see cref="MarkSuffix"/>, lies the count of its commits.</param>
    /// <param name="startCounter">The directory's, raised durably for this start.</param>
    /// <param name="isUnserved">The directory has never come to serve, so a missing catalog is no loss.</param>
    public static CatalogOpenOutcome Open(
        string folder, ReplicaId self, ulong startCounter, bool isUnserved, ValueRules rules)
    {
        var path = Path.Combine(folder, CatalogDatabase.FileName);
        CatalogDatabase? database = null;
        CommitMark? mark = null;
        try
        {
            if (File.Exists(Path.Combine(folder, EndedFile)))
            {
                return new CatalogOpenOutcome.Ended(path, File.ReadAllText(Path.Combine(folder, EndedFile)));
            }

            if (!isUnserved && (!File.Exists(path) || new FileInfo(path).Length == 0))
            {
                return new CatalogOpenOutcome.Missing(path);
            }

            Directory.CreateDirectory(folder);
            if (Path.GetDirectoryName(Path.GetFullPath(folder)) is { } parent)
            {
                // SQLite syncs the folder of its files, but not the folder's own name.
                HostDisk.Instance.SyncFolders([parent]);
            }

            database = new CatalogDatabase(folder);
            mark = CommitMark.Open(HostDisk.Instance, Path.GetFullPath(folder) + MarkSuffix);
            if (isUnserved)
            {
                // Of a first start that was cut short: nothing was answered for.
                mark.Follow(database.Commits);
            }
            else if (mark.Commits > database.Commits)
            {
                return new CatalogOpenOutcome.Ended(
                    path, $"{mark.Commits - database.Commits} of its commits are missing: its log was cut short, or it was put back from an older copy.");
            }

            if (CheckIdentity(database, path, self, startCounter) is { } refusal)
            {
                return refusal;
            }

            var store = new CatalogStore(folder, self, startCounter, database, mark, rules);
            (database, mark) = (null, null);
            return new CatalogOpenOutcome.Opened(store);
        }
        catch (CatalogDamageException damage)
        {
            return new CatalogOpenOutcome.Ended(path, damage.Message);
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode
            is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB)
        {
            return new CatalogOpenOutcome.Ended(path, failure.Message);
        }
        catch (Exception failure) when (failure is SqliteException or DiskException or IOException or UnauthorizedAccessException)
        {
            return new CatalogOpenOutcome.Failed(path, failure.Message);
        }
        finally
        {
            mark?.Dispose();
            database?.Dispose();
        }
    }

    // Durable before anybody is told the name.
    private static FeedStarts BeginFeed(CatalogDatabase database, ulong lastChange)
    {
        var before = database.ReadFact(FeedsFact) is { } bytes
            ? FeedStarts.Decode(bytes.Span) ?? throw new CatalogDamageException($"The fact '{FeedsFact}'")
            : FeedStarts.None;
        var feeds = before.With(new FeedStart(new Bytes16(RandomNumberGenerator.GetBytes(Bytes16.SizeBytes)), lastChange));
        database.WriteFact(FeedsFact, feeds.Encode());
        return feeds;
    }

    private static CatalogOpenOutcome.Mismatch? CheckIdentity(
        CatalogDatabase database, string path, ReplicaId self, ulong startCounter)
    {
        var stored = database.ReadFact(IdentityFact);
        if (stored is { } bytes)
        {
            var reader = new ByteReader(bytes.Span);
            var (found, start) = (new ReplicaId(reader.Bytes16()), reader.U64());
            if (found != self || start >= startCounter)
            {
                return new CatalogOpenOutcome.Mismatch(path, found);
            }
        }

        var writer = new ByteWriter();
        writer.Bytes16(self.Value);
        writer.U64(startCounter);
        database.WriteFact(IdentityFact, writer.Written);
        return null;
    }
}
