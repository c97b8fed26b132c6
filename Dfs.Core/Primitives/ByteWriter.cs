using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Dfs.Core.Primitives;

/// <summary>Writes the fields of a stored or sent format: big-endian, variable ones with their length before them.</summary>
public sealed class ByteWriter
{
    private readonly ArrayBufferWriter<byte> _bytes;

    public ByteWriter(int capacityBytes = 256) => _bytes = new ArrayBufferWriter<byte>(capacityBytes);

    public int Length => _bytes.WrittenCount;

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>Begins anew; what was written is overwritten.</summary>
    public void Clear() => _bytes.Clear();

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public void Byte(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
    }

    public void U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.GetSpan(2), value);
        _bytes.Advance(2);
    }

    public void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
    }

    public void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
    }

    public void I64(long value) => U64(unchecked((ulong)value));

    public void Bytes16(Bytes16 value)
    {
        value.CopyTo(_bytes.GetSpan(Primitives.Bytes16.SizeBytes));
        _bytes.Advance(Primitives.Bytes16.SizeBytes);
    }

    public void Bytes32(Bytes32 value)
    {
        value.CopyTo(_bytes.GetSpan(Primitives.Bytes32.SizeBytes));
        _bytes.Advance(Primitives.Bytes32.SizeBytes);
    }

    /// <summary>Bytes whose number the format fixes; no length is written.</summary>
    public void Fixed(ReadOnlySpan<byte> value) => _bytes.Write(value);

    /// <summary>A length of two bytes, then the bytes.</summary>
    public void Block16(ReadOnlySpan<byte> value)
    {
        Invariant.Holds(value.Length <= ushort.MaxValue, $"a short block fits its length field ({value.Length} bytes)");
        U16((ushort)value.Length);
        _bytes.Write(value);
    }

    /// <summary>A length of four bytes, then the bytes.</summary>
    public void Block32(ReadOnlySpan<byte> value)
    {
        U32((uint)value.Length);
        _bytes.Write(value);
    }

    /// <summary>UTF-8 with a length of two bytes.</summary>
    public void Text(string value) => Block16(Encoding.UTF8.GetBytes(value));
}
