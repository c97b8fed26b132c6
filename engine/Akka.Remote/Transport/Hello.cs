using System.Buffers.Binary;
using System.Text;

namespace Akka.Remote.Transport;

/// <summary>The handshake: who I am, in which incarnation, and whom I take you for.</summary>
/// <remarks>
/// Body: magic "AKRM", u8 version, i32 uid, then two addresses as u16 length and UTF-8; all big-endian. The one who
/// dials sends it first; the answer is a Hello or a Goodbye.
/// </remarks>
internal sealed record Hello(int Uid, string From, string To)
{
    public const byte Version = 1;

    /// <summary>Before the handshake a stranger may make us hold this much and no more.</summary>
    public const int FrameBytesMax = 2 * 1024;

    private const int HeadBytes = 9;

    private static ReadOnlySpan<byte> Magic => "AKRM"u8;

    public void AppendTo(FrameBuffer buffer)
    {
        var body = buffer.Append(FrameKind.Hello, HeadBytes + WireText.SizeOf(From) + WireText.SizeOf(To));
        Magic.CopyTo(body);
        body[4] = Version;
        BinaryPrimitives.WriteInt32BigEndian(body[5..], Uid);
        body = WireText.Write(body[HeadBytes..], From);
        WireText.Write(body, To);
    }

    /// <exception cref="MalformedFrameException">Not a Hello of this version.</exception>
    public static Hello Decode(ReadOnlySpan<byte> body)
    {
        if (body.Length < HeadBytes || !body.StartsWith(Magic) || body[4] != Version)
        {
            throw new MalformedFrameException("no handshake of this protocol and version");
        }

        var uid = BinaryPrimitives.ReadInt32BigEndian(body[5..]);
        var rest = body[HeadBytes..];
        var from = Encoding.UTF8.GetString(WireText.Read(ref rest));
        var to = Encoding.UTF8.GetString(WireText.Read(ref rest));
        return rest.IsEmpty ? new Hello(uid, from, to) : throw new MalformedFrameException("bytes after the handshake");
    }
}
