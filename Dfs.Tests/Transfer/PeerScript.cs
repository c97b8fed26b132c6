using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dfs.Tests.Transfer;

/// <summary>A peer endpoint that answers as a test likes; null: it breaks the connection off, having read the request.</summary>
internal sealed class PeerScript : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, Task<string?>> _answer;

    /// <param name="answer">Given the request line, answers with what follows "HTTP/1.1 ".</param>
    public PeerScript(Func<string, Task<string?>> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Request lines, without the protocol, in the order in which they came.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var socket = client;
        var stream = client.GetStream();
        while (await ReadHeadAsync(stream) is { Length: > 0 } head)
        {
            var line = head.Split(" HTTP/", 2)[0];
            Requests.Enqueue(line);
            await stream.ReadExactlyAsync(new byte[LengthIn(head)]);
            if (await _answer(line) is not { } answer)
            {
                return;
            }

            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer}"));
        }
    }

    private static int LengthIn(string head) => head.Split("Content-Length: ", 2) is [_, var rest] ? int.Parse(rest.Split('\r')[0], null) : 0;

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) > 0)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
