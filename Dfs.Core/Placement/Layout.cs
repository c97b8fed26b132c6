using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>Who holds what, under one number: a single list of members, or the joint of an old and a new one.</summary>
/// <remarks>
/// Immutable. The partition table is part of it and found when the layout is made: even by weight, and near to the one
/// before, which members alone do not say. Heads lie on the metadata factor's replicas, chunks on the data factor's; both
/// are prefixes of one order.
/// </remarks>
public sealed partial class Layout
{
    /// <summary>100 members: the cluster size that limits and timings are chosen for.</summary>
    public const int MembersMax = 100;

    /// <summary>Nine replicas: beyond that, a quorum costs more than the lost copies it guards against.</summary>
    public const int FactorMax = 9;

    /// <summary>Five council members: a layout change survives two failures and asks no more than five disks.</summary>
    public const int CouncilMax = 5;

    private readonly Lazy<PartitionTable> _next;
    private readonly Lazy<PartitionTable>? _old;
    private readonly byte _version;

    // Filled as they are asked for; two threads that fill one entry write equal values.
    private readonly QuorumSet?[] _quorums = new QuorumSet?[PartitionId.Count];

    private Layout(
        LayoutNumber number,
        ClusterId cluster,
        LayoutFactors factors,
        MemberList next,
        MemberList? old,
        byte version = FormatVersion)
    {
        (Number, Cluster, Factors, _version) = (number, cluster, factors, version);
        (Members, OldMembers) = (next.Members, old?.Members ?? []);
        (_next, _old) = (next.Table, old?.Table);
        var council = IsJoint ? OldMembers : Members;
        Council = [.. Rendezvous.Spread(council, CouncilOrder(council), CouncilMax).Select(index => council[index].Id)];
        CouncilQuorum = QuorumSet.MajorityOf(Council);
    }

    public LayoutNumber Number { get; }

    public ClusterId Cluster { get; }

    public LayoutFactors Factors { get; }

    /// <summary>By id. While joint: those of the layout that is to come.</summary>
    public ImmutableArray<LayoutMember> Members { get; }

    /// <summary>By id. Those of the layout that is left behind; empty unless joint.</summary>
    public ImmutableArray<LayoutMember> OldMembers { get; }

    public bool IsJoint => !OldMembers.IsEmpty;

    /// <summary>
    /// The acceptors of the next number's register. While joint they are the old members', because a joint layout
    /// cannot be finished without a majority of those, but can be re-aimed without the new ones.
    /// </summary>
    public ImmutableArray<ReplicaId> Council { get; }

    public QuorumSet CouncilQuorum { get; }

    /// <summary>Everyone in the layout, each once; a member of both lists as the newer describes it.</summary>
    public IEnumerable<LayoutMember> Everyone =>
        Members.Concat(OldMembers.Where(old => Members.All(member => member.Id != old.Id)));

    /// <returns>Why no layout can have these members; null when one can.</returns>
    public static string? Refusal(LayoutFactors factors, IReadOnlyCollection<LayoutMember> members) =>
        members.Count is 0 or > MembersMax ? $"A layout has 1 to {MembersMax} members; this one has {members.Count}."
        : factors.Data is < 1 or > FactorMax || factors.Metadata is < 1 or > FactorMax
            ? $"A factor is 1 to {FactorMax}; these are {factors.Data} and {factors.Metadata}."
        : members.Select(member => member.Id).Distinct().Count() != members.Count
            || members.Select(member => member.Slot).Distinct().Count() != members.Count
            ? "A member is named twice."
        : members.Select(member => member.Refusal()).FirstOrDefault(refusal => refusal is not null)
            ?? SizeRefusal(factors, members);

    /// <summary>Number 1; <see cref="Refusal"/> must have none for its members.</summary>
    public static Layout First(ClusterId cluster, LayoutFactors factors, IReadOnlyCollection<LayoutMember> members) =>
        Create(LayoutNumber.None.Next, cluster, factors, members, null, null);

    /// <summary>Joint, from these members to others: a join, a leave, a new weight.</summary>
    public Layout ChangeStart(IReadOnlyCollection<LayoutMember> next)
    {
        Invariant.Holds(!IsJoint, $"one change at a time (layout {Number} is joint)");
        return Create(Number.Next, Cluster, Factors, next, new(Members, _next), _next.Value.Slots);
    }

    /// <summary>Joint, with a newcomer in the slot of a member that is lost or has lost its promises.</summary>
    public Layout ReplaceStart(ReplicaId oldId, LayoutMember newMember)
    {
        var old = Members.FirstOrDefault(member => member.Id == oldId);
        Invariant.Holds(old is not null, $"{oldId} is a member of layout {Number}");
        return ChangeStart([.. Members.Where(member => member != old), newMember with { Slot = old.Slot }]);
    }

    /// <summary>An unfinished change aimed elsewhere, because a newcomer of it was lost too.</summary>
    public Layout Retarget(IReadOnlyCollection<LayoutMember> next)
    {
        Invariant.Holds(IsJoint, $"only an unfinished change is re-aimed (layout {Number} is single)");
        var stay = next.Select(member => member.Slot).ToHashSet();
        return Create(Number.Next, Cluster, Factors, next, new(OldMembers, _old!), Aimed);

        // What is under way goes on, except where it went to one who is lost: that stays where it was.
        Bytes16[] Aimed(PartitionId partition) =>
            _next.Value.Slots(partition) is var aimed && aimed.All(stay.Contains) ? aimed : _old!.Value.Slots(partition);
    }

