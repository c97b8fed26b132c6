using System.Diagnostics.Metrics;
using Dfs.Actors.Client;

namespace Dfs.Gateway.Metrics;

/// <summary>What the ports for clients refused because somebody asked for too much. docs/operating/metrics.md has the names.</summary>
internal static class RefusalMetrics
{
    private static readonly Meter Meter = new(OperationMetrics.MeterName);

    private static readonly Counter<long> Refused = Meter.CreateCounter<long>(
        "dfs.requests.refused", "{request}", "Requests, and connections, that were refused to clients over a limit, by reason");

    /// <summary>Every series, at zero: a rate sees the first refusal only from a zero before it.</summary>
    public static void Declare()
    {
        foreach (var reason in Enum.GetValues<RefusalReason>())
        {
            Count(reason, 0);
        }
    }

    public static void Note(RefusalReason reason) => Count(reason, 1);

    private static void Count(RefusalReason reason, long number) =>
        Refused.Add(number, new KeyValuePair<string, object?>("reason", reason.ToString().ToLowerInvariant()));
}

/// <summary>The limit that a client was over.</summary>
internal enum RefusalReason
{
    Key,
    Address,
    Connections,
}
