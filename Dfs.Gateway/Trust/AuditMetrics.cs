using System.Diagnostics.Metrics;
using Dfs.Actors.Client;

namespace Dfs.Gateway.Trust;

/// <summary>What an audit log could not take. docs/operating/metrics.md has the name.</summary>
internal static class AuditMetrics
{
    private static readonly Meter Meter = new(OperationMetrics.MeterName);

    private static readonly Counter<long> Missing = Meter.CreateCounter<long>(
        "dfs.audit.missing", "{request}", "Requests that an audit log should have and could not take");

    /// <summary>At zero: a rate sees the first one only from a zero before it.</summary>
    public static void Declare() => Missing.Add(0);

    public static void NotNoted() => Missing.Add(1);
}
