using System.Diagnostics;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Tracing;

/// <summary>The spans of one operation on a register: one for each request to each acceptor, from its sending to its answer.</summary>
/// <remarks>Not thread-safe: the proposer's own.</remarks>
internal sealed class RoundSpans
{
    private readonly ActivityContext _trace;
    private readonly Dictionary<(ReplicaId, int), Activity> _open = [];

    private RoundSpans(ActivityContext trace) => _trace = trace;

    /// <returns>Null where nothing is recorded.</returns>
    public static RoundSpans? Of(ActivityContext trace) => Spans.IsRecorded(trace) ? new RoundSpans(trace) : null;

    /// <returns>What the acceptor's span is a part of.</returns>
    public ActivityContext Sent(SendRequest send)
    {
        if (Spans.BeginApart(NameOf(send.Request), _trace, ActivityKind.Client).OfReplica(send.To) is not { } span)
        {
            return default;
        }

        if (_open.Remove((send.To, send.Attempt), out var before))
        {
            before.Dispose();
        }

        _open.Add((send.To, send.Attempt), span);
        return span.Context;
    }

    public void Answered(ReplicaId by, int attempt, CatalogProtocol.Reply reply)
    {
        if (_open.Remove((by, attempt), out var span))
        {
            using (span)
            {
                span.End(reply.GetType().Name.ToLowerInvariant(), reply is CatalogProtocol.ReplicaEnded or CatalogProtocol.StorageFull);
            }
        }
    }

    /// <summary>The operation is over; whoever has not answered was not waited for.</summary>
    public void End()
    {
        foreach (var span in _open.Values)
        {
            using (span)
            {
                span.End("notawaited", isError: false);
            }
        }

        _open.Clear();
    }

    private static string NameOf(CatalogProtocol.Request request) => request switch
    {
        CatalogProtocol.Read => "acceptor read",
        CatalogProtocol.Prepare => "acceptor prepare",
        CatalogProtocol.Accept => "acceptor accept",
        _ => "acceptor drop",
    };
}
