using System.IO.Pipelines;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;
using Dfs.Actors.Tracing;
using Dfs.Client;
using Dfs.Core.Chunking;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using static Dfs.Actors.Transfer.TransferProtocol;

namespace Dfs.Actors.Transfer;

/// <summary>Reads one file, or a part of it: pages → chunks, verified → opened → client.</summary>
/// <remarks>
/// Several chunks ahead, in order. A chunk that one replica cannot give intact is asked of the next; only when none
/// can does the transfer stop, and then the client is told that what it has is not all.
/// </remarks>
internal sealed class GetTransfer(
    TransferOptions options, StartGet get, IMaterializer materializer, CancellationToken cancelled)
{
    private const int PieceBytes = 256 * 1024;
    private const int DecodedPieceBytes = 64 * 1024;

    private readonly ChunkSpans _spans = new(Spans.Current);
    private long _writtenBytes;

    public long WrittenBytes => Interlocked.Read(ref _writtenBytes);

    public async Task<TransferEnd> RunAsync()
    {
        var memory = new TransferMemory(options.Buffers);
        await using (memory.ConfigureAwait(false))
        {
            var reader = new ManifestReader(get.Manifest, (ulong)get.OffsetBytes, (ulong)get.CountBytes);
            var kill = KillSwitches.Shared("get");
            using var registration = cancelled.Register(() => kill.Abort(new OperationCanceledException(cancelled)));
            await Source.UnfoldAsync(reader, NextChunkAsync)
                .Via(kill.Flow<ManifestStep.ReadChunk>())
                .SelectAsync(options.ChunksInFlight, chunk => FetchAsync(memory, chunk))
                .Async()
                .Via(new OpenStage())
                .SelectAsync(1, chunk => WriteAsync(memory, chunk))
                .RunWith(Sink.Ignore<FetchedChunk>(), materializer).ConfigureAwait(false);
            return new TransferEnd(DfsOutcome.Done, WrittenBytes, "");
        }
    }

    private async Task<Option<(ManifestReader, ManifestStep.ReadChunk)>> NextChunkAsync(ManifestReader reader)
    {
        while (true)
        {
            switch (reader.Next())
            {
                case ManifestStep.ReadChunk chunk: return (reader, chunk);
                case ManifestStep.FetchPage page: await FeedAsync(reader, page).ConfigureAwait(false); break;
                default: return Option<(ManifestReader, ManifestStep.ReadChunk)>.None;
            }
        }
    }

    private async Task FeedAsync(ManifestReader reader, ManifestStep.FetchPage page)
    {
        using var bytes = await options.Chunks.FetchAsync(page.Id, cancelled).ConfigureAwait(false);
        if (!reader.TryFeed(bytes.Memory.Span))
        {
            throw new TransferException(DfsOutcome.Damaged, "A page of the file's manifest does not say what its parent says.");
        }
    }

    private async Task<FetchedChunk> FetchAsync(TransferMemory memory, ManifestStep.ReadChunk chunk)
    {
        using var span = Spans.Begin("chunk read", _spans.Next());
        span?.SetTag("dfs.bytes", (int)chunk.Entry.CipherBytes);
        var skipBytes = (int)Math.Max(0, get.OffsetBytes - (long)chunk.PlainOffset);
        var endBytes = (int)Math.Min(chunk.Entry.PlainBytes, get.OffsetBytes + get.CountBytes - (long)chunk.PlainOffset);
        return await TryFetchLeavesAsync(memory, chunk.Entry, skipBytes, endBytes - skipBytes).ConfigureAwait(false)
            ?? await FetchWholeAsync(memory, chunk.Entry, skipBytes, endBytes - skipBytes).ConfigureAwait(false);
    }

    // Only where it spares some of the chunk, and a part can be read by itself; null also when no replica can do it.
    private async Task<FetchedChunk?> TryFetchLeavesAsync(TransferMemory memory, ChunkEntry entry, int skipBytes, int takeBytes)
    {
        var chunkBytes = (int)entry.CipherBytes;
        var (first, count) = ChunkTree.LeavesOf(skipBytes, takeBytes);
        if (entry.Codec != ChunkCodec.None || count == ChunkTree.LeavesOf(chunkBytes))
        {
            return null;
        }

        var leaves = await options.Chunks.FetchLeavesAsync(entry.Id, chunkBytes, first, count, memory.Ended).ConfigureAwait(false);
        if (leaves is null)
        {
            return null;
        }

        memory.Adopt(leaves);
        var offset = first * ChunkTree.LeafBytes;
        return new FetchedChunk(leaves, entry.Key, skipBytes - offset, takeBytes, offset);
    }

    private async Task<FetchedChunk> FetchWholeAsync(TransferMemory memory, ChunkEntry entry, int skipBytes, int takeBytes)
    {
        var bytes = await options.Chunks.FetchAsync(entry.Id, memory.Ended).ConfigureAwait(false);
        memory.Adopt(bytes);
        if (bytes.Memory.Length != entry.CipherBytes)
        {
            throw new TransferException(DfsOutcome.Damaged, "A chunk has another length than the manifest says.");
        }

        return entry.Codec == ChunkCodec.None
            ? new FetchedChunk(bytes, entry.Key, skipBytes, takeBytes)
            : new FetchedChunk(bytes, entry.Key, 0, bytes.Memory.Length) { Compressed = new CompressedPart((int)entry.PlainBytes, skipBytes, takeBytes) };
    }

    private async Task<FetchedChunk> WriteAsync(TransferMemory memory, FetchedChunk chunk)
    {
        var content = chunk.Memory.Memory.Slice(chunk.SkipBytes, chunk.TakeBytes);
        var writing = chunk.Compressed is { } part ? WriteDecodedAsync(content, part) : WritePiecesAsync(content);
        memory.Track(writing);
        await writing.ConfigureAwait(false);
        memory.Return(chunk.Memory);
        return chunk;
    }

    // Into the pipe's own memory: a chunk takes no second place here.
    private async Task WriteDecodedAsync(ReadOnlyMemory<byte> compressed, CompressedPart part)
    {
        using var decoder = new ChunkDecoder(compressed, part.PlainBytes);
        var (skip, left) = (part.SkipBytes, part.TakeBytes);
        while (left > 0)
        {
            var target = get.Target.GetMemory(DecodedPieceBytes);
            var count = decoder.Read(target.Span);
            if (count == 0)
            {
                throw new TransferException(DfsOutcome.Damaged, "A compressed chunk is not what the manifest says.");
            }

            var dropped = Math.Min(skip, count);
            var wanted = Math.Min(count - dropped, left);
            target.Span.Slice(dropped, wanted).CopyTo(target.Span);
            get.Target.Advance(wanted);
            (skip, left) = (skip - dropped, left - wanted);
            await FlushedAsync(get.Target.FlushAsync(cancelled), wanted).ConfigureAwait(false);
        }
    }

    private async Task FlushedAsync(ValueTask<FlushResult> flushing, int count)
    {
        var flushed = await flushing.ConfigureAwait(false);
        if (flushed.IsCompleted || flushed.IsCanceled)
        {
            throw new OperationCanceledException("The client is gone.");
        }

        Interlocked.Add(ref _writtenBytes, count);
    }

    // In pieces, because the server copies what it is given at once: a whole chunk would cost it a chunk of its own.
    private async Task WritePiecesAsync(ReadOnlyMemory<byte> content)
    {
        while (!content.IsEmpty)
        {
            var piece = content[..Math.Min(content.Length, PieceBytes)];
            await FlushedAsync(get.Target.WriteAsync(piece, cancelled), piece.Length).ConfigureAwait(false);
            content = content[piece.Length..];
        }
    }
}
