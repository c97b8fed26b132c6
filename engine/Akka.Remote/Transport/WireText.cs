using System.Buffers.Binary;
using System.Text;

namespace Akka.Remote.Transport;

/// <summary>Text on the wire: u16 length in bytes (big-endian), UTF-8.</summary>
internal static class WireText
{
    private const int LengthBytes = sizeof(ushort);

    public static int SizeOf(string text) => LengthBytes + Encoding.UTF8.GetByteCount(text);

    public static int SizeOf(ReadOnlySpan<byte> utf8) => LengthBytes + utf8.Length;

    /// <returns>The room behind the text.</returns>
    public static Span<byte> Write(Span<byte> target, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text, target[LengthBytes..]);
        BinaryPrimitives.WriteUInt16BigEndian(target, checked((ushort)bytes));
        return target[(LengthBytes + bytes)..];
    }

    public static Span<byte> Write(Span<byte> target, ReadOnlySpan<byte> utf8)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target, checked((ushort)utf8.Length));
        utf8.CopyTo(target[LengthBytes..]);
        return target[(LengthBytes + utf8.Length)..];
    }

    /// <exception cref="MalformedFrameException">The text is longer than what is left.</exception>
    public static ReadOnlySpan<byte> Read(ref ReadOnlySpan<byte> source)
    {
        if (source.Length < LengthBytes)
        {
            throw new MalformedFrameException("text without a length");
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(source);
        if (source.Length < LengthBytes + length)
        {
            throw new MalformedFrameException($"text of {length} bytes cut short");
        }

        var text = source.Slice(LengthBytes, length);
        source = source[(LengthBytes + length)..];
        return text;
    }
}
