using System.Buffers.Binary;
using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>Which row: a file's register in its partition, or one of the cluster's own, kept by the council.</summary>
public readonly record struct RowKey(bool IsCouncil, RegisterId Register) : IComparable<RowKey>
{
    public PartitionId Partition => Register.Partition;

    /// <summary>What a claim of a partition is addressed to: the lowest id of it, which no hash has.</summary>
    public static RowKey OfClaim(PartitionId partition)
    {
        Span<byte> id = stackalloc byte[Bytes32.SizeBytes];
        BinaryPrimitives.WriteUInt16BigEndian(id, (ushort)(partition.Index << 6));
        return new RowKey(false, new RegisterId(id));
    }

    public int CompareTo(RowKey other)
    {
        var order = IsCouncil.CompareTo(other.IsCouncil);
        return order != 0 ? order : Register.CompareTo(other.Register);
    }
}

/// <summary>What a replica keeps of one register.</summary>
/// <param name="Promise">It accepts nothing below.</param>
/// <param name="Accepted">None when there is no value: never written, promised only, or a removed one's remains.</param>
/// <param name="Value">Opaque; empty without <paramref name="Accepted"/>.</param>
/// <param name="CounterFloor">The counter of the tombstone that was dropped here; outlives it. 0: none was.</param>
/// <param name="Change">Where the value stands in the replica's sequence of changes; the store sets it at commit.</param>
public sealed record RegisterRow(
    RowKey Key, Ballot Promise, Ballot Accepted, ReadOnlyMemory<byte> Value, ulong CounterFloor, ulong Change)
{
    /// <summary>64 KiB: an encoded head at its longest, and an encoded layout.</summary>
    public const int ValueBytesMax = 64 * 1024;

    public bool HasValue => Accepted != Ballot.None;

    public static RegisterRow Absent(RowKey key) => new(key, Ballot.None, Ballot.None, default, 0, 0);
}

/// <summary>What a replica promised for all registers of a partition at once.</summary>
/// <param name="Promise">To one proposer, whose later sequence numbers it leaves open.</param>
/// <param name="Floor">At least the ballot of every tombstone that was dropped; absent registers promise it.</param>
public sealed record PartitionRow(PartitionId Partition, Ballot Promise, Ballot Floor)
{
    public static PartitionRow Empty(PartitionId partition) => new(partition, Ballot.None, Ballot.None);
}
