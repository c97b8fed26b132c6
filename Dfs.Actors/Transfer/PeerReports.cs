using Dfs.Actors.Catalog;
using Dfs.Actors.Wire;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using Microsoft.AspNetCore.Http;

namespace Dfs.Actors.Transfer;

/// <summary>What members of a layout tell each other about its rows, at the peer endpoint.</summary>
internal static class PeerReports
{
    /// <summary>A member's report of what it has pulled; nobody reports for another one.</summary>
    public static async Task TakeProgressAsync(HttpContext context, PeerCall call, PeerEndpointOptions options)
    {
        var (received, refusal) = await PeerBody.ReceiveAsync(context, SyncReportWire.BytesMax, options);
        using var body = received;
        if (body is null || SyncReportWire.Decode(body.Bytes) is not { } report || report.By != call.From || report.Number != call.Layout)
        {
            await PeerRequests.RefuseAsync(context, body is null ? refusal : PeerRefusal.Malformed);
            return;
        }

        options.OnProgress(report);
    }

    /// <summary>Rows that a directory which left the partition still has; answered with how many were taken, after they are durable.</summary>
    public static async Task TakeRowsAsync(HttpContext context, PeerCall call, PartitionId partition, PeerEndpointOptions options, CatalogStore catalog)
    {
        var (received, refusal) = await PeerBody.ReceiveAsync(context, RowPages.HandedBackBytesMax, options);
        using var body = received;
        if (body is null || RowPages.DecodePartition(body.Bytes.Span) is not { } page || !PageOrder.GoesOn(page, partition, null))
        {
            await PeerRequests.RefuseAsync(context, body is null ? refusal : PeerRefusal.Malformed);
            return;
        }

        var taken = await catalog.TakeBackAsync(page.Rows, call.Layout);
        await PeerRequests.AnswerBytesAsync(context, PeerProtocol.EncodeNumbers((ulong)taken));
    }
}
