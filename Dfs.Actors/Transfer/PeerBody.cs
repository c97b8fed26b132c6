using System.Buffers;
using Dfs.Core.Crypto;
using Microsoft.AspNetCore.Http;

namespace Dfs.Actors.Transfer;

/// <summary>The body of a request in pooled memory.</summary>
/// <param name="leaves">Where the body is a chunk, computed while its bytes came in.</param>
internal sealed class PeerBody(IMemoryOwner<byte> memory, LeafHashes? leaves) : IDisposable
{
    public ReadOnlyMemory<byte> Bytes => memory.Memory;

    public LeafHashes? Leaves => leaves;

    /// <param name="sizeBytesMax">What this request may carry.</param>
    /// <param name="isChunk">Its leaves are to be hashed.</param>
    /// <returns>The body, or why there is none. A sender that breaks off throws what Kestrel throws.</returns>
    public static async Task<(PeerBody? Body, PeerRefusal Refusal)> ReceiveAsync(
        HttpContext context, int sizeBytesMax, PeerEndpointOptions options, bool isChunk = false)
    {
        if (context.Request.ContentLength is not { } sizeBytes)
        {
            return (null, PeerRefusal.Malformed);
        }

        if (sizeBytes > sizeBytesMax)
        {
            return (null, PeerRefusal.TooLarge);
        }

        using var watch = new ProgressWatch(options.IdleMax, options.BodyMax, context.RequestAborted);
        IMemoryOwner<byte>? memory = null;
        try
        {
            memory = await options.Buffers.RentAsync((int)sizeBytes, watch.Token);
            var hasher = isChunk ? new LeafHasher((int)sizeBytes) : null;
            await FillAsync(context.Request.BodyReader, memory.Memory, watch, hasher);
            var body = new PeerBody(memory, hasher?.Finish(memory.Memory.Span));
            memory = null;
            return (body, default);
        }
        catch (OperationCanceledException) when (watch.IsExpired)
        {
            return (null, memory is null ? PeerRefusal.Busy : PeerRefusal.TooSlow);
        }
        finally
        {
            memory?.Dispose();
        }
    }

    public void Dispose() => memory.Dispose();

    private static async Task FillAsync(
        System.IO.Pipelines.PipeReader reader, Memory<byte> target, ProgressWatch watch, LeafHasher? hasher)
    {
        var done = 0;
        watch.Progress();
        while (done < target.Length)
        {
            var read = await reader.ReadAsync(watch.Token);
            watch.Progress((int)read.Buffer.Length);
            foreach (var part in read.Buffer)
            {
                part.CopyTo(target[done..]);
                done += part.Length;
            }

            reader.AdvanceTo(read.Buffer.End);
            hasher?.Advance(target.Span[..done]);
            if (read.IsCompleted && done < target.Length)
            {
                throw new BadHttpRequestException("The body ended early.");
            }
        }
    }
}
