using Akka.Actor;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using static Dfs.Actors.Client.Answers;

namespace Dfs.Actors.Client;

/// <summary>Reads and changes the histories that heads carry.</summary>
/// <param name="transfers">This node's <see cref="TransferSupervisor"/>.</param>
internal sealed class VersionHistory(TransferOptions parts, IActorRef transfers) : IVersions, ILocks
{
    /// <summary>How often a removal is tried again because the head has changed in between.</summary>
    private const int AttemptsMax = 8;

    private readonly HeadReader _heads = new(parts);
    private readonly FileVersions _versions = new(parts);

    public Task<VersionsResult> ListAsync(ObjectKey key, int countMax, CancellationToken cancellationToken) => AnswerAsync(
        parts.Answers, async () =>
        {
            var head = await ReadAsync(key, cancellationToken);
            var entries = new List<VersionEntry>();
            await foreach (var found in AllAsync(key, head, cancellationToken))
            {
                if (entries.Count >= countMax)
                {
                    break;
                }

                var manifest = await OpenManifestAsync(key, head, found, cancellationToken);
                entries.Add(new VersionEntry(
                    found.Version.Id, found.Version.IsDeleteMarker, (long)manifest.PlainBytes,
                    DateTimeOffset.FromUnixTimeMilliseconds(manifest.Facts.ModifiedUnixMs), (long)found.Version.CipherBytes,
                    manifest.Facts.ETagText, found.Version.IsNull));
                RequestBudget.Current?.Worked();
            }

            return new VersionsResult(DfsOutcome.Done, entries, "");
        },
        (outcome, detail) => new VersionsResult(outcome, [], detail));

