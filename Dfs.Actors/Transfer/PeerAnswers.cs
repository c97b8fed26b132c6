using System.Collections.Immutable;
using System.Net;
using Dfs.Actors.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;

namespace Dfs.Actors.Transfer;

/// <summary>Reads what a peer answers: never more than such an answer may have, and nothing is believed that can be checked.</summary>
internal static class PeerAnswers
{
    /// <summary>64 bytes: answers that are a few numbers.</summary>
    private const int SmallBytesMax = 64;

    /// <summary>What an answer means that is none of those that the call expects.</summary>
    public static PeerOutcome RefusalOf(HttpResponseMessage response)
    {
        if (response.StatusCode == HttpStatusCode.Conflict
            && HeaderOf(response, PeerProtocol.LayoutHeader) is { } layout
            && PeerProtocol.ParseNumber(layout) is { } number)
        {
            return new PeerOutcome.StaleLayout(new LayoutNumber(number));
        }

        return Enum.TryParse<PeerRefusal>(HeaderOf(response, PeerProtocol.RefusalHeader), out var refusal)
            ? new PeerOutcome.Refused(refusal)
            : new PeerOutcome.Refused(PeerRefusal.Malformed);
    }

    /// <summary>Answered with <see cref="PeerOutcome.Found"/>, checked against its name, or <see cref="PeerOutcome.Corrupt"/>.</summary>
    public static async Task<PeerOutcome> ChunkAsync(HttpResponseMessage response, ChunkId id, BufferPool buffers, ProgressWatch watch)
    {
        if (SizeOf(response, PeerProtocol.ChunkSizeBytesMax) is not { } sizeBytes)
        {
            return PeerOutcome.Corrupt.Instance;
        }

        var memory = await buffers.RentAsync(sizeBytes, watch.Token);
        try
        {
            var hasher = new LeafHasher(sizeBytes);
            await FillAsync(response, memory.Memory, watch, hasher);
            var leaves = hasher.Finish(memory.Memory.Span);
            if (leaves.Id != id)
            {
                return PeerOutcome.Corrupt.Instance;
            }

            var found = new PeerOutcome.Found(new ChunkLease(id, memory) { Leaves = leaves, Pin = PinOf(response) });
            memory = null;
            return found;
        }
        finally
        {
            memory?.Dispose();
        }
    }

    /// <summary>Whether the peer has shown that it holds these bytes: <see cref="PeerProtocol.Prove"/>.</summary>
    public static async Task<bool> IsProvedAsync(HttpResponseMessage response, Bytes32 nonce, ReadOnlyMemory<byte> ciphertext, ProgressWatch watch)
    {
        if (SizeOf(response, Bytes32.SizeBytes) is not Bytes32.SizeBytes)
        {
            return false;
        }

        var (proof, expected) = (new byte[Bytes32.SizeBytes], new byte[Bytes32.SizeBytes]);
        await FillAsync(response, proof, watch, null);
        PeerProtocol.Prove(nonce, ciphertext.Span, expected);
        return proof.AsSpan().SequenceEqual(expected);
    }

    /// <inheritdoc cref="PageAsync"/>
    public static async Task<PeerOutcome?> IdsAsync(
        HttpResponseMessage response,
        ProgressWatch watch,
        Func<HttpResponseMessage, ImmutableArray<ChunkId>, PeerOutcome> outcomeOf)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return null;
        }

        if (SizeOf(response, PeerProtocol.IdsPerPageMax * Bytes32.SizeBytes) is not { } sizeBytes)
        {
            return PeerOutcome.Corrupt.Instance;
        }

        var bytes = new byte[sizeBytes];
        await FillAsync(response, bytes, watch, null);
        return PeerProtocol.DecodeIds(bytes) is { } ids ? outcomeOf(response, [.. ids]) : PeerOutcome.Corrupt.Instance;
    }

    public static Bytes16? FeedOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(PeerProtocol.FeedHeader, out var values) ? PeerProtocol.ParseFeed(values.First()) : null;

    /// <returns>Null for another status than 200; <see cref="PeerOutcome.Corrupt"/> where <paramref name="outcomeOf"/> cannot read it.</returns>
    public static async Task<PeerOutcome?> PageAsync(
        HttpResponseMessage response, ProgressWatch watch, Func<byte[], PeerOutcome?> outcomeOf, int sizeBytesMax = RowPages.EncodedBytesMax)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            return null;
        }

        if (SizeOf(response, sizeBytesMax) is not { } sizeBytes)
        {
            return PeerOutcome.Corrupt.Instance;
        }

        var bytes = new byte[sizeBytes];
        await FillAsync(response, bytes, watch, null);
        return outcomeOf(bytes) ?? PeerOutcome.Corrupt.Instance;
    }

    public static Task<PeerOutcome?> SmallAsync(
        HttpResponseMessage response, ProgressWatch watch, Func<byte[], PeerOutcome?> outcomeOf) =>
        PageAsync(response, watch, outcomeOf, SmallBytesMax);

    public static Task<PeerOutcome?> BytesAsync(HttpResponseMessage response, int sizeBytesMax, ProgressWatch watch) =>
        PageAsync(response, watch, static bytes => new PeerOutcome.Answered(bytes), sizeBytesMax);

    /// <exception cref="IOException">The peer sent less.</exception>
    public static async Task FillAsync(Stream stream, Memory<byte> target, ProgressWatch watch, LeafHasher? hasher)
    {
        var done = 0;
        while (done < target.Length)
        {
            var count = await stream.ReadAsync(target[done..], watch.Token);
            if (count == 0)
            {
                throw new IOException($"The peer sent {done} of {target.Length} bytes.");
            }

            watch.Progress(count);
            done += count;
            hasher?.Advance(target.Span[..done]);
        }
    }

    private static Epoch PinOf(HttpResponseMessage response) =>
        HeaderOf(response, PeerProtocol.PinHeader) is { } text && PeerProtocol.ParseNumber(text) is { } pin ? new Epoch(pin) : default;

    private static string? HeaderOf(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First() : null;

    /// <returns>Null when the peer names no size, or one beyond what such an answer may have.</returns>
    private static int? SizeOf(HttpResponseMessage response, int sizeBytesMax) =>
        response.Content.Headers.ContentLength is { } sizeBytes && sizeBytes <= sizeBytesMax ? (int)sizeBytes : null;

    private static async Task FillAsync(
        HttpResponseMessage response, Memory<byte> target, ProgressWatch watch, LeafHasher? hasher)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(watch.Token);
        await FillAsync(stream, target, watch, hasher);
    }
}
