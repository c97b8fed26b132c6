using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>What a change gives to one member.</summary>
/// <param name="Partitions">Whose chunks it does not have under the layout before.</param>
/// <param name="Bytes">Estimated: as many for each partition as the members hold on average.</param>
public sealed record PlannedMove(LayoutMember Member, int Partitions, long Bytes)
{
    /// <param name="joint">The change.</param>
    /// <param name="heldBytes">What the old members hold, those that have said so.</param>
    public static IReadOnlyList<PlannedMove> Of(Layout joint, IReadOnlyDictionary<ReplicaId, long> heldBytes)
    {
        var known = joint.OldMembers.Select(member => member.Id).Where(heldBytes.ContainsKey).ToHashSet();
        var copies = PartitionId.All.Sum(partition => joint.OldChunkReplicasOf(partition).Count(known.Contains));
        var perCopy = copies == 0 ? 0 : (double)known.Sum(id => heldBytes[id]) / copies;
        return
        [
            .. from member in joint.Members
               let gained = PartitionId.All.Count(partition =>
                   joint.NextChunkReplicasOf(partition).Contains(member.Id) && !joint.OldChunkReplicasOf(partition).Contains(member.Id))
               where gained > 0
               select new PlannedMove(member, gained, (long)(gained * perCopy)),
        ];
    }

    /// <summary>Those that would not fit.</summary>
    /// <param name="freeBytes">On the disks of the members, of those that have said so.</param>
    public static IEnumerable<(PlannedMove Move, long FreeBytes)> WithoutRoom(
        IEnumerable<PlannedMove> moves, IReadOnlyDictionary<ReplicaId, long> freeBytes) =>
        from move in moves
        where freeBytes.ContainsKey(move.Member.Id) && move.Bytes > freeBytes[move.Member.Id]
        select (move, freeBytes[move.Member.Id]);
}
