using System.Buffers;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Microsoft.AspNetCore.Http;

namespace Dfs.Actors.Transfer;

/// <summary>The body of a request in pooled memory, and the id of its bytes.</summary>
internal sealed class PeerBody(IMemoryOwner<byte> memory, LeafHashes leaves) : IDisposable
{
    public ReadOnlyMemory<byte> Bytes => memory.Memory;

    /// <summary>Computed while the bytes came in.</summary>
    public LeafHashes Leaves => leaves;

    public ChunkId Id { get; } = leaves.Id;

    /// <param name="sizeBytesMax">What this request may carry.</param>
    /// <returns>The body, or why there is none. A sender that breaks off throws what Kestrel throws.</returns>
    public static async Task<(PeerBody? Body, PeerRefusal Refusal)> ReceiveAsync(
        HttpContext context, int sizeBytesMax, PeerEndpointOptions options)
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
            var leaves = await FillAsync(context.Request.BodyReader, memory.Memory, watch);
            var body = new PeerBody(memory, leaves);
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

    private static async Task<LeafHashes> FillAsync(
        System.IO.Pipelines.PipeReader reader, Memory<byte> target, ProgressWatch watch)
    {
        var hasher = new LeafHasher(target.Length);
        var done = 0;
        while (done < target.Length)
        {
            watch.Progress();
            var read = await reader.ReadAsync(watch.Token);
            foreach (var part in read.Buffer)
            {
                part.CopyTo(target[done..]);
                done += part.Length;
            }

            reader.AdvanceTo(read.Buffer.End);
            hasher.Advance(target.Span[..done]);
            if (read.IsCompleted && done < target.Length)
            {
                throw new BadHttpRequestException("The body ended early.");
            }
        }

        return hasher.Finish(target.Span);
    }
}
