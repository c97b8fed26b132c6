using System.Collections.Immutable;
using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>Counts the copies of a partition's chunks and heads that answer. Pure.</summary>
public static class CopyTally
{
    /// <summary>Who counts a partition: the first of its replicas that answers, of the old ones while a layout is joint, because they have it.</summary>
    /// <returns>Null when none answers.</returns>
    public static ReplicaId? TellerOf(Layout layout, PartitionId partition, IReadOnlySet<ReplicaId> here) =>
        First(layout.IsJoint ? layout.OldChunkReplicasOf(partition) : layout.NextChunkReplicasOf(partition), here);

    /// <inheritdoc cref="TellerOf"/>
    public static ReplicaId? HeadTellerOf(Layout layout, PartitionId partition, IReadOnlySet<ReplicaId> here) =>
        First(OwnersOf(layout, partition), here);

    /// <summary>A copy that a member holds for another one counts; one on a node that does not answer does not.</summary>
    /// <param name="held">What each node holds of the partition, of those that answered.</param>
    /// <param name="sizeOf">Bytes of ciphertext; null where the counting node does not have the chunk, which then counts as the average one.</param>
    public static CopyCount ChunksOf(
        Layout layout, PartitionId partition, IReadOnlyDictionary<ReplicaId, IReadOnlySet<ChunkId>> held, Func<ChunkId, int?> sizeOf)
    {
        var replicas = layout.NextChunkReplicasOf(partition);
        var answering = replicas.Where(held.ContainsKey).Select(replica => held[replica]).ToList();
        var (sum, unknown) = (default(CopyCount), default(CopyCount));
        foreach (var (chunk, copies) in held.Values.SelectMany(chunks => chunks).CountBy(chunk => chunk))
        {
            var sizeBytes = sizeOf(chunk);
            var (isFewer, isSingle) = (copies < replicas.Length, copies == 1 && replicas.Length > 1);
            var missing = answering.Count(chunks => !chunks.Contains(chunk));
            var one = Count(isFewer, isSingle, missing, sizeBytes ?? 0);
            (sum, unknown) = sizeBytes is null ? (sum, unknown.Plus(one)) : (sum.Plus(one), unknown);
        }

        var average = sum.Chunks == 0 ? 0 : sum.Bytes / sum.Chunks;
        return sum.Plus(unknown with
        {
            Bytes = unknown.Chunks * average,
            FewerBytes = unknown.Fewer * average,
            OneBytes = unknown.One * average,
            MissingBytes = unknown.Missing * average,
        });
    }

    /// <param name="heads">How many the partition has.</param>
    public static HeadCount HeadsOf(Layout layout, PartitionId partition, IReadOnlySet<ReplicaId> here, long heads)
    {
        var replicas = OwnersOf(layout, partition);
        var answering = replicas.Count(here.Contains);
        return new HeadCount(
            heads,
            answering < replicas.Length ? heads : 0,
            answering == 1 && replicas.Length > 1 ? heads : 0,
            layout.QuorumOf(partition).IsMet(here.ToHashSet()) ? 0 : heads);
    }

    /// <summary>The same number for the same members, whoever computes it.</summary>
    public static uint MarkOf(IEnumerable<ReplicaId> here)
    {
        var writer = new ByteWriter();
        foreach (var replica in here.Order())
        {
            writer.Bytes16(replica.Value);
        }

        return Crc32C.Of(writer.Written);
    }

    private static CopyCount Count(bool isFewer, bool isSingle, int missing, long sizeBytes) => new(
        1, sizeBytes, isFewer ? 1 : 0, isFewer ? sizeBytes : 0, isSingle ? 1 : 0, isSingle ? sizeBytes : 0, missing, missing * sizeBytes);

    private static ImmutableArray<ReplicaId> OwnersOf(Layout layout, PartitionId partition) =>
        layout.IsJoint ? layout.OldReplicasOf(partition) : layout.NextReplicasOf(partition);

    private static ReplicaId? First(IEnumerable<ReplicaId> replicas, IReadOnlySet<ReplicaId> here)
    {
        foreach (var replica in replicas)
        {
            if (here.Contains(replica))
            {
                return replica;
            }
        }

        return null;
    }
}
