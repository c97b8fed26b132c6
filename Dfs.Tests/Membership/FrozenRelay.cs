using System.Net;
using System.Net.Sockets;

namespace Dfs.Tests.Membership;

/// <summary>Passes TCP connections on to a port of this machine, and can stop passing bytes: a peer that does not answer.</summary>
internal sealed class FrozenRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly int _target;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _open = new();

    public FrozenRelay(int targetPort)
    {
        _target = targetPort;
        _open.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Freeze() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw() => _open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        var passing = new List<Task>();
        try
        {
            while (true)
            {
                passing.Add(PassAsync(await _listener.AcceptTcpClientAsync(_ended.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(passing);
        }
    }

    private async Task PassAsync(TcpClient arrived)
    {
        using (arrived)
        using (var onward = new TcpClient { NoDelay = true })
        {
            try
            {
                await onward.ConnectAsync(IPAddress.Loopback, _target, _ended.Token);
                await Task.WhenAny(
                    CopyAsync(arrived.GetStream(), onward.GetStream()), CopyAsync(onward.GetStream(), arrived.GetStream()));
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // One of the two ends has hung up: so does the relay.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        try
        {
            var buffer = new byte[64 * 1024];
            int count;
            while ((count = await from.ReadAsync(buffer, _ended.Token)) > 0)
            {
                await _open.Task.WaitAsync(_ended.Token);
                await to.WriteAsync(buffer.AsMemory(0, count), _ended.Token);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // As above.
        }
    }
}
