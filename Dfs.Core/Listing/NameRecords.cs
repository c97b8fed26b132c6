using System.Buffers.Binary;
using System.Text;
using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>What a listing says of a name.</summary>
/// <param name="ModifiedUnixMs">Milliseconds since 1970, UTC.</param>
/// <param name="ETag">At most 127 bytes of UTF-8.</param>
/// <param name="IsRemoved">The version is a delete marker.</param>
public sealed record ListedName(string Name, long SizeBytes, long ModifiedUnixMs, string ETag, VersionId Version, bool IsRemoved);

/// <summary>Names with what is known of them, packed into pieces of 1 MiB; a record never moves.</summary>
/// <remarks>
/// A record is 35 bytes, the name and the ETag, filled up to a multiple of 8. What is freed is zeroed, kept in a list of its
/// size and used again by the next of that size.
/// </remarks>
internal sealed class NameRecords
{
    private const int UnitBytes = 8;
    private const int PieceUnits = 1 << 17;

    private const byte TagBytesMax = 127, IsRemovedBit = 128;

    /// <summary>Lengths of name (2) and ETag (1; its high bit says "removed"), size (8), time (8), version (16).</summary>
    private const int HeaderBytes = 3 + 8 + 8 + Bytes16.SizeBytes;

    private const int UnitsMax = (HeaderBytes + ObjectKey.NameBytesMax + TagBytesMax + UnitBytes - 1) / UnitBytes;
    private const int End = -1;

    private readonly List<byte[]> _pieces = [];
    private readonly int[] _free = NewFree();

    // Of the last piece; full when there is none.
    private int _usedUnits = PieceUnits;

    public int Add(ListedName file)
    {
        var (nameBytes, tagBytes) = (Encoding.UTF8.GetByteCount(file.Name), Encoding.UTF8.GetByteCount(file.ETag));
        Invariant.Holds(nameBytes <= ObjectKey.NameBytesMax, $"a name is a key's ({nameBytes} bytes)");
        Invariant.Holds(tagBytes <= TagBytesMax, $"an ETag has at most {TagBytesMax} bytes ({tagBytes})");
        var record = Allocate(Units(nameBytes, tagBytes));
        var bytes = From(record);
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)nameBytes);
        bytes[2] = (byte)(tagBytes | (file.IsRemoved ? IsRemovedBit : 0));
        BinaryPrimitives.WriteInt64BigEndian(bytes[3..], file.SizeBytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes[11..], file.ModifiedUnixMs);
        file.Version.Value.CopyTo(bytes[19..]);
        Encoding.UTF8.GetBytes(file.Name, bytes[HeaderBytes..]);
        Encoding.UTF8.GetBytes(file.ETag, bytes[(HeaderBytes + nameBytes)..]);
        return record;
    }

    /// <param name="bytes">A record, as <see cref="ReadBytes"/> gives it.</param>
    public int Add(ReadOnlySpan<byte> bytes)
    {
        var record = Allocate((bytes.Length + UnitBytes - 1) / UnitBytes);
        bytes.CopyTo(From(record));
        return record;
    }

    /// <summary>The record itself, without what fills it up; valid until it is freed.</summary>
    public ReadOnlySpan<byte> BytesOf(int record)
    {
        var bytes = From(record);
        return bytes[..(HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(bytes) + (bytes[2] & TagBytesMax))];
    }

    /// <returns>The next record; empty when there is none whole.</returns>
    public static ReadOnlySpan<byte> ReadBytes(ref ByteReader reader)
    {
        var header = reader.Peek(HeaderBytes);
        if (header.IsEmpty)
        {
            return default;
        }

        var nameBytes = BinaryPrimitives.ReadUInt16BigEndian(header);
        return reader.Require(nameBytes <= ObjectKey.NameBytesMax) ? reader.Fixed(HeaderBytes + nameBytes + (header[2] & TagBytesMax)) : default;
    }

    /// <summary>UTF-8; valid until the record is freed.</summary>
    public ReadOnlySpan<byte> NameOf(int record)
    {
        var bytes = From(record);
        return bytes.Slice(HeaderBytes, BinaryPrimitives.ReadUInt16BigEndian(bytes));
    }

    public bool IsRemoved(int record) => (From(record)[2] & IsRemovedBit) != 0;

    public ListedName Read(int record)
    {
        var bytes = From(record);
        var nameBytes = BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return new ListedName(
            Encoding.UTF8.GetString(bytes.Slice(HeaderBytes, nameBytes)),
            BinaryPrimitives.ReadInt64BigEndian(bytes[3..]),
            BinaryPrimitives.ReadInt64BigEndian(bytes[11..]),
            Encoding.UTF8.GetString(bytes.Slice(HeaderBytes + nameBytes, bytes[2] & TagBytesMax)),
            new VersionId(bytes.Slice(19, Bytes16.SizeBytes)),
            IsRemoved(record));
    }

    public void Free(int record)
    {
        var bytes = From(record);
        var units = Units(BinaryPrimitives.ReadUInt16BigEndian(bytes), bytes[2] & TagBytesMax);
        bytes[..(units * UnitBytes)].Clear();
        BinaryPrimitives.WriteInt32BigEndian(bytes, _free[units]);
        _free[units] = record;
    }

    /// <summary>Zeroes all of it.</summary>
    public void Clear()
    {
        _pieces.ForEach(Array.Clear);
        _pieces.Clear();
        Array.Fill(_free, End);
        _usedUnits = PieceUnits;
    }

    private int Allocate(int units)
    {
        if (_free[units] is var freed && freed != End)
        {
            _free[units] = BinaryPrimitives.ReadInt32BigEndian(From(freed));
            return freed;
        }

        if (_usedUnits + units > PieceUnits)
        {
            _pieces.Add(new byte[PieceUnits * UnitBytes]);
            _usedUnits = 0;
        }

        var record = ((_pieces.Count - 1) * PieceUnits) + _usedUnits;
        _usedUnits += units;
        return record;
    }

    private Span<byte> From(int record) => _pieces[record / PieceUnits].AsSpan(record % PieceUnits * UnitBytes);

    private static int Units(int nameBytes, int tagBytes) => (HeaderBytes + nameBytes + tagBytes + UnitBytes - 1) / UnitBytes;

    private static int[] NewFree()
    {
        var free = new int[UnitsMax + 1];
        Array.Fill(free, End);
        return free;
    }
}
