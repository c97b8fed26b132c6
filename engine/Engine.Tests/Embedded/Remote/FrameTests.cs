using System.Buffers;
using System.Text;
using Akka.Remote.Transport;

namespace Engine.Tests.Embedded.Remote;

public class FrameTests
{
    private const int LimitBytes = 1000;

    private static byte[] Written(Action<FrameBuffer> write)
    {
        var buffer = new FrameBuffer();
        write(buffer);
        return buffer.Written.ToArray();
    }

    [Fact]
    public void The_bytes_on_the_wire_are_these()
    {
        Assert.Equal("00000009" + "07" + "0000000000000102", Hex(buffer => buffer.AppendNumber(FrameKind.Ack, 258)));
        Assert.Equal("0000000B" + "06" + "0000000000000001" + "AABB",
            Hex(buffer => buffer.AppendNumbered(FrameKind.SystemMessage, 1, [0xAA, 0xBB])));
        Assert.Equal("00000011" + "01" + "414B524D" + "01" + "00000007" + "000161" + "00026262",
            Hex(new Hello(7, "a", "bb").AppendTo));

        static string Hex(Action<FrameBuffer> write) => Convert.ToHexString(Written(write));
    }

    // Property: however the stream is cut into reads, the same frames come out.
    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(7), InlineData(1000)]
    public void Frames_survive_any_cut(int readBytes)
    {
        var bytes = Written(buffer =>
        {
            for (var number = 0; number < 20; number++)
            {
                buffer.AppendNumbered(FrameKind.SystemMessage, (ulong)number, new byte[number]);
            }
        });
        var rest = Array.Empty<byte>();
        var numbers = new List<ulong>();

        foreach (var part in bytes.Chunk(readBytes))
        {
            var sequence = new ReadOnlySequence<byte>([.. rest, .. part]);
            while (Frame.TryRead(ref sequence, LimitBytes, out var frame))
            {
                numbers.Add(Frame.ReadNumber(frame.ToArray().AsSpan(1, 8)));
            }

            rest = sequence.ToArray();
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(number => (ulong)number), numbers);
        Assert.Empty(rest);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("\0\0\0\0")]
    [InlineData("\0\0\u0003\u00e9")]
    public void A_length_of_zero_or_over_the_limit_is_refused_before_the_rest_comes(string text)
    {
        var sequence = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(text));

        Assert.Throws<MalformedFrameException>(() => Frame.TryRead(ref sequence, LimitBytes, out _));
    }

    [Fact]
    public void A_handshake_reads_as_it_was_written()
    {
        var hello = new Hello(-5, "akka.tcp://a@h:1", "akka.tcp://b@ü:2");

        var frame = Written(hello.AppendTo);

        Assert.Equal(hello, Hello.Decode(frame.AsSpan(Frame.PrefixBytes + 1)));
    }

    [Fact]
    public void A_handshake_that_is_cut_short_or_too_long_or_of_another_version_is_refused()
    {
        var body = Written(new Hello(1, "from", "to").AppendTo)[(Frame.PrefixBytes + 1)..];

        for (var length = 0; length < body.Length; length++)
        {
            Assert.Throws<MalformedFrameException>(() => Hello.Decode(body.AsSpan(0, length)));
        }

        Assert.Throws<MalformedFrameException>(() => Hello.Decode([.. body, 0]));
        body[4] = 2;
        Assert.Throws<MalformedFrameException>(() => Hello.Decode(body));
    }
}
