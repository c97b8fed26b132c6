using System.Diagnostics.Metrics;
using Dfs.Actors.Client;
using Dfs.Core.Trust;

namespace Dfs.Actors.Trust;

/// <summary>Who was refused at the ports between nodes; docs/operating/metrics.md. Of the process: nodes that share one are counted together.</summary>
public static class TrustMetrics
{
    private static readonly Meter Meter = new(OperationMetrics.MeterName);

    private static readonly Counter<long> Certificates = Meter.CreateCounter<long>(
        "dfs.trust.certificates.refused", "{certificate}", "Certificates of peers that were refused, by port and reason");

    private static readonly Counter<long> Handshakes = Meter.CreateCounter<long>(
        "dfs.trust.handshakes.failed", "{connection}", "Connections that came in and to no TLS, for whatever reason");

    private static readonly Counter<long> Joins = Meter.CreateCounter<long>(
        "dfs.trust.joins.refused", "{request}", "Requests to join that were refused, by reason");

    public static void NotAdmitted(JoinVerdict reason) => Joins.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString().ToLowerInvariant()));

    public static void Refused(string port, TrustVerdict reason) =>
        Certificates.Add(1, new("port", port), new("reason", reason.ToString().ToLowerInvariant()));

    public static void Failed(string port) => Handshakes.Add(1, new KeyValuePair<string, object?>("port", port));
}