    /// <summary>Single, with the new members alone; when it may follow, <c>JointProgress</c> knows.</summary>
    public Layout Finish()
    {
        Invariant.Holds(IsJoint, $"only a joint layout is finished (layout {Number} is single)");
        return new Layout(Number.Next, Cluster, Factors, new(Members, _next), null);
    }

    /// <summary>Who holds the partition's heads: the newer list's first, then whom only the older one has.</summary>
    public IReadOnlyList<ReplicaId> ReplicasOf(PartitionId partition) => QuorumOf(partition).Replicas;

    /// <summary>What a head's prepare, accept and read need.</summary>
    public QuorumSet QuorumOf(PartitionId partition) => _quorums[partition.Index] ??= _old is null
        ? QuorumSet.MajorityOf(_next.Value.Heads(partition))
        : QuorumSet.MajorityOfBoth(_old.Value.Heads(partition), _next.Value.Heads(partition));

    /// <summary>Who holds the partition's chunks, in the order in which they are asked.</summary>
    public IReadOnlyList<ReplicaId> ChunkReplicasOf(PartitionId partition) => ChunkQuorumOf(partition).Replicas;

    /// <summary>How many durable copies acknowledge a chunk.</summary>
    public QuorumSet ChunkQuorumOf(PartitionId partition) => _old is null
        ? QuorumSet.MajorityOf(_next.Value.Chunks(partition))
        : QuorumSet.MajorityOfBoth(_old.Value.Chunks(partition), _next.Value.Chunks(partition));

    /// <summary>Every newer member in the partition's order: the first are its replicas, the next stand in for them.</summary>
    public IReadOnlyList<ReplicaId> ChunkOrderOf(PartitionId partition) => _next.Value.ChunkOrder(partition);

    /// <summary>The newer list's replicas of the partition's heads alone.</summary>
    public ImmutableArray<ReplicaId> NextReplicasOf(PartitionId partition) => _next.Value.Heads(partition);

    /// <summary>The older list's replicas of the partition's heads alone; empty unless joint.</summary>
    public ImmutableArray<ReplicaId> OldReplicasOf(PartitionId partition) => _old?.Value.Heads(partition) ?? [];

    /// <summary>The newer list's replicas of the partition's chunks alone.</summary>
    public ImmutableArray<ReplicaId> NextChunkReplicasOf(PartitionId partition) => _next.Value.Chunks(partition);

    /// <summary>The older list's replicas of the partition's chunks alone; empty unless joint.</summary>
    public ImmutableArray<ReplicaId> OldChunkReplicasOf(PartitionId partition) => _old?.Value.Chunks(partition) ?? [];

    /// <summary>While joint: whether the partition's heads get other replicas.</summary>
    public bool MovesHeads(PartitionId partition) =>
        !OldReplicasOf(partition).ToHashSet().SetEquals(NextReplicasOf(partition));

    /// <summary>While joint: whether the partition's chunks get other replicas.</summary>
    public bool MovesChunks(PartitionId partition) =>
        !OldChunkReplicasOf(partition).ToHashSet().SetEquals(NextChunkReplicasOf(partition));

    public LayoutMember? Find(ReplicaId id) => Everyone.FirstOrDefault(member => member.Id == id);

    public override string ToString() =>
        IsJoint ? $"layout {Number}, joint, {OldMembers.Length} to {Members.Length}" : $"layout {Number}, {Members.Length}";

    private static Layout Create(
        LayoutNumber number,
        ClusterId cluster,
        LayoutFactors factors,
        IReadOnlyCollection<LayoutMember> members,
        MemberList? old,
        Func<PartitionId, Bytes16[]>? slotsBefore)
    {
        var refusal = Refusal(factors, members);
        Invariant.Holds(refusal is null, $"a layout's members were checked: {refusal}");
        var sorted = Sorted(members);
        var before = slotsBefore is null ? null : PartitionId.All.Select(slotsBefore);
        return new Layout(number, cluster, factors, new(sorted, new(() => PartitionTable.Balanced(sorted, factors, before))), old);
    }

    private static ImmutableArray<LayoutMember> Sorted(IEnumerable<LayoutMember> members) => [.. members.OrderBy(member => member.Id)];

    private static MemberList Hashed(LayoutFactors factors, IEnumerable<LayoutMember> members)
    {
        var sorted = Sorted(members);
        return new(sorted, new(() => PartitionTable.Hashed(sorted, factors)));
    }

    // The joint of this list and an equally long one must fit too.
    private static string? SizeRefusal(LayoutFactors factors, IReadOnlyCollection<LayoutMember> members)
    {
        var single = new Layout(LayoutNumber.None.Next, default, factors, Hashed(factors, members), null, HashedVersion);
        var sizeBytes = single.Encode().Length + (PartitionId.Count * PartitionTable.RowLength(members, factors));
        return sizeBytes > EncodedBytesMax / 2
            ? $"A layout's description has at most {EncodedBytesMax / 2} bytes; this one has {sizeBytes}."
            : null;
    }

    // Every member counts alike for the council, whatever it can store.
    private static int[] CouncilOrder(ImmutableArray<LayoutMember> members) =>
        Rendezvous.Order([.. members.Select(member => member with { Weight = 1 })], Rendezvous.CouncilIndex);

    /// <summary>One list, by id, and where its partitions lie; found when it is asked for.</summary>
    private sealed record MemberList(ImmutableArray<LayoutMember> Members, Lazy<PartitionTable> Table);
}

/// <summary>How many replicas chunks and heads have.</summary>
public sealed record LayoutFactors(int Data, int Metadata);
