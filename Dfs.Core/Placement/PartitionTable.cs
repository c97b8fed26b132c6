using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>Partition to members: in each row the replicas in order, as many as the larger factor asks for.</summary>
/// <remarks>Hashed, in layouts of version 1, or balanced and stored with the layout, since version 2; docs/design/placement.md.</remarks>
internal sealed class PartitionTable
{
    private readonly ImmutableArray<LayoutMember> _members;
    private readonly int[][] _rows;
    private readonly int _chunkCopies;
    private readonly ImmutableArray<ReplicaId>[] _heads;
    private readonly ImmutableArray<ReplicaId>[] _chunks;

    private PartitionTable(ImmutableArray<LayoutMember> members, LayoutFactors factors, int[][] rows)
    {
        (_members, _rows, _chunkCopies) = (members, rows, factors.Data);
        _heads = Array.ConvertAll(rows, row => Ids(row.Take(factors.Metadata)));
        _chunks = Array.ConvertAll(rows, row => Ids(row.Take(factors.Data)));
    }

    /// <summary>Derived from the members alone.</summary>
    public static PartitionTable Hashed(ImmutableArray<LayoutMember> members, LayoutFactors factors) => new(
        members,
        factors,
        [.. PartitionId.All.Select(partition =>
            Rendezvous.Spread(members, Rendezvous.Order(members, partition.Index), RowLength(members, factors)).ToArray())]);

    /// <summary>Even by weight, and as near as that allows to what the slots held before.</summary>
    /// <param name="before">By partition, the slots that hold its chunks, in order; null for a first layout.</param>
    public static PartitionTable Balanced(ImmutableArray<LayoutMember> members, LayoutFactors factors, IEnumerable<Bytes16[]>? before)
    {
        var indexOf = members.Select((member, index) => (member.Slot, index)).ToDictionary(each => each.Slot, each => each.index);
        var rows = SliceBalance.Of(
            members,
            factors.Data,
            PartitionId.Count,
            before?.Select(slots => Array.ConvertAll(slots, slot => indexOf.GetValueOrDefault(slot, -1))).ToList());
        return new(members, factors, factors.Metadata <= factors.Data ? rows : [.. rows.Select(Longer)]);

        // Heads are small: where they have more copies than chunks, the rest is by hash.
        int[] Longer(int[] row, int index) =>
            Rendezvous.SpreadAfter(members, Rendezvous.Order(members, index), row, RowLength(members, factors));
    }

    /// <summary>Entries of a row.</summary>
    public static int RowLength(IReadOnlyCollection<LayoutMember> members, LayoutFactors factors) =>
        Math.Min(members.Count, Math.Max(factors.Data, factors.Metadata));

    /// <summary>A row of a byte per entry for each partition; a row that names nobody, or somebody twice, is refused.</summary>
    public static PartitionTable? Read(ref ByteReader reader, ImmutableArray<LayoutMember> members, LayoutFactors factors)
    {
        var rows = new int[PartitionId.Count][];
        for (var index = 0; index < rows.Length; index++)
        {
            rows[index] = Array.ConvertAll(reader.Fixed(RowLength(members, factors)).ToArray(), entry => (int)entry);
            reader.Require(rows[index].All(entry => entry < members.Length) && rows[index].Distinct().Count() == rows[index].Length);
        }

        return reader.HasFailed ? null : new(members, factors, rows);
    }

    public void Write(ByteWriter writer)
    {
        foreach (var row in _rows)
        {
            writer.Fixed(Array.ConvertAll(row, entry => (byte)entry));
        }
    }

    public ImmutableArray<ReplicaId> Heads(PartitionId partition) => _heads[partition.Index];

    public ImmutableArray<ReplicaId> Chunks(PartitionId partition) => _chunks[partition.Index];

    /// <summary>Everyone: the row first, then by hash, each zone's first before the second of any.</summary>
    public ImmutableArray<ReplicaId> ChunkOrder(PartitionId partition) => Ids(Rendezvous.SpreadAfter(
        _members, Rendezvous.Order(_members, partition.Index), _rows[partition.Index].AsSpan(0, Math.Min(_members.Length, _chunkCopies)), _members.Length));

    /// <summary>The slots that hold the partition's chunks, in order.</summary>
    public Bytes16[] Slots(PartitionId partition) =>
        [.. _rows[partition.Index].Take(_chunkCopies).Select(index => _members[index].Slot)];

    private ImmutableArray<ReplicaId> Ids(IEnumerable<int> indexes) =>
        [.. indexes.Select(index => _members[index].Id)];
}
