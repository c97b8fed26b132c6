using System.Collections.Immutable;
using System.Text;
using Akka.Actor;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Reads files as of a snapshot, which is a number that every version is compared with.</summary>
/// <param name="transfers">This node's <see cref="TransferSupervisor"/>.</param>
/// <param name="files">Makes the changes of a restoration.</param>
internal sealed class Snapshots(TransferOptions parts, IActorRef transfers, NameIndex names, IDfsClient files) : ISnapshots
{
    /// <summary>Eight files at once: as many as a slow disk syncs together.</summary>
    private const int FilesAtOnceMax = 8;

    private readonly HeadReader _heads = new(parts);
    private readonly FileVersions _versions = new(parts);

    public Task<SnapshotsResult> ListAsync(string bucket, CancellationToken cancellationToken) => AnswerAsync(async () =>
        Done((await parts.Buckets.SettingsNowAsync(bucket, cancellationToken)).Snapshots.All));

    public Task<SnapshotsResult> CreateAsync(string bucket, string name, CancellationToken cancellationToken) => AnswerAsync(async () =>
    {
        var createdUnixMs = parts.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var next = await parts.Buckets.UpdateAsync(
            bucket,
            settings => settings.StoresNull
                ? throw Refused($"The bucket '{bucket}' keeps no versions; `dfs bucket set {bucket} versioned=on` makes it keep them from then on.")
                : settings with { Snapshots = settings.Snapshots.With(name, createdUnixMs) ?? throw NoRoomFor(settings.Snapshots, name) },
            cancellationToken);
        return Done([next.Snapshots.Find(name)!]);
    });

    public Task<SnapshotsResult> RemoveAsync(string bucket, string name, CancellationToken cancellationToken) => AnswerAsync(async () =>
    {
        BucketSnapshot? removed = null;
        await parts.Buckets.UpdateAsync(
            bucket,
            settings =>
            {
                removed = FindIn(settings, name);
                return settings with { Snapshots = settings.Snapshots.Without(name) };
            },
            cancellationToken);
        return Done([removed!]);
    });

