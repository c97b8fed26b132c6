using System.Diagnostics.Metrics;
using Dfs.Actors.Client;
using Dfs.Core.Placement;
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

    private static readonly Counter<long> Layouts = Meter.CreateCounter<long>(
        "dfs.trust.layouts.refused", "{layout}", "Layouts that were announced without the signatures that they need, by reason");

    private static readonly Counter<long> OlderHeads = Meter.CreateCounter<long>(
        "dfs.trust.heads.older", "{head}", "States of files that were older than what this node had seen of them");

    private static readonly Counter<long> HiddenHeads = Meter.CreateCounter<long>(
        "dfs.trust.heads.hidden", "{head}", "Files that this node had seen and of which others said that there never were any");

    /// <summary>Every series, at zero: a rate sees the first refusal only from a zero before it.</summary>
    public static void Declare()
    {
        OlderHeads.Add(0);
        HiddenHeads.Add(0);
        foreach (var reason in Enum.GetValues<JoinVerdict>().Where(reason => reason != JoinVerdict.Welcome))
        {
            CountJoin(0, reason);
        }

        foreach (var reason in new[] { LayoutVerdict.NotSigned, LayoutVerdict.Apart, LayoutVerdict.Conflicting })
        {
            CountLayout(0, reason);
        }

        foreach (var port in new[] { NodeTrust.Remoting, NodeTrust.Peers })
        {
            Handshakes.Add(0, new KeyValuePair<string, object?>("port", port));
            foreach (var reason in Enum.GetValues<TrustVerdict>().Where(reason => reason != TrustVerdict.Welcome))
            {
                CountCertificate(port, 0, reason);
            }
        }
    }

    /// <param name="isAbsent">It was said not to be there.</param>
    public static void WentBack(bool isAbsent) => (isAbsent ? HiddenHeads : OlderHeads).Add(1);

    public static void NotAdmitted(JoinVerdict reason) => CountJoin(1, reason);

    public static void NotBelieved(LayoutVerdict reason) => CountLayout(1, reason);

    public static void Refused(string port, TrustVerdict reason) => CountCertificate(port, 1, reason);

    public static void Failed(string port) => Handshakes.Add(1, new KeyValuePair<string, object?>("port", port));

    private static void CountJoin(long count, JoinVerdict reason) =>
        Joins.Add(count, new KeyValuePair<string, object?>("reason", reason.ToString().ToLowerInvariant()));

    private static void CountLayout(long count, LayoutVerdict reason) =>
        Layouts.Add(count, new KeyValuePair<string, object?>("reason", reason.ToString().ToLowerInvariant()));

    private static void CountCertificate(string port, long count, TrustVerdict reason) =>
        Certificates.Add(count, new("port", port), new("reason", reason.ToString().ToLowerInvariant()));
}
