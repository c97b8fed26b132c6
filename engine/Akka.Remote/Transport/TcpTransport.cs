using System.Net;
using System.Net.Sockets;
using Akka.Actor;

namespace Akka.Remote.Transport;

/// <summary>Sockets: listens, accepts, dials. Knows nothing of messages.</summary>
internal sealed class TcpTransport(TransportOptions options)
{
    /// <summary>After a failed accept, most likely for want of file handles: they do not come back at once.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly HalfOpenConnections _halfOpen = new(TransportOptions.HalfOpenMax);
    private Socket? _listener;
    private volatile bool _isClosed;

    /// <returns>The port that is bound.</returns>
    /// <exception cref="RemoteTransportException">The address cannot be bound.</exception>
    public int Listen()
    {
        try
        {
            var endpoint = new IPEndPoint(Resolve(options.Hostname), options.Port);
            _listener = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _listener.Bind(endpoint);
            _listener.Listen(options.Backlog);
            return ((IPEndPoint)_listener.LocalEndPoint!).Port;
        }
        catch (SocketException e)
        {
            _listener?.Dispose();
            throw new RemoteTransportException(
                $"Cannot listen on {options.Hostname}:{options.Port}: {e.Message}", e);
        }
    }

    /// <summary>Hands over each new connection; it is cut unless the handler ends within the handshake's time.</summary>
    public async Task AcceptAsync(Func<Channel, CancellationToken, Task> handshake, Action<Exception> onError)
    {
        while (true)
        {
            try
            {
                var socket = await _listener!.AcceptAsync();
                _ = HandleAsync(socket, handshake);
            }
            catch (Exception) when (_isClosed)
            {
                return;
            }
            catch (SocketException e)
            {
                onError(e);
                await Task.Delay(AcceptPause);
            }
        }
    }

    public async Task<Channel> DialAsync(Address remote, CancellationToken token)
    {
        var addresses = await Dns.GetHostAddressesAsync(remote.Host!, token);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Configure(socket);
            await socket.ConnectAsync(addresses, remote.Port!.Value, token);
            return Open(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Close()
    {
        _isClosed = true;
        _listener?.Dispose();
        _halfOpen.CloseAll();
    }

    private async Task HandleAsync(Socket socket, Func<Channel, CancellationToken, Task> handshake)
    {
        var halfOpen = _halfOpen.Add(socket);
        using var limit = new CancellationTokenSource(options.HandshakeTimeout);
        try
        {
            Configure(socket);
            await handshake(Open(socket), limit.Token);
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            socket.Dispose();
        }
        finally
        {
            _halfOpen.Remove(halfOpen);
        }
    }

    private static Channel Open(Socket socket) => new(socket, new NetworkStream(socket, ownsSocket: true));

    private void Configure(Socket socket)
    {
        socket.NoDelay = options.NoDelay;
        socket.SendBufferSize = options.SendBufferBytes;
        socket.ReceiveBufferSize = options.ReceiveBufferBytes;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, options.KeepAlive);
    }

    private static IPAddress Resolve(string hostname)
    {
        if (IPAddress.TryParse(hostname, out var address))
        {
            return address;
        }

        var all = Dns.GetHostAddresses(hostname);
        return all.FirstOrDefault(one => one.AddressFamily == AddressFamily.InterNetwork) ?? all[0];
    }
}
