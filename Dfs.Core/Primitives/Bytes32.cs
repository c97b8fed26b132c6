using System.Buffers.Binary;

namespace Dfs.Core.Primitives;

/// <summary>Thirty-two bytes with value equality, ordered as an unsigned big-endian number.</summary>
public readonly record struct Bytes32 : IComparable<Bytes32>
{
    public const int SizeBytes = 32;

    // Big-endian words, so that comparing words compares bytes.
    private readonly ulong _word0, _word1, _word2, _word3;

    /// <param name="source">Exactly 32 bytes.</param>
    public Bytes32(ReadOnlySpan<byte> source)
    {
        Invariant.Holds(source.Length == SizeBytes, $"an id has 32 bytes ({source.Length})");
        _word0 = BinaryPrimitives.ReadUInt64BigEndian(source);
        _word1 = BinaryPrimitives.ReadUInt64BigEndian(source[8..]);
        _word2 = BinaryPrimitives.ReadUInt64BigEndian(source[16..]);
        _word3 = BinaryPrimitives.ReadUInt64BigEndian(source[24..]);
    }

    /// <summary>The first two bytes, big-endian; what partitions are cut from.</summary>
    public ushort Prefix16 => (ushort)(_word0 >> 48);

    public static bool TryParse(ReadOnlySpan<char> hex, out Bytes32 value)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        var parsed = hex.Length == 2 * SizeBytes
            && Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        value = parsed ? new Bytes32(bytes) : default;
        return parsed;
    }

    public void CopyTo(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, _word0);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], _word1);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], _word2);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], _word3);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[SizeBytes];
        CopyTo(bytes);
        return bytes;
    }

    public int CompareTo(Bytes32 other)
    {
        var order = _word0.CompareTo(other._word0);
        order = order != 0 ? order : _word1.CompareTo(other._word1);
        order = order != 0 ? order : _word2.CompareTo(other._word2);
        return order != 0 ? order : _word3.CompareTo(other._word3);
    }

    // The words are hashes or random already.
    public override int GetHashCode() => unchecked((int)(_word0 ^ (_word3 >> 32)));

    /// <summary>Lower-case hexadecimal, 64 characters.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