    public async Task<SnapshotRestoreResult> RestoreAsync(string bucket, string name, CancellationToken cancellationToken)
    {
        var (restored, removed, unchanged) = (0L, 0L, 0L);
        try
        {
            var snapshot = FindIn(await parts.Buckets.SettingsNowAsync(bucket, cancellationToken), name);
            await Parallel.ForEachAsync(
                names.HeadsAsync(bucket, withHistory: false, cancellationToken),
                new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnceMax, CancellationToken = cancellationToken },
                async (head, token) =>
                {
                    var change = await RestoreAsync(bucket, head, snapshot, token);
                    Interlocked.Increment(ref change is null ? ref unchanged : ref change == Change.Restored ? ref restored : ref removed);
                });
            return new SnapshotRestoreResult(DfsOutcome.Done, restored, removed, unchanged, "");
        }
        catch (TransferException error)
        {
            return new SnapshotRestoreResult(error.Outcome, restored, removed, unchanged, error.Message);
        }
    }

    public Task<OpenResult> OpenAsync(ObjectKey key, string snapshot, CancellationToken cancellationToken) => Answers.AnswerAsync(
        parts.Answers, async () =>
        {
            var wanted = FindIn(await parts.Buckets.SettingsNowAsync(key.Bucket, cancellationToken), snapshot);
            var head = await _heads.ReadAsync(key, cancellationToken) ?? throw HeadReader.NotFound();
            return await _versions.AsOfAsync(key.Bucket, head, wanted, cancellationToken) is { Version.IsDeleteMarker: false } found
                ? new OpenResult(
                    DfsOutcome.Done,
                    new OpenFile(await _versions.OpenAsync(key.Bucket, head, found, cancellationToken), found.Version.Id, transfers, parts), "")
                : throw HeadReader.NotFound();
        },
        OpenResult.Refused);

    public Task<ListPage> ListFilesAsync(string bucket, string snapshot, ListOptions options, CancellationToken cancellationToken) => Answers.AnswerAsync(
        parts.Answers, async () =>
        {
            var wanted = FindIn(await parts.Buckets.SettingsNowAsync(bucket, cancellationToken), snapshot);
            var entries = new SortedList<string, FileEntry>(NameOrder.Instance);
            await foreach (var head in names.HeadsAsync(bucket, withHistory: false, cancellationToken))
            {
                if (await _versions.AsOfAsync(bucket, head, wanted, cancellationToken) is { Version.IsDeleteMarker: false } found)
                {
                    var facts = await _versions.OpenAsync(bucket, head, found, cancellationToken);
                    var file = new FileEntry(
                        NameOf(bucket, head), (long)facts.PlainBytes, DateTimeOffset.FromUnixTimeMilliseconds(facts.Facts.ModifiedUnixMs),
                        Encoding.UTF8.GetString(facts.Facts.ETag.Span), found.Version.Id);
                    entries.Add(file.Name, file);
                }

                RequestBudget.Current?.Worked();
            }

            var page = PageCut.Of(options, new SortedNames<FileEntry>(entries.Values, file => file.Name));
            return new ListPage(DfsOutcome.Done, page.Entries, page.CommonPrefixes, page.IsTruncated, page.Next, "");
        },
        ListPage.Refused);

    /// <returns>Null when the file is what it was.</returns>
    private async Task<Change?> RestoreAsync(string bucket, Head head, BucketSnapshot snapshot, CancellationToken cancellationToken)
    {
        var found = await _versions.AsOfAsync(bucket, head, snapshot, cancellationToken);
        var wanted = found is { Version.IsDeleteMarker: false } ? found.Version.Id : (VersionId?)null;
        if (wanted == head.Readable?.Id)
        {
            return null;
        }

        if (!ObjectKey.TryCreate(bucket, NameOf(bucket, head), out var key, out var refusal))
        {
            throw new TransferException(DfsOutcome.Damaged, $"A file of the bucket has a name that is none: {refusal}");
        }

        var (outcome, detail) = wanted is { } version
            ? await files.Versions.RestoreAsync(key, version, cancellationToken) is var put ? (put.Outcome, put.Detail) : default
            : await files.RemoveAsync(key, cancellationToken) is var gone ? (gone.Outcome, gone.Detail) : default;
        // Not found: removed by somebody else meanwhile, which is what was wanted.
        return outcome == DfsOutcome.Done || (wanted is null && outcome == DfsOutcome.NotFound)
            ? wanted is null ? Change.Removed : Change.Restored
            : throw new TransferException(outcome, $"{key.Name}: {detail}");
    }

    private string NameOf(string bucket, Head head)
    {
        using var owner = parts.Owner.Use();
        return SealedName.TryOpen(owner.Bucket(bucket).Listing, head.PlaceOf(Core.Crypto.EnvelopeKind.Name), head.Name, out var name)
            ? name
            : throw new TransferException(DfsOutcome.Damaged, "The name of a file is not authentic.");
    }

    private static BucketSnapshot FindIn(BucketSettings settings, string name) =>
        settings.Snapshots.Find(name) ?? throw new TransferException(DfsOutcome.NotFound, $"not found: the bucket has no snapshot '{name}'");

    private static TransferException NoRoomFor(BucketSnapshots snapshots, string name) => Refused(snapshots.Find(name) is not null
        ? $"The bucket has a snapshot '{name}' already."
        : $"The bucket has {BucketSnapshots.CountMax} snapshots, and no more fit; remove one.");

    private static TransferException Refused(string detail) => new(DfsOutcome.PreconditionFailed, detail);

    private static SnapshotsResult Done(ImmutableArray<BucketSnapshot> snapshots) => new(
        DfsOutcome.Done,
        [.. snapshots.Select(snapshot => new SnapshotEntry(snapshot.Name, DateTimeOffset.FromUnixTimeMilliseconds(snapshot.CreatedUnixMs)))], "");

    private Task<SnapshotsResult> AnswerAsync(Func<Task<SnapshotsResult>> act) =>
        Answers.AnswerAsync(parts.Answers, act, (outcome, detail) => new SnapshotsResult(outcome, [], detail));

    private enum Change
    {
        Restored,
        Removed,
    }
}
