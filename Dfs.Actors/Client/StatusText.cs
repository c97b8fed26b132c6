using System.Globalization;
using Dfs.Core.Membership;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>A node's status as lines that a person reads; the console and the command line print the same.</summary>
public static class StatusText
{
    public static IEnumerable<string> Lines(NodeStatus status)
    {
        yield return status.Ready ? $"{status.Name} is ready" : $"{status.Name} is not ready: {status.NotReadyBecause}";
        yield return status.Layout == 0
            ? "cluster    none yet"
            : $"cluster    {status.Cluster}, layout {status.Layout}{(status.LayoutChanging ? " (changing)" : "")}, replication {status.ReplicationFactor}";
        yield return "tolerance  " + ToleranceLine(status);
        foreach (var line in RedundancyText.Lines(status))
        {
            yield return line;
        }

        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"store      {Counted.Of(status.Store.Chunks, "chunk")}, {status.Store.UsedBytes:N0} bytes used, {status.Store.FreeBytes:N0} free");
        if (status.Store.ReadOnlyBecause.Length > 0)
        {
            yield return $"store      read-only: {status.Store.ReadOnlyBecause}";
        }

        if (status.Kept is { Rows: > 0 } or { Chunks: > 0 })
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"kept       {Counted.Of(status.Kept.Rows, "head")}, {Counted.Of(status.Kept.Chunks, "chunk")} of partitions that others hold now, until each of those has proved to have them");
        }

        yield return "scrub      " + ScrubLine(status.Scrub);
        yield return "audits     " + AuditLine(status.Audits);
        if (TrustLine(status.Trust) is { } trust)
        {
            yield return "trust      " + trust;
        }

        yield return "garbage    " + GarbageLine(status.Garbage);
        foreach (var peer in status.Peers)
        {
            if (peer.ClockAheadSeconds is { } ahead && ClockSkew.IsTold(TimeSpan.FromSeconds(ahead)))
            {
                yield return $"clock      that of {peer.Name} is {ClockSkew.Say(TimeSpan.FromSeconds(ahead))}; set it: files are safe, but expiry, certificates and signed requests go by it";
            }
        }

        if (NewcomersLine(status) is { } newcomers)
        {
            yield return "newcomers  " + newcomers;
        }

        foreach (var line in PeerLines(status))
        {
            yield return $"node       {line}";
        }
    }

    public static string ToleranceLine(NodeStatus status) =>
        status.Layout == 0 || status.Redundancy.PartitionsUnserved + status.Redundancy.PartitionsUnwritable + status.Redundancy.PartitionsUnreadable > 0
            ? "not every file can be read and written now"
            : MayFailLine("more ", status.NodesThatMayFail);

    /// <param name="more">What stands between the number and "nodes": empty, or with a space behind it.</param>
    public static string MayFailLine(string more, int nodes) => nodes == 0
        ? $"no {more}node may fail, or some files cannot be read or written"
        : $"{nodes} {more}node{(nodes == 1 ? "" : "s")} may fail, and every file can still be read and written";

    public static string ScrubLine(ScrubStatus scrub)
    {
        var counts = string.Create(
            CultureInfo.InvariantCulture, $"{Counted.Of(scrub.Chunks, "chunk")}, {scrub.Bytes:N0} bytes read, {scrub.Damaged:N0} damaged, {scrub.Healed:N0} healed since the start");
        var last = scrub.LastEndedAt is { } at ? string.Create(CultureInfo.InvariantCulture, $"ended {at:yyyy-MM-dd HH:mm:ss}Z") : "never completed";
        return scrub.Done < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{scrub.State}, {scrub.Done:P0} done: {counts}; the last one {last}")
            : scrub.State == "paused" ? $"paused; the last one {last}" : scrub.LastEndedAt is null ? "no chunk was read for damage yet" : $"{last}: {counts}";
    }

    public static string AuditLine(AuditStatus audits)
    {
        var counts = string.Create(
            CultureInfo.InvariantCulture, $"{Counted.Of(audits.Right, "sample")} of other nodes right, {audits.Wrong:N0} wrong, {audits.Unanswered:N0} not answered, {Counted.Of(audits.Remade, "copy", "copies")} remade");
        return audits.NotBelieved.Count == 0 ? counts : $"NOT BELIEVED: {string.Join(", ", audits.NotBelieved)}; {counts}";
    }

    /// <returns>Null when the node does not say it.</returns>
    public static string? TrustLine(TrustStatus trust) => trust.Between switch
    {
        TrustStatus.Cluster => "between nodes TLS, by the cluster's authority; layouts are signed",
        TrustStatus.Organisation => $"between nodes TLS, by an organisation's authority; {Unsigned("whoever has a certificate of it")}",
        TrustStatus.External => $"between nodes no TLS, the network protects them; {Unsigned("whoever is in it")}",
        TrustStatus.Plain => $"between nodes no TLS; {Unsigned("whoever can connect from this machine")}",
        _ => null,
    };

    private static string Unsigned(string who) => $"LAYOUTS ARE NOT SIGNED: {who} can be a node and say who holds the data";

    public static string GarbageLine(GarbageStatus garbage) => garbage.LastAt is { } at
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"collection {garbage.LastEpoch} at {at:yyyy-MM-dd HH:mm:ss}Z; resting here {Counted.Of(garbage.RestingChunks, "chunk")}, {garbage.RestingBytes:N0} bytes; {Counted.Of(garbage.FreedChunks, "chunk")}, {garbage.FreedBytes:N0} bytes gone since the start")
        : $"no collection here since the start, epoch {garbage.Epoch}";

    /// <returns>Null while nobody waits to be taken in.</returns>
    public static string? NewcomersLine(NodeStatus status)
    {
        var names = status.Peers.Where(peer => !peer.InLayout && !peer.Leaving && peer.State == "up").Select(peer => peer.Name).ToList();
        return status.Layout == 0 || status.LayoutChanging || names.Count == 0
            ? null
            : $"{string.Join(", ", names)}: here, without data yet. `dfs plan` shows what would move to {(names.Count == 1 ? "it" : "them")}; `dfs plan --apply` takes {(names.Count == 1 ? "it" : "them")} in now";
    }

    public static IEnumerable<string> PeerLines(NodeStatus status) =>
        status.Peers.Select(peer =>
            $"{peer.Name,-12} {peer.State,-12} {(peer.Leaving ? $"drains: {peer.Chunks + peer.KeptRows}" : peer.InLayout ? "holds data" : "no data"),-11} {peer.Address}{(peer.Self ? "  (this node)" : "")}");
}
