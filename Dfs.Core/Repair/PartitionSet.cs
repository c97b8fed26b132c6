using System.Numerics;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>Some of the 1,024 partitions, one bit each.</summary>
/// <remarks>Immutable; equal by content.</remarks>
public sealed class PartitionSet : IEquatable<PartitionSet>
{
    /// <summary>128 bytes: partition n is bit n % 8 of byte n / 8.</summary>
    public const int EncodedBytes = PartitionId.Count / 8;

    public static readonly PartitionSet Empty = new(new byte[EncodedBytes]);

    private readonly byte[] _bits;

    private PartitionSet(byte[] bits) => _bits = bits;

    public int Count => _bits.Sum(bits => BitOperations.PopCount(bits));

    public static PartitionSet Of(IEnumerable<PartitionId> partitions)
    {
        var bits = new byte[EncodedBytes];
        foreach (var partition in partitions)
        {
            bits[partition.Index >> 3] |= Bit(partition);
        }

        return new PartitionSet(bits);
    }

    public bool Contains(PartitionId partition) => (_bits[partition.Index >> 3] & Bit(partition)) != 0;

    public PartitionSet Add(PartitionId partition)
    {
        if (Contains(partition))
        {
            return this;
        }

        var bits = _bits.AsSpan().ToArray();
        bits[partition.Index >> 3] |= Bit(partition);
        return new PartitionSet(bits);
    }

    /// <summary>Those of this set that the other one does not have.</summary>
    public IEnumerable<PartitionId> Without(PartitionSet other) =>
        PartitionId.All.Where(partition => Contains(partition) && !other.Contains(partition));

    public PartitionSet Union(PartitionSet other) =>
        new([.. _bits.Zip(other._bits, (left, right) => (byte)(left | right))]);

    public byte[] ToArray() => _bits.AsSpan().ToArray();

    public static bool TryDecode(ReadOnlySpan<byte> bytes, out PartitionSet set)
    {
        set = bytes.Length == EncodedBytes ? new PartitionSet(bytes.ToArray()) : Empty;
        return bytes.Length == EncodedBytes;
    }

    public bool Equals(PartitionSet? other) => other is not null && _bits.AsSpan().SequenceEqual(other._bits);

    public override bool Equals(object? obj) => Equals(obj as PartitionSet);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bits);
        return hash.ToHashCode();
    }

    public override string ToString() => $"{Count} partitions";

    private static byte Bit(PartitionId partition) => (byte)(1 << (partition.Index & 7));
}
