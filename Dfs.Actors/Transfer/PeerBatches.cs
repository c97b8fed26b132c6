using System.Diagnostics;
using Dfs.Actors.Tracing;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using Microsoft.AspNetCore.Http;

namespace Dfs.Actors.Transfer;

/// <summary>Takes several small chunks out of one request: each is checked, the good ones are stored together, each has its answer.</summary>
internal static class PeerBatches
{
    public static async Task TakeAsync(HttpContext context, Epoch pin, PeerEndpointOptions options)
    {
        var (received, refusal) = await PeerBody.ReceiveAsync(context, PutBatch.EncodedBytesMax, options);
        using var body = received;
        if (body is null || PutBatch.Decode(body.Bytes) is not { } puts)
        {
            await PeerRequests.RefuseAsync(context, body is null ? refusal : PeerRefusal.Malformed);
            return;
        }

        // From here on they are stored whether or not the sender still waits: the memory must outlive the writes.
        await PeerRequests.AnswerBytesAsync(context, await StoreAsync(puts, pin, options));
    }

    private static async Task<byte[]> StoreAsync(IReadOnlyList<BatchedPut> puts, Epoch pin, PeerEndpointOptions options)
    {
        var outcomes = new PutOutcome?[puts.Count];
        var spans = puts.Select(Begin).ToList();
        try
        {
            var named = puts.Select(put => LeafHashes.Of(put.Ciphertext.Span)).ToList();
            var good = Enumerable.Range(0, puts.Count).Where(i => named[i].Id == puts[i].Id).ToList();
            var commits = good.Select(i => spans[i] is { } span ? Spans.BeginApart("store commit", span.Context, ActivityKind.Internal) : null).ToList();
            var stored = await options.Store.PutAllAsync([.. good.Select(i => new ChunkPut(puts[i].Id, puts[i].Ciphertext, named[i], pin))]);
            commits.ForEach(commit => commit?.Dispose());
            foreach (var (i, outcome) in good.Zip(stored))
            {
                outcomes[i] = outcome;
                if (puts[i].HandedOverFor is { } meant && outcome.IsDurable)
                {
                    options.OnHandedOver(puts[i].Id, meant);
                }
            }
        }
        finally
        {
            for (var i = 0; i < puts.Count; i++)
            {
                spans[i]?.End(outcomes[i] is { IsDurable: true } ? "placed" : "failed", isError: outcomes[i] is not { IsDurable: true });
                spans[i]?.Dispose();
            }
        }

        return [.. outcomes.Select(PutBatch.AnswerTo)];
    }

    private static Activity? Begin(BatchedPut put) =>
        put.Trace == default ? null : Spans.BeginApart("peer put chunk", put.Trace, ActivityKind.Server);
}
