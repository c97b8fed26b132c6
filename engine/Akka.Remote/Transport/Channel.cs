using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Akka.Remote.Transport;

/// <summary>A TCP connection before it is a <see cref="Link"/>; reads and writes single frames for the handshake.</summary>
internal sealed class Channel : IDisposable
{
    private const int ReadBytes = 64 * 1024;

    /// <param name="socket">Connected.</param>
    /// <param name="stream">Over the socket: encrypted or plain.</param>
    /// <param name="certificate">The peer's; null when it showed none.</param>
    public Channel(Socket socket, Stream stream, X509Certificate2? certificate = null)
    {
        (Socket, Stream, Certificate) = (socket, stream, certificate);
        PeerName = socket.RemoteEndPoint?.ToString() ?? "unknown";
        Reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBytes, leaveOpen: true));
    }

    public Socket Socket { get; }

    public Stream Stream { get; }

    public PipeReader Reader { get; }

    public X509Certificate2? Certificate { get; }

    /// <summary>Address and port, for the log.</summary>
    public string PeerName { get; }

    public async Task SendAsync(Hello hello, CancellationToken token)
    {
        var buffer = new FrameBuffer();
        hello.AppendTo(buffer);
        await Stream.WriteAsync(buffer.Written, token);
    }

    /// <summary>Last words, then waits for the peer to close: a close of ours might overtake them.</summary>
    public async Task DismissAsync(GoodbyeReason reason, CancellationToken token)
    {
        var buffer = new FrameBuffer();
        buffer.Append(FrameKind.Goodbye, 1)[0] = (byte)reason;
        await Stream.WriteAsync(buffer.Written, token);
        Socket.Shutdown(SocketShutdown.Send);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
        limit.CancelAfter(TransportOptions.GoodbyeLimit);
        try
        {
            while (await Stream.ReadAsync(new byte[1024], limit.Token) > 0)
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Whatever it still had to say is not for us.
        }

        Dispose();
    }

    /// <returns>The peer's Hello, or why it refuses us.</returns>
    /// <exception cref="MalformedFrameException">Anything else.</exception>
    public async Task<(Hello? Hello, GoodbyeReason Refusal)> ReceiveAsync(CancellationToken token)
    {
        while (true)
        {
            var read = await Reader.ReadAsync(token);
            var rest = read.Buffer;
            if (Frame.TryRead(ref rest, Hello.FrameBytesMax, out var frame))
            {
                var answer = Decode(System.Buffers.BuffersExtensions.ToArray(frame));
                Reader.AdvanceTo(rest.Start);
                return answer;
            }

            if (read.IsCompleted)
            {
                throw new MalformedFrameException("the peer closed the connection during the handshake");
            }

            Reader.AdvanceTo(rest.Start, rest.End);
        }
    }

    public void Dispose() => Stream.Dispose();

    private static (Hello? Hello, GoodbyeReason Refusal) Decode(byte[] frame) => (FrameKind)frame[0] switch
    {
        FrameKind.Hello => (Hello.Decode(frame.AsSpan(1)), default),
        FrameKind.Goodbye when frame.Length == 2 => (null, (GoodbyeReason)frame[1]),
        _ => throw new MalformedFrameException("the first frame is no handshake"),
    };
}
