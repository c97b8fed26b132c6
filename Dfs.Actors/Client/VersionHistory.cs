using Akka.Actor;
using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Reads and changes the histories that heads carry.</summary>
/// <param name="transfers">This node's <see cref="TransferSupervisor"/>.</param>
internal sealed class VersionHistory(TransferOptions parts, IActorRef transfers) : IVersions
{
    /// <summary>How often a removal is tried again because the head has changed in between.</summary>
    private const int AttemptsMax = 8;

    private readonly HeadReader _heads = new(parts);

    public Task<VersionsResult> ListAsync(ObjectKey key, CancellationToken cancellationToken) => AnswerAsync(
        async () =>
        {
            var head = await ReadAsync(key, cancellationToken);
            var entries = new List<VersionEntry>();
            foreach (var version in head.Versions)
            {
                var manifest = await _heads.OpenAsync(key, head, version, cancellationToken);
                entries.Add(new VersionEntry(
                    version.Id, version.IsDeleteMarker, (long)manifest.PlainBytes,
                    DateTimeOffset.FromUnixTimeMilliseconds(manifest.Facts.ModifiedUnixMs), (long)version.CipherBytes));
            }

            return new VersionsResult(DfsOutcome.Done, entries, "");
        },
        (outcome, detail) => new VersionsResult(outcome, [], detail));

    public Task<OpenResult> OpenAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) => AnswerAsync(
        async () =>
        {
            var head = await ReadAsync(key, cancellationToken);
            var found = Content(head, version);
            return new OpenResult(
                DfsOutcome.Done, new OpenFile(await _heads.OpenAsync(key, head, found, cancellationToken), version, transfers), "");
        },
        OpenResult.Refused);

    public Task<PutResult> RestoreAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) => AnswerAsync(
        async () =>
        {
            var head = await ReadAsync(key, cancellationToken);
            var source = Content(head, version);
            var manifest = await _heads.OpenAsync(key, head, source, cancellationToken);
            var wish = Restoring(key, head, source, manifest);
            HeadChanges.ThrowUnlessDone(await HeadChanges.ChangeAsync(
                parts, head.Register, wish.Operation, (current, floor) => HeadTransition.Put(current, wish with { CounterFloor = floor })));
            return new PutResult(DfsOutcome.Done, (long)manifest.PlainBytes, wish.Version.Id, "");
        },
        PutResult.Refused);

    public Task<RemoveResult> RemoveAsync(ObjectKey key, VersionId version, CancellationToken cancellationToken) => AnswerAsync(
        async () =>
        {
            var operation = OwnerSession.NewOperation();
            using var owner = parts.Owner.Use();
            var register = owner.Bucket(key.Bucket).TokenOf(key);
            StoredPiece? root = null;
            for (var attempt = 0; attempt < AttemptsMax; attempt++)
            {
                var outcome = await HeadChanges.ChangeAsync(
                    parts, register, operation,
                    (current, _) => HeadTransition.RemoveVersion(current, parts.Owner.PublicKey, operation, version, root));
                if (outcome is not ChangeRefused { Reason: HeadChange.RootNeeded { Root: var wanted } })
                {
                    HeadChanges.ThrowUnlessDone(outcome);
                    return new RemoveResult(DfsOutcome.Done, "");
                }

                root = new StoredPiece(wanted, await _heads.FetchAsync(wanted, cancellationToken));
            }

            throw new TransferException(DfsOutcome.Busy, "Others keep changing the file; try again.");
        },
        (outcome, detail) => new RemoveResult(outcome, detail));

    public Task<DiffResult> DiffAsync(ObjectKey key, VersionId? from, VersionId? to, CancellationToken cancellationToken) => AnswerAsync(
        async () =>
        {
            var head = await ReadAsync(key, cancellationToken);
            var newer = to is { } given ? Content(head, given) : head.Readable ?? throw HeadReader.NotFound();
            var older = from is { } wanted ? Content(head, wanted) : Before(head, newer);
            var before = await OpenAsync(key, head, older, cancellationToken);
            var after = await OpenAsync(key, head, newer, cancellationToken);
            var shared = after.Chunks.Where(chunk => before.Chunks.ContainsKey(chunk.Key)).ToList();
            return new DiffResult(
                DfsOutcome.Done,
                new VersionDiff(
                    older.Id, newer.Id, before.SizeBytes, after.SizeBytes, before.Chunks.Count, after.Chunks.Count, shared.Count,
                    shared.Sum(chunk => chunk.Value)),
                "");
        },
        (outcome, detail) => new DiffResult(outcome, null, detail));

    private async Task<Head> ReadAsync(ObjectKey key, CancellationToken cancellationToken) =>
        await _heads.ReadAsync(key, cancellationToken) is { IsRemoved: false } head ? head : throw HeadReader.NotFound();

    private HeadPut Restoring(ObjectKey key, Head head, HeadVersion source, Manifest manifest)
    {
        using var owner = parts.Owner.Use();
        var (bucket, id) = (owner.Bucket(key.Bucket), OwnerSession.NewVersion());
        var place = head.PlaceOf(EnvelopeKind.Manifest, id);
        using var versionKey = OwnerSession.NewVersionKey();
        // A key of its own: either of the two can be destroyed and the other one stays readable.
        var root = manifest.With(manifest.Facts with { ModifiedUnixMs = parts.Time.GetUtcNow().ToUnixTimeMilliseconds() })
            .Seal(versionKey, place, OwnerSession.Fresh());
        var rootBytes = source.RootChunk is null ? 0UL : (ulong)root.Length;
        return new HeadPut
        {
            Cluster = head.Cluster,
            Bucket = head.Bucket,
            Register = head.Register,
            Owner = head.Owner,
            Operation = OwnerSession.NewOperation(),
            Version = HeadVersion.Of(
                id, OwnerSession.SlotOf(versionKey, bucket, place),
                new BuiltManifest(root, source.References, [], manifest.PlainBytes, source.CipherBytes - rootBytes)),
            Name = head.Name,
            // Whatever the bucket says by now: who restores does not want to lose what is there.
            KeepsVersions = true,
            Source = source.Id,
        };
    }

    private async Task<(long SizeBytes, Dictionary<ChunkId, long> Chunks)> OpenAsync(
        ObjectKey key, Head head, HeadVersion version, CancellationToken cancellationToken)
    {
        var manifest = await _heads.OpenAsync(key, head, version, cancellationToken);
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

                    break;
                default:
                    return ((long)manifest.PlainBytes, chunks);
            }
        }
    }

    private static HeadVersion Content(Head head, VersionId id) => head.Versions.FirstOrDefault(version => version.Id == id) switch
    {
        null => throw new TransferException(DfsOutcome.NotFound, $"not found: the file has no version {id}"),
        { IsDeleteMarker: true } => throw new TransferException(
            DfsOutcome.PreconditionFailed, $"Version {id} says that the file was deleted; it has no content."),
        var found => found,
    };

    private static HeadVersion Before(Head head, HeadVersion version) =>
        head.Versions.SkipWhile(kept => kept.Id != version.Id).Skip(1).FirstOrDefault(kept => !kept.IsDeleteMarker)
        ?? throw new TransferException(DfsOutcome.NotFound, "not found: the file has no version before that one");

    private static async Task<T> AnswerAsync<T>(Func<Task<T>> act, Func<DfsOutcome, string, T> refuse)
    {
        try
        {
            return await act();
        }
        catch (TransferException error)
        {
            return refuse(error.Outcome, error.Message);
        }
    }
}
