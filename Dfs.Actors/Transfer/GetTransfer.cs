using System.Buffers;
using System.IO.Pipelines;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Util;
using Dfs.Actors.Client;
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
/// can does the transfer stop, and then the client is told that what it has is not all. A slow client holds no memory that others wait for:
/// the stream ends with all that it has fetched, and what the client has not got is fetched anew when it takes more, in steps of
/// <see cref="StepBytes"/>.
/// </remarks>
internal sealed class GetTransfer(
    TransferOptions options, StartGet get, IMaterializer materializer, CancellationToken cancelled)
{
    private const int PieceBytes = 256 * 1024;
    private const int DecodedPieceBytes = 64 * 1024;

    /// <summary>1 MiB, in leaves of a chunk: what a slow client has in memory at most when others wait for it.</summary>
    private const int StepBytes = 1024 * 1024;

    /// <summary>A second for a piece: less than 256 KiB/s.</summary>
    private static readonly TimeSpan SlowAfter = TimeSpan.FromSeconds(1);

    private readonly ChunkSpans _spans = new(Spans.Current);
    private long _givenBytes, _writtenBytes;
    private bool _isSlow;

    public long WrittenBytes => Interlocked.Read(ref _writtenBytes);

    public async Task<TransferEnd> RunAsync()
    {
        do
        {
            var left = get.CountBytes - _givenBytes;
            var countBytes = _isSlow ? Math.Min(left, StepBytes) : left;
            _isSlow = false;
            try
            {
                await RunStreamAsync(new Part(get.OffsetBytes + _givenBytes, countBytes)).ConfigureAwait(false);
            }
            catch (SlowClientException slow)
            {
                await slow.Taken.ConfigureAwait(false);
                _isSlow = true;
            }
        }
        while (_givenBytes < get.CountBytes);
        return new TransferEnd(DfsOutcome.Done, WrittenBytes, "");
    }

    private async Task RunStreamAsync(Part wanted)
    {
        var memory = new TransferMemory(options.Buffers);
        await using (memory.ConfigureAwait(false))
        {
            var reader = new ManifestReader(get.Manifest, (ulong)wanted.OffsetBytes, (ulong)wanted.CountBytes);
            var kill = KillSwitches.Shared("get");
            using var registration = cancelled.Register(() => kill.Abort(new OperationCanceledException(cancelled)));
            await Source.UnfoldAsync(reader, NextChunkAsync)
                .Via(kill.Flow<ManifestStep.ReadChunk>())
                .SelectAsync(options.ChunksInFlight, chunk => FetchAsync(memory, wanted, chunk))
                .Async()
                .Via(new OpenStage())
                .SelectAsync(1, chunk => WriteAsync(memory, chunk))
                .RunWith(Sink.Ignore<FetchedChunk>(), materializer).ConfigureAwait(false);
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
        using var budget = RequestBudget.Enter(get.Budget);
        using var bytes = await options.Chunks.FetchAsync(page.Id, cancelled).ConfigureAwait(false);
        if (!reader.TryFeed(bytes.Memory.Span))
        {
            throw new TransferException(DfsOutcome.Damaged, "A page of the file's manifest does not say what its parent says.");
        }
    }

    private async Task<FetchedChunk> FetchAsync(TransferMemory memory, Part wanted, ManifestStep.ReadChunk chunk)
    {
        using var span = Spans.Begin("chunk read", _spans.Next());
        using var budget = RequestBudget.Enter(get.Budget);
        span?.SetTag("dfs.bytes", (int)chunk.Entry.CipherBytes);
        var skipBytes = (int)Math.Max(0, wanted.OffsetBytes - (long)chunk.PlainOffset);
        var endBytes = (int)Math.Min(chunk.Entry.PlainBytes, wanted.EndBytes - (long)chunk.PlainOffset);
        // The entry keeps its key until all of it is written: it may have to be fetched once more.
        var entry = chunk.Entry with { Key = new ChunkKey(chunk.Entry.Key.Span) };
        var fetched = await TryFetchLeavesAsync(memory, entry, skipBytes, endBytes - skipBytes).ConfigureAwait(false)
            ?? await FetchWholeAsync(memory, entry, skipBytes, endBytes - skipBytes).ConfigureAwait(false);
        var isAll = (long)chunk.PlainOffset + endBytes == Math.Min((long)chunk.PlainOffset + chunk.Entry.PlainBytes, get.OffsetBytes + get.CountBytes);
        return fetched with { EntryKey = isAll ? chunk.Entry.Key : null };
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
        var bytes = await options.Chunks.FetchAsync(entry.Id, memory.Ended, sizeBytes: (int)entry.CipherBytes).ConfigureAwait(false);
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
        chunk.EntryKey?.Dispose();
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
            await FlushAsync(wanted).ConfigureAwait(false);
        }
    }

    // In pieces, because the server copies what it is given at once: a whole chunk would cost it a chunk of its own.
    private async Task WritePiecesAsync(ReadOnlyMemory<byte> content)
    {
        while (!content.IsEmpty)
        {
            var count = Math.Min(content.Length, PieceBytes);
            get.Target.Write(content.Span[..count]);
            content = content[count..];
            await FlushAsync(count).ConfigureAwait(false);
        }
    }

    /// <param name="count">Bytes that the pipe was given since the last flush; from here on it has them, and no memory of the transfer.</param>
    private async Task FlushAsync(int count)
    {
        _givenBytes += count;
        get.Budget?.AwaitClient();
        var taking = TakeAsync(get.Target.FlushAsync(cancelled), count);
        while (!taking.IsCompleted)
        {
            await taking.WaitAsync(SlowAfter, options.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _isSlow |= !taking.IsCompleted;
            if (!taking.IsCompleted && options.Chunks.IsReadMemoryShort)
            {
                throw new SlowClientException(taking);
            }
        }

        await taking.ConfigureAwait(false);
    }

    private async Task TakeAsync(ValueTask<FlushResult> flushing, int count)
    {
        var flushed = await flushing.ConfigureAwait(false);
        if (flushed.IsCompleted || flushed.IsCanceled)
        {
            throw new OperationCanceledException("The client is gone.");
        }

        get.Budget?.Moved();
        Interlocked.Add(ref _writtenBytes, count);
    }

    /// <summary>Of the file.</summary>
    private readonly record struct Part(long OffsetBytes, long CountBytes)
    {
        public long EndBytes => OffsetBytes + CountBytes;
    }

    /// <param name="taken">Ends when the client has taken what the pipe was given.</param>
    private sealed class SlowClientException(Task taken) : Exception("The client takes long, and others wait for memory.")
    {
        public Task Taken => taken;
    }
}
