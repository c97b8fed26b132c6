using System.Buffers;
using Akka.Streams;
using Akka.Streams.Dsl;
using Dfs.Actors.Client;
using Dfs.Actors.Tracing;
using Dfs.Client;
using Dfs.Core.Chunking;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using static Dfs.Actors.Transfer.TransferProtocol;

namespace Dfs.Actors.Transfer;

/// <summary>Stores one file: source → cut → (check →) seal → place → manifest → head.</summary>
/// <remarks>
/// Nothing refers to a chunk before the head does, and the head is changed last, in one step: a reader sees the old
/// file or the new one. Up to <see cref="Manifest.InlineBytesMax"/> the content stands in the head itself and no
/// stream is run.
/// </remarks>
internal sealed class PutTransfer(
    TransferOptions options, UnlockedOwner owner, StartPut put, Func<Task<IMaterializer>> materializerAsync, CancellationToken cancelled)
{
    private readonly BucketKeys _bucket = owner.Bucket(put.Key.Bucket);
    private readonly BucketKeys _content = owner.Bucket(put.Key.ContentBucket);
    private readonly ChunkSpans _spans = new(Spans.Current);
    private readonly VersionId _version = OwnerSession.NewVersion();
    private long _foundBytes;
    private volatile bool _hasProposed;

    /// <summary>The head may have been changed, whatever becomes of the transfer.</summary>
    public bool HasProposed => _hasProposed;

    public async Task<PutResult> RunAsync()
    {
        var layout = options.Layout() ?? throw new TransferException(DfsOutcome.NotReady, "The cluster has no layout yet; try again.");
        var place = new EnvelopeContext(
            EnvelopeKind.Manifest, layout.Cluster, _bucket.Id, _bucket.TokenOf(put.Key), _version);
        var settings = await options.Buckets.SettingsOfAsync(put.Key).ConfigureAwait(false);
        using var key = OwnerSession.NewVersionKey();
        var pinned = options.Chunks.Epoch;
        var manifest = await StoreContentAsync(settings, key, place).ConfigureAwait(false);
        _hasProposed = true;
        var isThis = await new VersionPut(options, owner, put.Key, put.Options).RunAsync(place, key, manifest, pinned).ConfigureAwait(false);
        return new PutResult(DfsOutcome.Done, (long)manifest.PlainBytes, isThis ? _version : default, "")
        {
            FoundBytes = Interlocked.Read(ref _foundBytes),
            WasMadeBefore = !isThis,
        };
    }

    private async Task<BuiltManifest> StoreContentAsync(BucketSettings settings, VersionKey key, EnvelopeContext place)
    {
        var memory = new TransferMemory(options.Buffers);
        await using (memory.ConfigureAwait(false))
        {
            if (await TryInlineAsync(key, place).ConfigureAwait(false) is { } inlined)
            {
                return inlined;
            }

            var dedup = settings.IsDeduplicated ? _content.Dedup : null;
            var builder = new ManifestBuilder(dedup, OwnerSession.Fresh);
            await RunStreamAsync(memory, settings, dedup, builder).ConfigureAwait(false);
            var manifest = builder.Finish(Facts(), key, place);
            await PlacePiecesAsync(memory, manifest.Pieces).ConfigureAwait(false);
            return manifest;
        }
    }

    private async Task<BuiltManifest?> TryInlineAsync(VersionKey key, EnvelopeContext place)
    {
        try
        {
            var first = await put.Content.ReadAtLeastAsync(Manifest.InlineBytesMax + 1, cancelled).ConfigureAwait(false);
            if (!first.IsCompleted || first.Buffer.Length > Manifest.InlineBytesMax)
            {
                // Looked at, not taken: the stream reads it again at once.
                put.Content.AdvanceTo(first.Buffer.Start, first.Buffer.Start);
                return null;
            }

            SourceFailedException.ThrowUnlessWhole(first.Buffer.Length, put.Options.SizeBytes);
            var content = first.Buffer.ToArray();
            put.Options.Check?.Append(content);
            put.Options.Check?.End();
            var manifest = ManifestBuilder.OfContent(Facts(), content, key, place, OwnerSession.Fresh());
            // Taken before the end is declared: else the client's connection would find it before its next request.
            put.Content.AdvanceTo(first.Buffer.End);
            await put.Content.CompleteAsync().ConfigureAwait(false);
            return manifest;
        }
        catch (Exception error) when (error is IOException and not SourceFailedException or InvalidOperationException)
        {
            throw new SourceFailedException(error.Message);
        }
    }

    // The boundary before sealing gives it a thread of its own, beside reading and sending; so does the one before it to a check.
    private async Task RunStreamAsync(TransferMemory memory, BucketSettings settings, DedupSecret? dedup, ManifestBuilder builder)
    {
        using var resume = put.Options.IsResumed && dedup is null ? await ResumeAsync().ConfigureAwait(false) : null;
        var trace = Spans.Current;
        var materializer = await materializerAsync().ConfigureAwait(false);
        var kill = KillSwitches.Shared("put");
        using var registration = cancelled.Register(() => kill.Abort(new OperationCanceledException(cancelled)));
        var chunks = Source.FromGraph(new PipeSource(put.Content, put.Options.SizeBytes))
            .Via(new CutStage(() => new ContentCutter(_content.Cutting, settings.Profile), memory.RentAsync))
            .Via(kill.Flow<PlainChunk>())
            .Async();
        await (put.Options.Check is { } check ? chunks.Via(new CheckStage(check)).Async() : chunks)
            .Via(new SealStage(dedup, OwnerSession.Fresh, settings.IsCompressed, resume, trace))
            .SelectAsync(options.ChunksInFlight, chunk => PlaceAsync(memory, chunk))
            .SelectAsync(1, entry => AppendAsync(memory, builder, entry))
            .RunWith(Sink.Ignore<ChunkEntry>(), materializer).ConfigureAwait(false);
    }

    // Where equal content is kept apart, an attempt finds again what another one to replace the same version has stored, and nothing else.
    private async Task<ResumeSecret> ResumeAsync()
    {
        var replaced = await new HeadReader(options).ReadBaseAsync(put.Key, cancelled).ConfigureAwait(false);
        return _content.ResumeOf(_bucket.TokenOf(put.Key), replaced.Version, replaced.Counter);
    }

    private async Task<ChunkEntry> PlaceAsync(TransferMemory memory, SealedContent chunk)
    {
        using var span = Spans.Begin("chunk place", _spans.Next());
        using var budget = RequestBudget.Enter(put.Budget);
        span?.SetTag("dfs.bytes", chunk.CipherBytes);
        var bytes = chunk.Memory.Memory[..chunk.CipherBytes];
        var wasThere = await options.Chunks.PlaceAsync(
            chunk.Seal.Id, bytes, chunk.Seal.Leaves, memory, () => memory.Return(chunk.Memory), put.Options.IsResumed).ConfigureAwait(false);
        put.Budget?.Stored();
        Interlocked.Add(ref _foundBytes, wasThere ? chunk.PlainBytes : 0);
        var codec = chunk.CipherBytes < chunk.PlainBytes ? ChunkCodec.Brotli : ChunkCodec.None;
        return new ChunkEntry(chunk.Seal.Id, chunk.Seal.Key, codec, (uint)chunk.PlainBytes, (uint)chunk.CipherBytes);
    }

    private async Task<ChunkEntry> AppendAsync(TransferMemory memory, ManifestBuilder builder, ChunkEntry entry)
    {
        using var budget = RequestBudget.Enter(put.Budget);
        await PlacePiecesAsync(memory, builder.Append(entry)).ConfigureAwait(false);
        return entry;
    }

    private async Task PlacePiecesAsync(TransferMemory memory, IReadOnlyList<StoredPiece> pieces)
    {
        foreach (var piece in pieces)
        {
            await options.Chunks.PlaceAsync(piece.Id, piece.Bytes, null, memory, static () => { }).ConfigureAwait(false);
        }
    }

    private FileFacts Facts() => put.Options.FactsNow(options.Time.GetUtcNow());
}
