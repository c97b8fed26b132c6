using Dfs.Actors.Client;
using Dfs.Core.Repair;

namespace Dfs.Gateway.Metrics;

/// <summary>What a node knows of itself and its cluster, printed for Prometheus. docs/operating/metrics.md has the names.</summary>
internal static class NodeMetrics
{
    public static void WriteTo(MetricText text, NodeStatus status)
    {
        Gauge("dfs_cluster_healthy", "1 while this node serves and one more node may fail", status is { Ready: true, NodesThatMayFail: > 0 } ? 1 : 0);
        Gauge("dfs_cluster_available", "1 while this node serves", status.Ready ? 1 : 0);
        Gauge("dfs_cluster_nodes_may_fail", "Nodes of the layout that may stop from now on with every file readable and writable", status.NodesThatMayFail);
        Gauge("dfs_cluster_layout_number", "The layout that this node works under; 0 before the first", status.Layout);
        Gauge("dfs_cluster_layout_changing", "1 while data moves from one layout to the next", status.LayoutChanging ? 1 : 0);
        Gauge("dfs_cluster_replication_factor", "Copies of everything", status.ReplicationFactor);
        Gauge("dfs_store_chunks", "Chunks in this node's store", status.Store.Chunks);
        Gauge("dfs_store_used_bytes", "Bytes that they take", status.Store.UsedBytes);
        Gauge("dfs_store_free_bytes", "Bytes that are free on the disk of the data directory", status.Store.FreeBytes);
        Gauge("dfs_store_read_only", "1 when the store takes no writes, after a disk failed", status.Store.ReadOnlyBecause.Length > 0 ? 1 : 0);
        Counter("dfs_reads_checked_bytes_total", "Ciphertext that was moved here and hashed, for transfers", status.Reads.CheckedBytes);
        Counter("dfs_reads_repair_bytes_total", "Ciphertext that was moved here and hashed, for repair and for collecting garbage", status.Reads.RepairBytes);
        Counter("dfs_reads_hedged_total", "Reads of chunks that a second replica was asked for, because the first took long", status.Reads.Hedges.Begun);
        Counter("dfs_reads_hedges_won_total", "Of these, those where the second was first", status.Reads.Hedges.Won);
        Counter("dfs_reads_hedges_denied_total", "How often a read waited on, because hedges had used up their share", status.Reads.Hedges.Denied);
        Gauge("dfs_reads_hedge_delay_seconds", "How long a read waits at the moment before a second replica is asked", status.Reads.Hedges.DelaySeconds);
        Counter("dfs_chunks_sent_bytes_total", "Ciphertext that was sent to other nodes to be stored there", status.Places.SentBytes);
        Counter("dfs_chunks_resent_bytes_total", "Of these, those that the other node had already", status.Places.ResentBytes);
        Counter("dfs_chunks_spared_bytes_total", "Ciphertext that was not sent, because the other node proved that it has it", status.Places.SparedBytes);
        Counter("dfs_chunks_shared_requests_total", "Requests to other nodes that carried several small chunks", status.Places.SharedRequests);
        Counter("dfs_chunks_shared_total", "The chunks in them", status.Places.SharedChunks);
        Counter("dfs_copies_missed_total", "Copies of chunks and heads that a replica missed when a majority had them", status.Places.Missed);
        Gauge("dfs_kept_rows", "Heads of partitions that this node has left, until their replicas have shown them", status.Kept.Rows);
        Gauge("dfs_kept_row_bytes", "Bytes of these", status.Kept.RowBytes);
        Gauge("dfs_kept_chunks", "Chunks that do not belong here, until their replicas have proved to have them", status.Kept.Chunks);
        Gauge("dfs_copies_missed_waiting", "Of these, those that the replica has not seen to yet", status.Places.MissedWaiting);
        Gauge("dfs_scrub_done", "How much of the open run is read, 0 to 1; 1 when none is open", status.Scrub.Done);
        Gauge("dfs_scrub_paused", "1 while scrubbing is paused", status.Scrub.State == "paused" ? 1 : 0);
        Gauge("dfs_scrub_damaged", "Damaged chunks that this run, or the last one, found", status.Scrub.Damaged);
        Gauge("dfs_scrub_last_end_seconds", "When the last complete run ended, seconds since 1970; 0: none did", status.Scrub.LastEndedAt?.ToUnixTimeSeconds() ?? 0);
        Counter("dfs_audits_right_total", "Samples of other nodes that proved themselves", status.Audits.Right);
        Counter("dfs_audits_wrong_total", "Samples that did not, of chunks that the other node says it has", status.Audits.Wrong);
        Counter("dfs_audits_unanswered_total", "Samples that were not answered in time", status.Audits.Unanswered);
        Counter("dfs_audits_remade_total", "Copies that were made because a node was caught", status.Audits.Remade);
        Gauge("dfs_audits_not_believed", "Nodes whose word about copies does not count here any more", status.Audits.NotBelieved.Count);
        WriteMemory(status.Memory);
        WriteRedundancy(status.Redundancy);
        WriteRepair(status.Repair);
        text.Family("dfs_peer_up", MetricKind.Gauge, "1 for each node that the cluster says is up");
        foreach (var peer in status.Peers)
        {
            text.Sample("dfs_peer_up", Labels(peer), peer.State == "up" ? 1 : 0);
        }

        text.Family("dfs_peer_in_layout", MetricKind.Gauge, "1 for each node that the layout gives data");
        foreach (var peer in status.Peers)
        {
            text.Sample("dfs_peer_in_layout", Labels(peer), peer.InLayout ? 1 : 0);
        }

        text.Family("dfs_peer_clock_ahead_seconds", MetricKind.Gauge, "How far a node's wall clock is ahead of most nodes'; negative: behind");
        foreach (var peer in status.Peers)
        {
            text.Sample("dfs_peer_clock_ahead_seconds", Labels(peer), peer.ClockAheadSeconds ?? 0);
        }

        void Counter(string name, string help, double value)
        {
            text.Family(name, MetricKind.Counter, help);
            text.Sample(name, "", value);
        }

        void WriteMemory(MemoryStatus memory)
        {
            const string Name = "dfs_memory_lent_bytes";
            text.Family(Name, MetricKind.Gauge, "Memory that is lent to chunks on their way");
            foreach (var (use, bytes) in new[] { ("uploads", memory.UploadBytes), ("reads", memory.ReadBytes), ("incoming", memory.IncomingBytes) })
            {
                text.Sample(Name, MetricText.Labels([new("use", use)]), bytes);
            }
        }

        void WriteRedundancy(Redundancy copies)
        {
            Gauge("dfs_copies_counted", "1 when the copies were counted since the members, or who answers, last changed", copies.IsCounted ? 1 : 0);
            Gauge("dfs_copies_chunks", "Chunks of the cluster", copies.Chunks.Chunks);
            Gauge("dfs_copies_bytes", "Their ciphertext, each once", copies.Chunks.Bytes);
            Gauge("dfs_copies_fewer_chunks", "Chunks that fewer nodes have which answer than should", copies.Chunks.Fewer);
            Gauge("dfs_copies_fewer_bytes", "Their ciphertext", copies.Chunks.FewerBytes);
            Gauge("dfs_copies_single_chunks", "Chunks that one node has which answers", copies.Chunks.One);
            Gauge("dfs_copies_single_bytes", "Their ciphertext", copies.Chunks.OneBytes);
            Gauge("dfs_copies_heads", "Heads of files", copies.Heads.Heads);
            Gauge("dfs_copies_fewer_heads", "Heads with fewer replicas that answer than they should have", copies.Heads.Fewer);
            Gauge("dfs_copies_single_heads", "Heads with one replica that answers", copies.Heads.One);
            Gauge("dfs_copies_unserved_heads", "Heads without a majority of replicas", copies.Heads.Unserved);
            Gauge("dfs_partitions_unserved", "Partitions of 1,024 without a majority of their heads' replicas", copies.PartitionsUnserved);
            Gauge("dfs_partitions_unwritable", "Partitions without a majority of their chunks' replicas", copies.PartitionsUnwritable);
            Gauge("dfs_partitions_unreadable", "Partitions none of whose chunks' replicas answers", copies.PartitionsUnreadable);
        }

        void WriteRepair(RepairProgress repair)
        {
            Gauge("dfs_repair_left_copies", "Copies that replicas which answer do not have yet", repair.LeftCopies);
            Gauge("dfs_repair_left_bytes", "Their ciphertext", repair.LeftBytes);
            Gauge("dfs_repair_bytes_per_second", "Copied over the last ten seconds, by all nodes", repair.BytesPerSecond);
            Gauge("dfs_repair_left_seconds", "Until nothing is left to copy; -1 while it cannot be known", repair.SecondsLeft ?? -1);
            Gauge("dfs_repair_moved_bytes", "Copied since the starts of the nodes that answer", repair.MovedBytes);
            Gauge("dfs_repair_damaged_chunks", "Damaged or lost chunks that wait to be healed", repair.Damaged);
            Gauge("dfs_repair_unhealed_chunks", "Damaged chunks without an intact copy on a node that answers", repair.Unhealed);
            Gauge("dfs_repair_healed_chunks", "Damaged chunks that were healed since the starts of the nodes that answer", repair.Healed);
            Gauge("dfs_repair_quarantined_chunks", "Damaged copies that were set aside", repair.Quarantined);
        }

        void Gauge(string name, string help, double value)
        {
            text.Family(name, MetricKind.Gauge, help);
            text.Sample(name, "", value);
        }
    }

    private static string Labels(PeerStatus peer) => MetricText.Labels(
        [new("peer", peer.Name), new("replica", peer.Replica)]);
}