    public Task<OpenResult> OpenAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) => AnswerAsync(
        parts.Answers, async () =>
        {
            var head = await ReadAsync(key, cancellationToken);
            var found = await FindAsync(key, head, version, cancellationToken);
            var manifest = await OpenManifestAsync(key, head, found, cancellationToken);
            return new OpenResult(
                DfsOutcome.Done, new OpenFile(manifest, found.Version.Id, transfers, parts) { IsNull = found.Version.IsNull, Lock = found.Version.Lock }, "");
        },
        OpenResult.Refused);

    public Task<PutResult> RestoreAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) => AnswerAsync(
        parts.Answers, async () =>
        {
            using var owner = parts.Owner.Use();
            for (var attempt = 0; attempt < AttemptsMax; attempt++)
            {
                var head = await ReadAsync(key, cancellationToken);
                var source = await FindAsync(key, head, version, cancellationToken);
                var manifest = await OpenManifestAsync(key, head, source, cancellationToken);
                var wish = Restoring(key, head, source, manifest, (await parts.Buckets.SettingsOrDefaultOfAsync(key)));
                var outcome = await HistoryChanges.AddVersionAsync(
                    parts, owner.Bucket(key.Bucket), head.Register, wish.Operation,
                    (current, floor) => HeadTransition.Put(current, wish with { CounterFloor = floor }));
                // Not where it was: taken out, or moved into a page. Reading again tells.
                if (outcome is not ChangeRefused { Reason: HeadChange.HistoryMoved or HeadChange.NothingToDo })
                {
                    HeadChanges.ThrowUnlessDone(outcome);
                    return new PutResult(DfsOutcome.Done, (long)manifest.PlainBytes, wish.Version.Id, "");
                }
            }

            throw Busy();
        },
        PutResult.Refused);

    public Task<RemoveResult> RemoveAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) =>
        RemoveAsync(key, version, opensGovernance: false, cancellationToken);

    public Task<RemoveResult> RemoveAsync(ObjectKey key, VersionId version, bool opensGovernance, CancellationToken cancellationToken) => AnswerAsync(
        parts.Answers, async () =>
        {
            var lockKey = new LockKey(0, opensGovernance);
            var operation = OwnerSession.NewOperation();
            using var owner = parts.Owner.Use();
            StoredPiece? root = null;
            for (var attempt = 0; attempt < AttemptsMax; attempt++)
            {
                var head = await ReadAsync(key, cancellationToken);
                var outcome = head.Versions.Any(kept => kept.Is(version))
                    ? await HeadChanges.ChangeAsync(
                        parts, head.Register, operation,
                        (current, _) => HeadTransition.RemoveVersion(current, head.Owner, operation, version, lockKey, root))
                    : await HistoryChanges.CommitAsync(
                        parts, head, await Pages(owner.Bucket(key.Bucket), cancellationToken).WithoutAsync(head, version, lockKey) ?? throw NoVersion(version));
                switch (outcome)
                {
                    case ChangeRefused { Reason: HeadChange.RootNeeded { Root: var wanted } }:
                        root = new StoredPiece(wanted, await _heads.FetchAsync(wanted, cancellationToken));
                        break;
                    case ChangeRefused { Reason: HeadChange.HistoryNeeded }:
                        await HistoryChanges.CommitAsync(parts, head, await Pages(owner.Bucket(key.Bucket), cancellationToken).UnfoldAsync(head));
                        break;
                    case ChangeRefused { Reason: HeadChange.Locked { Lock: var held } } when await TryTimeAsync(held, lockKey, cancellationToken) is { } timed:
                        lockKey = timed;
                        break;
                    case ChangeRefused { Reason: HeadChange.NullInHistory }:
                        await HistoryChanges.DropReplacedAsync(parts, owner.Bucket(key.Bucket), head);
                        break;
                    case ChangeRefused { Reason: HeadChange.HistoryMoved or HeadChange.NothingToDo }: break;
                    default:
                        HeadChanges.ThrowUnlessDone(outcome);
                        return new RemoveResult(DfsOutcome.Done, "");
                }
            }

            throw Busy();
        },
        (outcome, detail) => new RemoveResult(outcome, detail));

    public Task<RemoveResult> SetAsync(
        ObjectKey key, VersionId? version, LockWish wish, bool opensGovernance, CancellationToken cancellationToken) => AnswerAsync(
        parts.Answers, async () =>
        {
            var lockKey = new LockKey(0, opensGovernance);
            var operation = OwnerSession.NewOperation();
            using var owner = parts.Owner.Use();
            for (var attempt = 0; attempt < AttemptsMax; attempt++)
            {
                var head = await ReadAsync(key, cancellationToken);
                var outcome = version is not { } id || head.Versions.Any(kept => kept.Is(id))
                    ? await HeadChanges.ChangeAsync(
                        parts, head.Register, operation,
                        (current, _) => HeadTransition.ChangeLock(current, head.Owner, operation, version, wish, lockKey))
                    : await HistoryChanges.CommitAsync(
                        parts, head,
                        await Pages(owner.Bucket(key.Bucket), cancellationToken).WithLockAsync(head, id, wish, lockKey) ?? throw NoVersion(id));
                switch (outcome)
                {
                    case ChangeRefused { Reason: HeadChange.Locked { Lock: var held } } when await TryTimeAsync(held, lockKey, cancellationToken) is { } timed:
                        lockKey = timed;
                        break;
                    case ChangeRefused { Reason: HeadChange.HistoryMoved }: break;
                    case ChangeRefused { Reason: HeadChange.NothingToDo } when version is { } gone && head.Versions.Any(kept => kept.Is(gone) && !kept.IsDeleteMarker):
                        break;
                    default:
                        HeadChanges.ThrowUnlessDone(outcome);
                        return new RemoveResult(DfsOutcome.Done, "");
                }
            }

            throw Busy();
        },
        (outcome, detail) => new RemoveResult(outcome, detail));

    // Asked of the nodes only when something is locked, and only once: their clocks say whether its term is over.
    private async Task<LockKey?> TryTimeAsync(VersionLock held, LockKey asked, CancellationToken cancellationToken) =>
        asked.NowUnixMs == 0 && !held.IsHeld && held.Mode != LockMode.None && await parts.ClusterNow(cancellationToken) is { } now
            ? asked with { NowUnixMs = now.ToUnixTimeMilliseconds() }
            : null;

    public Task<RemoveResult> RemoveCurrentAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) =>
        FileRemoval.RunAsync(parts, _heads, key, HeadCondition.IfVersion(version));

    public Task<RemoveResult> MarkRemovedAsync(ObjectKey key, VersionId? current, CancellationToken cancellationToken) =>
        FileRemoval.MarkAsync(parts, _heads, key, current is { } version ? HeadCondition.IfVersion(version) : HeadCondition.None);

    public Task<DiffResult> DiffAsync(ObjectKey key, VersionId? from, VersionId? to, CancellationToken cancellationToken) => AnswerAsync(
        parts.Answers, async () =>
        {
            var head = await ReadAsync(key, cancellationToken);
            var newer = to is { } given
                ? await FindAsync(key, head, given, cancellationToken)
                : new FoundVersion(head.Readable ?? throw HeadReader.NotFound(), null, null);
            var older = from is { } wanted
                ? await FindAsync(key, head, wanted, cancellationToken)
                : await BeforeAsync(key, head, newer.Version.Id, cancellationToken);
            var before = await OpenAsync(key, head, older, cancellationToken);
            var after = await OpenAsync(key, head, newer, cancellationToken);
            var shared = after.Chunks.Where(chunk => before.Chunks.ContainsKey(chunk.Key)).ToList();
            return new DiffResult(
                DfsOutcome.Done,
                new VersionDiff(
                    older.Version.Id, newer.Version.Id, before.SizeBytes, after.SizeBytes, before.Chunks.Count, after.Chunks.Count, shared.Count,
                    shared.Sum(chunk => chunk.Value)),
                "");
        },
        (outcome, detail) => new DiffResult(outcome, null, detail));

    /// <summary>Opens the manifest of a version that can be read.</summary>
    /// <param name="version">Null is the current one.</param>
    /// <exception cref="TransferException">There is none, or it cannot be had.</exception>
    internal async Task<Manifest> ManifestAsync(ObjectKey key, VersionId? version, CancellationToken cancellationToken)
    {
        var head = await ReadAsync(key, cancellationToken);
        var found = version is { } id
            ? await FindAsync(key, head, id, cancellationToken)
            : new FoundVersion(head.Readable ?? throw HeadReader.NotFound(), null, null);
        return await OpenManifestAsync(key, head, found, cancellationToken);
    }

    private async Task<Head> ReadAsync(ObjectKey key, CancellationToken cancellationToken) =>
        await _heads.ReadAsync(key, cancellationToken) is { IsRemoved: false } head ? head : throw HeadReader.NotFound();

    private HeadPut Restoring(ObjectKey key, Head head, FoundVersion found, Manifest manifest, BucketSettings settings)
    {
        using var owner = parts.Owner.Use();
        var source = found.Version;
        var (bucket, id) = (owner.Bucket(key.Bucket), OwnerSession.NewVersion());
        var place = head.PlaceOf(EnvelopeKind.Manifest, id);
        using var versionKey = OwnerSession.NewVersionKey();
        // A key of its own: either of the two can be destroyed and the other one stays readable.
        var root = manifest.With(manifest.Facts with { ModifiedUnixMs = parts.Time.GetUtcNow().ToUnixTimeMilliseconds() })
            .Seal(versionKey, place, OwnerSession.Fresh());
        var rootBytes = source.RootChunk is null ? 0UL : (ulong)root.Length;
        var locks = LockRule.Of(settings);
        return new HeadPut
        {
            Cluster = head.Cluster,
            Bucket = head.Bucket,
            Register = head.Register,
            Owner = head.Owner,
            Operation = OwnerSession.NewOperation(),
            Version = HeadVersion.Of(
                id, OwnerSession.SlotOf(versionKey, bucket, place),
                new BuiltManifest(root, source.References, [], manifest.PlainBytes, source.CipherBytes - rootBytes))
                .WithLock(locks?.LockOf(null, parts.Time.GetUtcNow().ToUnixTimeMilliseconds()) ?? VersionLock.None),
            Name = head.Name,
            // Whatever the bucket says by now: who restores does not want to lose what is there.
            KeepsVersions = true,
            Retention = settings.Retention,
            Source = found.TopPage is null ? source.Id : null,
            SourcePage = found.TopPage,
        };
    }

    private async Task<(long SizeBytes, Dictionary<ChunkId, long> Chunks)> OpenAsync(
        ObjectKey key, Head head, FoundVersion version, CancellationToken cancellationToken)
    {
        var manifest = await OpenManifestAsync(key, head, version, cancellationToken);
        var chunks = new Dictionary<ChunkId, long>();
        var reader = new ManifestReader(manifest);
        while (true)
        {
            switch (reader.Next())
            {
                case ManifestStep.ReadChunk chunk:
                    chunks[chunk.Entry.Id] = chunks.GetValueOrDefault(chunk.Entry.Id) + chunk.Entry.PlainBytes;
                    break;
                case ManifestStep.FetchPage page:
                    var bytes = await _heads.FetchAsync(page.Id, cancellationToken);
                    if (!reader.TryFeed(bytes.Span))
                    {
                        throw new TransferException(DfsOutcome.Damaged, "A page of the file's manifest does not say what its parent says.");
                    }

                    RequestBudget.Current?.Worked();
                    break;
                default:
                    return ((long)manifest.PlainBytes, chunks);
            }
        }
    }

    private async Task<FoundVersion> FindAsync(ObjectKey key, Head head, VersionId id, CancellationToken cancellationToken)
    {
        await foreach (var found in AllAsync(key, head, cancellationToken))
        {
            if (found.Version.Is(id))
            {
                return !found.Version.IsDeleteMarker ? found : throw new TransferException(
                    DfsOutcome.PreconditionFailed, $"Version {id} says that the file was deleted; it has no content.");
            }
        }

        throw NoVersion(id);
    }

    private async Task<FoundVersion> BeforeAsync(ObjectKey key, Head head, VersionId version, CancellationToken cancellationToken)
    {
        var isPast = false;
        await foreach (var found in AllAsync(key, head, cancellationToken))
        {
            if (isPast && !found.Version.IsDeleteMarker)
            {
                return found;
            }

            isPast |= found.Version.Id == version;
        }

        throw new TransferException(DfsOutcome.NotFound, "not found: the file has no version before that one");
    }

    private IAsyncEnumerable<FoundVersion> AllAsync(ObjectKey key, Head head, CancellationToken cancellationToken) =>
        _versions.AllAsync(key.Bucket, head, cancellationToken);

    private Task<Manifest> OpenManifestAsync(ObjectKey key, Head head, FoundVersion found, CancellationToken cancellationToken) =>
        _versions.OpenAsync(key.Bucket, head, found, cancellationToken);

    private HistoryPages Pages(BucketKeys bucket, CancellationToken cancellationToken) => _versions.PagesOf(bucket, cancellationToken);

    private static TransferException NoVersion(VersionId id) => new(DfsOutcome.NotFound, $"not found: the file has no version {id}");

    private static TransferException Busy() => new(DfsOutcome.Busy, "Others keep changing the file; try again.");
}
