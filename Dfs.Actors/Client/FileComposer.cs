using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using static Dfs.Actors.Client.Answers;

namespace Dfs.Actors.Client;

/// <summary>Makes files whose manifests refer to chunks that other files brought.</summary>
internal sealed class FileComposer(TransferOptions options, VersionHistory history) : ICompositions
{
    /// <summary>How often a change of tags is tried again because the head has changed in between.</summary>
    private const int AttemptsMax = 8;

    private readonly HeadReader _heads = new(options);

    public Task<PutResult> PutAsync(
        ObjectKey key, IReadOnlyList<FilePart> parts, PutOptions put, CancellationToken cancellationToken) => AnswerAsync(
        options.Answers, async () =>
        {
            var cluster = options.Layout()?.Cluster
                ?? throw new TransferException(DfsOutcome.NotReady, "The cluster has no layout yet; try again.");
            using var owner = options.Owner.Use();
            var (bucket, content, version) = (owner.Bucket(key.Bucket), owner.Bucket(key.ContentBucket), OwnerSession.NewVersion());
            var settings = await options.Buckets.SettingsOfAsync(key);
            var place = new EnvelopeContext(EnvelopeKind.Manifest, cluster, bucket.Id, bucket.TokenOf(key), version);
            using var versionKey = OwnerSession.NewVersionKey();
            var facts = put.FactsNow(options.Time.GetUtcNow());
            var built = new Composition(options, settings.IsDeduplicated ? content.Dedup : null);
            foreach (var part in parts)
            {
                await AppendAsync(built, await history.ManifestAsync(part.Key, part.Version, cancellationToken), cancellationToken);
                RequestBudget.Current?.Worked();
            }

            var manifest = await built.FinishAsync(facts, versionKey, place);
            var isThis = await new VersionPut(options, owner, key, put).RunAsync(place, versionKey, manifest, pinned: null);
            return new PutResult(DfsOutcome.Done, (long)manifest.PlainBytes, isThis ? version : default, "") { WasMadeBefore = !isThis };
        },
        PutResult.Refused);

    public Task<RemoveResult> ChangeFactsAsync(
        ObjectKey key, VersionId? version, Func<FileFacts, FileFacts> change, CancellationToken cancellationToken) => AnswerAsync(
        options.Answers, async () =>
        {
            var operation = OwnerSession.NewOperation();
            for (var attempt = 0; attempt < AttemptsMax; attempt++)
            {
                var head = await _heads.ReadAsync(key, cancellationToken) is { IsRemoved: false } found ? found : throw HeadReader.NotFound();
                var tagged = Tagged(version, head);
                var (before, root) = (await _heads.RootAsync(tagged, cancellationToken), ByteString.Empty);
                using (var owner = options.Owner.Use())
                {
                    using var versionKey = OpenHeads.VersionKey(head, tagged, owner.WrapsOf(head.Bucket));
                    var manifest = OpenHeads.Manifest(head, tagged.Id, versionKey, before.Span);
                    root = manifest.With(change(manifest.Facts) with { ModifiedUnixMs = manifest.Facts.ModifiedUnixMs })
                        .Seal(versionKey, head.PlaceOf(EnvelopeKind.Manifest, tagged.Id), OwnerSession.Fresh());
                }

                // Only upon the head that was read: other tags may have been set since, and two changes must not be mixed.
                var outcome = await HeadChanges.ChangeAsync(options, head.Register, operation, (current, _) =>
                    current is null || (HeadCodec.HashOf(current) != HeadCodec.HashOf(head) && !current.Operations.Contains(operation))
                        ? new HeadChange.HistoryMoved()
                        : HeadTransition.ReplaceVersion(current, head.Owner, operation, WithRoot(tagged, before, root)));
                if (outcome is not ChangeRefused { Reason: HeadChange.HistoryMoved })
                {
                    HeadChanges.ThrowUnlessDone(outcome);
                    return new RemoveResult(DfsOutcome.Done, "");
                }
            }

            throw new TransferException(DfsOutcome.Busy, "Others keep changing the file; try again.");
        },
        (outcome, detail) => new RemoveResult(outcome, detail));

    private static HeadVersion Tagged(VersionId? version, Head head) => version is not { } id
        ? head.Readable ?? throw HeadReader.NotFound()
        : head.Versions.FirstOrDefault(kept => kept.Is(id)) switch
        {
            { IsDeleteMarker: true } => throw new TransferException(
                DfsOutcome.PreconditionFailed, $"Version {id} says that the file was deleted; it has no tags."),
            { } found => found,
            null => throw new TransferException(
                DfsOutcome.NotFound, $"not found: the file has no version {id}, or one so old that its tags cannot be changed"),
        };

    private static HeadVersion WithRoot(HeadVersion version, ReadOnlyMemory<byte> before, ByteString root) =>
        (version.RootChunk is null ? version : version.Unspill(new ByteString(before.Span))).WithRoot(root);

    private async Task AppendAsync(Composition built, Manifest part, CancellationToken cancellationToken)
    {
        if (part.Content is { } small)
        {
            await built.AppendAsync(small.Memory);
            return;
        }

        var reader = new ManifestReader(part);
        while (true)
        {
            switch (reader.Next())
            {
                case ManifestStep.ReadChunk chunk: await built.AppendAsync(chunk.Entry); break;
                case ManifestStep.FetchPage page when !reader.TryFeed((await _heads.FetchAsync(page.Id, cancellationToken)).Span):
                    throw new TransferException(DfsOutcome.Damaged, "A page of a part's manifest does not say what its parent says.");
                case ManifestStep.FetchPage: RequestBudget.Current?.Worked(); break;
                default: return;
            }
        }
    }

    /// <summary>The manifest of the new file while it grows; holds at most 8 KiB of content that no chunk has.</summary>
    private sealed class Composition(TransferOptions options, DedupSecret? dedup)
    {
        private readonly ManifestBuilder _builder = new(dedup, OwnerSession.Fresh);
        private readonly List<byte> _small = [];

        public async Task AppendAsync(ReadOnlyMemory<byte> content)
        {
            if (_small.Count + content.Length > Manifest.InlineBytesMax)
            {
                await SealSmallAsync();
            }

            _small.AddRange(content.Span);
        }

        public async Task AppendAsync(ChunkEntry entry)
        {
            await SealSmallAsync();
            await HeadChanges.PlaceAsync(options, _builder.Append(entry));
        }

        public async Task<BuiltManifest> FinishAsync(FileFacts facts, VersionKey key, EnvelopeContext place)
        {
            if (_builder.PlainBytes == 0)
            {
                return ManifestBuilder.OfContent(facts, [.. _small], key, place, OwnerSession.Fresh());
            }

            await SealSmallAsync();
            var manifest = _builder.Finish(facts, key, place);
            await HeadChanges.PlaceAsync(options, manifest.Pieces);
            return manifest;
        }

        // A small part has its content in its manifest, a large file all of it in chunks.
        private async Task SealSmallAsync()
        {
            if (_small.Count == 0)
            {
                return;
            }

            var bytes = _small.ToArray();
            _small.Clear();
            var chunk = dedup is null ? ChunkSeal.Seal(bytes, OwnerSession.Fresh()) : ChunkSeal.Seal(bytes, dedup);
            await HeadChanges.PlaceAsync(options, [new StoredPiece(chunk.Id, bytes)]);
            await HeadChanges.PlaceAsync(
                options, _builder.Append(new ChunkEntry(chunk.Id, chunk.Key, ChunkCodec.None, (uint)bytes.Length, (uint)bytes.Length)));
        }
    }
}
