using System.Buffers;
using System.Buffers.Binary;

namespace Akka.Remote.Transport;

/// <summary>Frames that wait for one write to the socket, back to back in one array that is used again.</summary>
internal sealed class FrameBuffer
{
    /// <summary>A write of 64 KiB is cheap enough per byte; more would only delay what comes behind it.</summary>
    public const int FlushBytes = 64 * 1024;

    private ArrayBufferWriter<byte> _bytes = new(4 * 1024);

    public bool IsFull => _bytes.WrittenCount >= FlushBytes;

    public bool IsEmpty => _bytes.WrittenCount == 0;

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    public void Clear()
    {
        if (_bytes.Capacity > 8 * FlushBytes)
        {
            _bytes = new ArrayBufferWriter<byte>(FlushBytes);
        }

        _bytes.ResetWrittenCount();
    }

    /// <summary>Appends the head of a frame and returns the room for its body.</summary>
    public Span<byte> Append(FrameKind kind, int bodyBytes)
    {
        var frameBytes = Frame.PrefixBytes + 1 + bodyBytes;
        var span = _bytes.GetSpan(frameBytes)[..frameBytes];
        BinaryPrimitives.WriteUInt32BigEndian(span, (uint)(1 + bodyBytes));
        span[Frame.PrefixBytes] = (byte)kind;
        _bytes.Advance(frameBytes);
        return span[(Frame.PrefixBytes + 1)..];
    }

    public void AppendNumber(FrameKind kind, ulong number) =>
        BinaryPrimitives.WriteUInt64BigEndian(Append(kind, sizeof(ulong)), number);

    public void AppendNumbered(FrameKind kind, ulong number, ReadOnlySpan<byte> body)
    {
        var span = Append(kind, sizeof(ulong) + body.Length);
        BinaryPrimitives.WriteUInt64BigEndian(span, number);
        body.CopyTo(span[sizeof(ulong)..]);
    }
}
