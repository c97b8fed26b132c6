using System.Net;
using System.Net.Sockets;

namespace Engine.Tests.Embedded.Remote;

/// <summary>A TCP proxy on loopback that can freeze, cut and slow down what passes through it.</summary>
internal sealed class FaultyNetwork : IDisposable
{
    /// <summary>Small, so that what waits waits at the sender and not in the network.</summary>
    private const int BufferBytes = 128 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _clients = [];
    private volatile TaskCompletionSource _open = new();

    public FaultyNetwork()
    {
        _open.SetResult();
        _listener.Server.ReceiveBufferSize = BufferBytes;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Where connections go; until it is set they wait.</summary>
    public TaskCompletionSource<int> Target { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>0: as fast as it can.</summary>
    public int BytesPerMillisecond { get; set; }

    /// <summary>Nothing passes, and nobody is told.</summary>
    public void Freeze() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => _open.TrySetResult();

    /// <summary>Ends all connections of this moment.</summary>
    public void Cut()
    {
        lock (_clients)
        {
            _clients.ForEach(client => client.Dispose());
            _clients.Clear();
        }
    }

    public void Dispose()
    {
        Thaw();
        _listener.Dispose();
        Cut();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptTcpClientAsync();
                var far = new TcpClient();
                lock (_clients)
                {
                    _clients.AddRange([near, far]);
                }

                await far.ConnectAsync(IPAddress.Loopback, await Target.Task);
                _ = PumpAsync(near, far);
                _ = PumpAsync(far, near);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            while (await from.GetStream().ReadAsync(buffer) is var read && read > 0)
            {
                await _open.Task;
                if (BytesPerMillisecond > 0)
                {
                    await Task.Delay(Math.Max(1, read / BytesPerMillisecond));
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Cut.
        }

        from.Dispose();
        to.Dispose();
    }
}
