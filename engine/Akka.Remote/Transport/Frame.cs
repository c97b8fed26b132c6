using System.Buffers;
using System.Buffers.Binary;

namespace Akka.Remote.Transport;

/// <summary>What a frame carries; the numbers are the wire's and are never used again for something else.</summary>
internal enum FrameKind : byte
{
    /// <summary>First frame each way, see <see cref="Hello"/>.</summary>
    Hello = 1,

    /// <summary>Last frame: one byte <see cref="GoodbyeReason"/>.</summary>
    Goodbye = 2,

    /// <summary>Empty: shows that the connection lives.</summary>
    Heartbeat = 3,

    /// <summary>u64 number of the stream of messages that begins here, see <see cref="InboundStream"/>.</summary>
    StreamStart = 4,

    /// <summary>A message, see <see cref="EnvelopeEncoder"/>.</summary>
    Message = 5,

    /// <summary>u64 sequence number, then like <see cref="Message"/>.</summary>
    SystemMessage = 6,

    /// <summary>u64: all system messages up to this number have arrived.</summary>
    Ack = 7,
}

/// <summary>Why a connection is ended.</summary>
internal enum GoodbyeReason : byte
{
    Shutdown = 1,
    Quarantined = 2,
    WrongAddress = 3,
}

/// <summary>The peer does not speak our protocol, or not properly; its connection ends.</summary>
internal sealed class MalformedFrameException(string message) : Exception(message);

/// <summary>Cuts the byte stream into frames: u32 length (big-endian, of what follows), u8 kind, body.</summary>
internal static class Frame
{
    public const int PrefixBytes = 4;

    /// <returns>False while the frame is not complete; then nothing is consumed.</returns>
    /// <exception cref="MalformedFrameException">Length zero or over the limit: known before anything is buffered.</exception>
    public static bool TryRead(
        ref ReadOnlySequence<byte> buffer, int maximumFrameBytes, out ReadOnlySequence<byte> frame)
    {
        frame = default;
        if (buffer.Length < PrefixBytes)
        {
            return false;
        }

        Span<byte> prefix = stackalloc byte[PrefixBytes];
        buffer.Slice(0, PrefixBytes).CopyTo(prefix);
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (length == 0 || length > maximumFrameBytes)
        {
            throw new MalformedFrameException($"frame of {length} bytes, allowed are 1 to {maximumFrameBytes}");
        }

        if (buffer.Length < PrefixBytes + length)
        {
            return false;
        }

        frame = buffer.Slice(PrefixBytes, length);
        buffer = buffer.Slice(frame.End);
        return true;
    }

    public static ulong ReadNumber(ReadOnlySpan<byte> body) => BinaryPrimitives.TryReadUInt64BigEndian(body, out var number)
        ? number
        : throw new MalformedFrameException($"a number has 8 bytes, this one {body.Length}");
}
