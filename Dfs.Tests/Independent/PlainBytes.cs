using System.Buffers.Binary;
using System.Text;

namespace Dfs.Tests.Independent;

/// <summary>Reads big-endian fields one after the other; an end before the end throws.</summary>
internal sealed class PlainBytes(byte[] bytes, int at = 0)
{
    public int At { get; private set; } = at;

    public bool IsAtEnd => At == bytes.Length;

    public byte[] Take(int count)
    {
        var taken = bytes[At..(At + count)];
        At += count;
        return taken;
    }

    public byte Byte() => Take(1)[0];

    public int U16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int U32() => checked((int)BinaryPrimitives.ReadUInt32BigEndian(Take(4)));

    public long U64() => checked((long)BinaryPrimitives.ReadUInt64BigEndian(Take(8)));

    public byte[] Behind16() => Take(U16());

    public string Text() => Encoding.UTF8.GetString(Behind16());

    public void Expect(params byte[] expected) => Assert.Equal(expected, Take(expected.Length));
}
