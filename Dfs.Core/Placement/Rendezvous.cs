using System.Buffers.Binary;
using System.Numerics;
using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>Weighted rendezvous hashing: orders members for a partition so that each comes first by its weight.</summary>
/// <remarks>
/// Thaler and Ravishankar (IEEE/ACM ToN 1998); the weighting is by Schindelhauer and Schomaker's logarithmic method
/// (SPAA 2005): the least -log(u)/weight wins, u being a hash in (0, 1]. The logarithm is taken in integers, because
/// nodes derive the table for themselves and must agree to the last bit on every machine.
/// </remarks>
internal static class Rendezvous
{
    /// <summary>A slice that no data has; its order chooses the council.</summary>
    public const int CouncilIndex = PartitionId.Count;

    /// <summary>24 bits: finer than the differences that decide among a hundred members, short enough to multiply.</summary>
    private const int FractionBits = 24;

    /// <summary>Indexes into members, cheapest first; ties go to the lower slot.</summary>
    public static int[] Order(IReadOnlyList<LayoutMember> members, int partitionIndex)
    {
        var costs = new ulong[members.Count];
        var order = new int[members.Count];
        for (var index = 0; index < members.Count; index++)
        {
            costs[index] = Cost(Hash(members[index].Slot, partitionIndex));
            order[index] = index;
        }

        Array.Sort(order, Compare);
        return order;

        // cost / weight without a division: costs have 30 bits, weights 21.
        int Compare(int left, int right)
        {
            var compared = (costs[left] * members[right].Weight).CompareTo(costs[right] * members[left].Weight);
            compared = compared != 0 ? compared : members[left].Slot.CompareTo(members[right].Slot);
            return compared != 0 ? compared : members[left].Id.CompareTo(members[right].Id);
        }
    }

    /// <summary>Takes the first of each zone, then, with fewer zones than wanted, whoever comes next.</summary>
    public static List<int> Spread(IReadOnlyList<LayoutMember> members, int[] order, int count) =>
        [.. SpreadAfter(members, order, [], count)];

    /// <summary>The same, behind some who are chosen already.</summary>
    /// <returns>Those first, then as many as are missing to the count.</returns>
    public static int[] SpreadAfter(IReadOnlyList<LayoutMember> members, int[] order, ReadOnlySpan<int> first, int count)
    {
        List<int> chosen = [.. first];
        var zones = chosen.Select(index => members[index].Zone).ToHashSet(StringComparer.Ordinal);
        foreach (var index in order)
        {
            if (chosen.Count < count && !chosen.Contains(index) && zones.Add(members[index].Zone))
            {
                chosen.Add(index);
            }
        }

        foreach (var index in order)
        {
            if (chosen.Count < count && !chosen.Contains(index))
            {
                chosen.Add(index);
            }
        }

        return [.. chosen];
    }

    /// <summary>-log2((hash or 1) / 2^64) with <see cref="FractionBits"/> bits behind the point; never zero.</summary>
    internal static ulong Cost(ulong hash)
    {
        hash = Math.Max(hash, 1);
        var whole = BitOperations.Log2(hash);
        var mantissa = hash << (63 - whole);
        ulong fraction = 0;
        for (var bit = 0; bit < FractionBits; bit++)
        {
            var high = Math.BigMul(mantissa, mantissa, out var low);
            var carries = high >> 63;
            fraction = (fraction << 1) | carries;
            mantissa = carries == 1 ? high : (high << 1) | (low >> 63);
        }

        return (64UL << FractionBits) - (((ulong)whole << FractionBits) | fraction);
    }

    /// <summary>SplitMix64's finalizer over both words of the slot and the partition.</summary>
    internal static ulong Hash(Bytes16 slot, int partitionIndex)
    {
        Span<byte> bytes = stackalloc byte[Bytes16.SizeBytes];
        slot.CopyTo(bytes);
        var hash = Mix((ulong)partitionIndex);
        hash = Mix(hash ^ BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        return Mix(hash ^ BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
