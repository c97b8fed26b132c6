using System.Net;
using System.Net.Sockets;

namespace Dfs.Node.Cli;

/// <summary>The nodes that <c>dfs up</c> runs, each a process of its own.</summary>
public sealed class LocalCluster : IAsyncDisposable
{
    /// <summary>Sixteen: more than any laptop runs well, ten ports each.</summary>
    public const int NodesMax = 16;

    /// <summary>Remoting, peer endpoint, http, S3; the rest of the ten are for endpoints to come.</summary>
    private const int PortsPerNode = 10;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private LocalCluster(string data, IReadOnlyList<LocalNode> nodes) => (Data, Nodes) = (data, nodes);

    public string Data { get; }

    public IReadOnlyList<LocalNode> Nodes { get; }

    public string KeyringFile => KeyringOf(Data);

    /// <exception cref="CliException">A port is in use, or the folder cannot be made.</exception>
    public static LocalCluster Start(int count, string data, int basePort)
    {
        try
        {
            Directory.CreateDirectory(data);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.DataDirectory, $"Cannot make the folder {data}: {error.Message}");
        }

        KeyringAccess.MakeWhenMissing(KeyringOf(data), KeyringAccess.Passphrase(null));
        var ports = basePort == 0
            ? FreePorts(count)
            : [.. Enumerable.Range(0, count).Select(i => PortsFrom(basePort + (i * PortsPerNode)))];
        var seeds = ports.Select(port => $"127.0.0.1:{port.Remoting}").ToList();
        var nodes = new List<LocalNode>();
        for (var i = 0; i < count; i++)
        {
            nodes.Add(LocalNode.Start($"node-{i + 1}", data, KeyringOf(data), ports[i], seeds));
        }

        return new LocalCluster(data, nodes);
    }

    /// <returns>Null when every node is ready; else what went wrong.</returns>
    public async Task<CliException?> WaitReadyAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        foreach (var node in Nodes)
        {
            while (!await node.IsReadyAsync(http, cancellationToken))
            {
                if (node.ExitCode is { } code)
                {
                    return new CliException(code, $"{node.Name} ended: {node.LastLine}");
                }

                if (deadline.IsCancellationRequested)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    return new CliException(
                        Cli.ExitCode.TryAgain, $"{node.Name} is not ready after {timeout.TotalSeconds:0} s; see {node.LogFile}.");
                }

                await Task.Delay(PollInterval, cancellationToken);
            }
        }

        return null;
    }

    /// <summary>Waits for Ctrl-C, or for a node to end by itself, which is said and left to the person.</summary>
    public async Task<int> WaitForStopAsync(CancellationToken cancellationToken)
    {
        var running = Nodes.ToDictionary(node => node.WaitForExitAsync());
        var stop = Task.Delay(Timeout.Infinite, cancellationToken);
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running.Keys.Append(stop));
            if (ended == stop)
            {
                Console.WriteLine("stopping ...");
                return ExitCode.Done;
            }

            running.Remove(ended, out var node);
            Console.WriteLine($"{node!.Name} ended with code {node.ExitCode}; the others run on. Its log is {node.LogFile}.");
        }

        return ExitCode.Failed;
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(Nodes.Select(node => node.StopAsync()));

    private static string KeyringOf(string data) => Path.Combine(data, "keyring");

    private static NodePorts PortsFrom(int port)
    {
        var ports = new NodePorts(port, port + 1, port + 2, port + 3);
        foreach (var wanted in new[] { ports.Remoting, ports.Peer, ports.Http, ports.S3 })
        {
            if (!IsFree(wanted))
            {
                throw new CliException(
                    Cli.ExitCode.PortInUse, $"Port {wanted} is in use. Stop what uses it, or give another --base-port (0 takes free ones).");
            }
        }

        return ports;
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // All are held open until the last is known, so that none is given twice.
    private static List<NodePorts> FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count * 4).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.ConvertAll(listener => ((IPEndPoint)listener.LocalEndpoint).Port);
        listeners.ForEach(listener => listener.Dispose());
        return [.. ports.Chunk(4).Select(four => new NodePorts(four[0], four[1], four[2], four[3]))];
    }
}

/// <summary>The ports of one node.</summary>
public sealed record NodePorts(int Remoting, int Peer, int Http, int S3);
