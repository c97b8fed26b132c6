using System.Net;
using System.Net.Sockets;

namespace Dfs.Tests.Kit;

/// <summary>Takes every connection and resets it at once, as the system does for a process that was killed.</summary>
internal sealed class ResettingServer : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public ResettingServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        new Thread(Run) { IsBackground = true }.Start();
    }

    public Uri Url => new($"http://{_listener.LocalEndPoint}");

    public void Dispose() => _listener.Dispose();

    private void Run()
    {
        try
        {
            while (true)
            {
                using var taken = _listener.Accept();
                taken.LingerState = new LingerOption(true, 0);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // Nobody listens any more.
        }
    }
}
