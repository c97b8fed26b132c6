using System.Globalization;
using Dfs.Core.Primitives;
using Microsoft.AspNetCore.Http;

namespace Dfs.Actors.Transfer;

/// <summary>Some of the chunks that a collection found nothing to refer to, for the directory that has them.</summary>
/// <param name="Run">The collector's number for this collection.</param>
/// <param name="Epoch">The collection's.</param>
/// <param name="Ids">Rising, within a page and from page to page.</param>
/// <param name="IsFirst">It begins the run there.</param>
/// <param name="IsLast">It ends it: the collection is complete.</param>
public sealed record GarbagePage(ulong Run, Epoch Epoch, IReadOnlyList<ChunkId> Ids, bool IsFirst, bool IsLast)
{
    internal string Query() => string.Create(
        CultureInfo.InvariantCulture, $"?run={Run}&epoch={Epoch}&first={(IsFirst ? 1 : 0)}&last={(IsLast ? 1 : 0)}");

    internal static GarbagePage? Read(IQueryCollection query, IReadOnlyList<ChunkId> ids) =>
        PeerProtocol.ParseNumber(query["run"].ToString()) is { } run && PeerProtocol.ParseNumber(query["epoch"].ToString()) is { } epoch
            ? new GarbagePage(run, new Epoch(epoch), ids, query["first"] == "1", query["last"] == "1")
            : null;
}
