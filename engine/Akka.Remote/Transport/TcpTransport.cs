using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;

namespace Akka.Remote.Transport;

/// <summary>Sockets: listens, accepts, dials, encrypts. Knows nothing of messages.</summary>
/// <param name="tls">Null for plain connections.</param>
internal sealed class TcpTransport(TransportOptions options, TlsOptions? tls)
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
                _ = HandleAsync(socket, handshake, onError);
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
            return await OpenAsync(socket, (stream, limit) => stream.AuthenticateAsClientAsync(tls!.ForDialing(remote.Host!), limit), token);
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

    private async Task HandleAsync(Socket socket, Func<Channel, CancellationToken, Task> handshake, Action<Exception> onError)
    {
        var halfOpen = _halfOpen.Add(socket);
        using var limit = new CancellationTokenSource(options.HandshakeTimeout);
        try
        {
            Configure(socket);
            await handshake(await AcceptAsync(socket, limit.Token), limit.Token);
        }
        catch (TlsRefusedException refused)
        {
            socket.Dispose();
            onError(refused);
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

    private async Task<Channel> AcceptAsync(Socket socket, CancellationToken token)
    {
        var peer = socket.RemoteEndPoint;
        try
        {
            return await OpenAsync(socket, (stream, limit) => stream.AuthenticateAsServerAsync(tls!.ForAccepting(), limit), token);
        }
        catch (Exception e) when (!_isClosed && e is AuthenticationException or IOException or OperationCanceledException)
        {
            throw new TlsRefusedException($"No TLS with {peer}: {(e is OperationCanceledException ? "no handshake within its time" : e.Message)}", e);
        }
    }

    private async Task<Channel> OpenAsync(Socket socket, Func<SslStream, CancellationToken, Task> authenticate, CancellationToken token)
    {
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (tls == null)
        {
            return new Channel(socket, plain);
        }

        var stream = new SslStream(plain, leaveInnerStreamOpen: false);
        try
        {
            await authenticate(stream, token);
            return new Channel(socket, stream, stream.RemoteCertificate as X509Certificate2);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

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

    /// <summary>A connection that came to no TLS: of no certificate that is welcome, or of no TLS at all.</summary>
    private sealed class TlsRefusedException(string message, Exception cause) : RemoteTransportException(message, cause);
}
