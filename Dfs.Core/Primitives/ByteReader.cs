using System.Buffers.Binary;
using System.Text;

namespace Dfs.Core.Primitives;

/// <summary>Reads untrusted bytes field by field; a wrong length fails the reader, nothing throws.</summary>
/// <remarks>
/// After the first failure every read gives zero or empty and <see cref="IsComplete"/> stays false, so a decoder
/// reads all its fields and asks once at the end. Spans point into the source: nothing is allocated by a length
/// that the source claims.
/// </remarks>
public ref struct ByteReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;

    public bool HasFailed { get; private set; }

    public readonly int RemainingBytes => _rest.Length;

    /// <summary>Every field was there and nothing is left over.</summary>
    public readonly bool IsComplete => !HasFailed && _rest.IsEmpty;

    /// <summary>Marks the source as refused for a reason that the fields' lengths do not show.</summary>
    public void Refuse()
    {
        HasFailed = true;
        _rest = default;
    }

    /// <summary>Refuses the source unless the condition holds.</summary>
    public bool Require(bool condition)
    {
        if (!condition)
        {
            Refuse();
        }

        return !HasFailed;
    }

    /// <summary>The next bytes must be exactly these: a magic, a version.</summary>
    public bool Expect(ReadOnlySpan<byte> expected) => Require(Fixed(expected.Length).SequenceEqual(expected));

    public byte Byte()
    {
        var bytes = Fixed(1);
        return bytes.IsEmpty ? (byte)0 : bytes[0];
    }

    public ushort U16()
    {
        var bytes = Fixed(2);
        return bytes.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }

    public uint U32()
    {
        var bytes = Fixed(4);
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    public ulong U64()
    {
        var bytes = Fixed(8);
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    public long I64() => unchecked((long)U64());

    public Bytes16 Bytes16()
    {
        var bytes = Fixed(Primitives.Bytes16.SizeBytes);
        return bytes.IsEmpty ? default : new Bytes16(bytes);
    }

    public Bytes32 Bytes32()
    {
        var bytes = Fixed(Primitives.Bytes32.SizeBytes);
        return bytes.IsEmpty ? default : new Bytes32(bytes);
    }

    public ReadOnlySpan<byte> Fixed(int sizeBytes)
    {
        if (HasFailed || sizeBytes > _rest.Length)
        {
            Refuse();
            return default;
        }

        var bytes = _rest[..sizeBytes];
        _rest = _rest[sizeBytes..];
        return bytes;
    }

    /// <summary>As <see cref="Fixed"/>; the next field is these bytes again.</summary>
    public ReadOnlySpan<byte> Peek(int sizeBytes)
    {
        var rest = _rest;
        var bytes = Fixed(sizeBytes);
        _rest = HasFailed ? default : rest;
        return bytes;
    }

    /// <summary>A length of two bytes, then that many, at most <paramref name="sizeBytesMax"/>.</summary>
    public ReadOnlySpan<byte> Block16(int sizeBytesMax)
    {
        var sizeBytes = U16();
        return Require(sizeBytes <= sizeBytesMax) ? Fixed(sizeBytes) : default;
    }

    /// <summary>A length of four bytes, then that many, at most <paramref name="sizeBytesMax"/>.</summary>
    public ReadOnlySpan<byte> Block32(int sizeBytesMax)
    {
        var sizeBytes = U32();
        return Require(sizeBytes <= (uint)sizeBytesMax) ? Fixed((int)sizeBytes) : default;
    }

    /// <summary>A count of two bytes, refused when the rest cannot hold so many items.</summary>
    public int Count16(int itemBytesMin, int countMax)
    {
        int count = U16();
        return Require(count <= countMax && (long)count * itemBytesMin <= _rest.Length) ? count : 0;
    }

    /// <summary>Well-formed UTF-8 with a length of two bytes.</summary>
    public string Text(int sizeBytesMax)
    {
        var bytes = Block16(sizeBytesMax);
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
        {
            Refuse();
            return "";
        }

        return Encoding.UTF8.GetString(bytes);
    }
}
