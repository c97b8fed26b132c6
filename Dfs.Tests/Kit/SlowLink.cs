using System.Net;
using System.Net.Sockets;

namespace Dfs.Tests.Kit;

/// <summary>A link that carries little, in front of a node: all of its connections share what it carries in each direction, and none gets a fair share of it.</summary>
/// <remarks>As behind a router with a short queue, where the packets of the others are lost: while the oldest connection has something, no other is served.</remarks>
internal sealed class SlowLink : IDisposable
{
    /// <summary>16 KiB, and little room in sockets: what was not carried has not left its sender.</summary>
    private const int PieceBytes = 16 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly Uri _node;

    public SlowLink(Uri node, int bytesPerSecond)
    {
        (_node, BytesPerSecond) = (node, bytesPerSecond);
        _listener.Server.ReceiveBufferSize = PieceBytes;
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address => $"http://{_listener.LocalEndpoint}";

    public int BytesPerSecond { get; set; }

    /// <summary>From the node, by now.</summary>
    public long CarriedBackBytes { get; private set; }

    /// <summary>Towards the node; from then on it carries nothing.</summary>
    public long BreaksAfterBytes { get; set; } = long.MaxValue;

    public void Dispose()
    {
        _over.Cancel();
        _listener.Dispose();
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        var (there, back) = (new UnfairTurns(), new UnfairTurns());
        try
        {
            for (var number = 0; ; number++)
            {
                var client = await _listener.AcceptTcpClientAsync(_over.Token);
                var node = new TcpClient(AddressFamily.InterNetwork) { NoDelay = true, ReceiveBufferSize = PieceBytes };
                await node.ConnectAsync(_node.Host, _node.Port, _over.Token);
                _ = CarryAsync(client, node, there, number, isThere: true);
                _ = CarryAsync(node, client, back, number, isThere: false);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task CarryAsync(TcpClient from, TcpClient to, UnfairTurns turns, int number, bool isThere)
    {
        var (piece, over) = (new byte[PieceBytes], _over.Token);
        try
        {
            while (await from.GetStream().ReadAsync(piece, over) is > 0 and var count)
            {
                await turns.WaitAsync(number).WaitAsync(over);
                if (isThere && (BreaksAfterBytes -= count) < 0)
                {
                    await Task.Delay(Timeout.Infinite, over);
                }

                await Task.Delay(TimeSpan.FromSeconds((double)count / BytesPerSecond), over);
                CarriedBackBytes += isThere ? 0 : count;
                turns.Release();
                await to.GetStream().WriteAsync(piece.AsMemory(0, count), over);
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // One end closed, or the test is over.
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }

    /// <summary>One at a time; of those that wait, the one with the lowest number.</summary>
    private sealed class UnfairTurns
    {
        private readonly Lock _lock = new();
        private readonly SortedDictionary<int, TaskCompletionSource> _waiting = [];
        private bool _isTaken;

        public Task WaitAsync(int number)
        {
            lock (_lock)
            {
                if (!_isTaken)
                {
                    _isTaken = true;
                    return Task.CompletedTask;
                }

                return (_waiting[number] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }

        public void Release()
        {
            lock (_lock)
            {
                if (_waiting.Count == 0)
                {
                    _isTaken = false;
                    return;
                }

                var (number, next) = _waiting.First();
                _waiting.Remove(number);
                next.SetResult();
            }
        }
    }
}
