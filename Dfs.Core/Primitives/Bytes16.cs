using System.Buffers.Binary;

namespace Dfs.Core.Primitives;

/// <summary>Sixteen bytes with value equality, ordered as an unsigned big-endian number.</summary>
public readonly record struct Bytes16 : IComparable<Bytes16>
{
    public const int SizeBytes = 16;

    private readonly ulong _high, _low;

    /// <param name="source">Exactly 16 bytes.</param>
    public Bytes16(ReadOnlySpan<byte> source)
    {
        Invariant.Holds(source.Length == SizeBytes, $"an id has 16 bytes ({source.Length})");
        _high = BinaryPrimitives.ReadUInt64BigEndian(source);
        _low = BinaryPrimitives.ReadUInt64BigEndian(source[8..]);
    }

    public Bytes16(ulong high, ulong low) => (_high, _low) = (high, low);

    public static bool TryParse(ReadOnlySpan<char> hex, out Bytes16 value)
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        var parsed = hex.Length == 2 * SizeBytes
            && Convert.FromHexString(hex, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        value = parsed ? new Bytes16(bytes) : default;
        return parsed;
    }

    public void CopyTo(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, _high);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], _low);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[SizeBytes];
        CopyTo(bytes);
        return bytes;
    }

    public int CompareTo(Bytes16 other)
    {
        var order = _high.CompareTo(other._high);
        return order != 0 ? order : _low.CompareTo(other._low);
    }

    public override int GetHashCode() => unchecked((int)(_high ^ (_low >> 32)));

    /// <summary>Lower-case hexadecimal, 32 characters.</summary>
    public override string ToString() => $"{_high:x16}{_low:x16}";
}
