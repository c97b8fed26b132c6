using Dfs.Actors.Client;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>A cluster of real processes on this machine, with one folder for all that they leave behind.</summary>
/// <remarks>Disposing of it ends every process, also after a failure, and hands the nodes' logs to the test's output.</remarks>
internal sealed class LocalNodes : IAsyncDisposable
{
    /// <summary>Three times what a cluster takes to be ready on two loaded cores.</summary>
    public static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Seconds instead of half a minute until a node that does not answer is shut out.</summary>
    public const string QuickDowning = """
        akka.cluster {
          failure-detector.acceptable-heartbeat-pause = 2s
          split-brain-resolver.stable-after = 3s
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dfs-nodes-");
    private readonly ITestOutputHelper? _output;
    private readonly string _config;
    private readonly int _expect;

    /// <param name="settings">Content of node.hocon; empty leaves everything as delivered.</param>
    /// <param name="keyringOf">The keyring's file name of each node, by its index; null gives all the same.</param>
    /// <param name="expect">How many nodes form the first layout; 0: all of them.</param>
    /// <param name="placeOf">Where each node runs, by its index; null: all on loopback.</param>
    public LocalNodes(
        int count, ITestOutputHelper? output, string settings = "", Func<int, string>? keyringOf = null, int expect = 0,
        Func<int, NodePlace>? placeOf = null)
    {
        (_output, _expect) = (output, expect > 0 ? expect : count);
        _config = Path.Combine(Folder, "node.hocon");
        File.WriteAllText(_config, settings);
        All = [.. FreePorts.Take(3 * count).Chunk(3).Select((ports, index) =>
            new NodeProcess(Folder, $"node-{index + 1}", ports, PathOf(keyringOf?.Invoke(index) ?? "keyring"), placeOf?.Invoke(index)))];
    }

    public string Folder => _folder.FullName;

    public IReadOnlyList<NodeProcess> All { get; }

    public NodeProcess this[int index] => All[index];

    /// <summary>Three nodes of one owner, ready.</summary>
    public static async Task<LocalNodes> StartAsync(ITestOutputHelper? output, string settings = "")
    {
        var nodes = new LocalNodes(3, output, settings);
        try
        {
            nodes.Start(nodes.All);
            await nodes.ReadyAsync();
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync();
            throw;
        }
    }

    public string PathOf(string file) => Path.Combine(Folder, file);

    /// <summary>Starts these, in this order; every node has all nodes as seeds, in the same order.</summary>
    public void Start(params IEnumerable<NodeProcess> nodes)
    {
        foreach (var node in nodes)
        {
            node.Start(_config, All.Select(each => each.Seed), _expect);
        }
    }

    public async Task ReadyAsync()
    {
        foreach (var node in All)
        {
            await node.ReadyAsync(ReadyTimeout);
        }
    }

    /// <summary>Waits until every node says that every node is up.</summary>
    public Task WholeAsync(TimeSpan within) => Eventually.HoldsAsync(
        async () =>
        {
            var views = await Task.WhenAll(All.Select(StatusAsync));
            return views.All(view => view is { Ready: true } && view.Peers.Count(peer => peer.State == "up") == All.Count);
        },
        within, "every node sees every node up");

    /// <summary>Waits for the copies that an answer did not wait for: of three nodes each holds every chunk.</summary>
    /// <returns>How many chunks each of them has.</returns>
    public async Task<long> CopiedAsync(TimeSpan within)
    {
        var chunks = 0L;
        await Eventually.HoldsAsync(
            async () =>
            {
                var counts = (await Task.WhenAll(All.Select(StatusAsync))).Select(status => status?.Store.Chunks ?? 0).ToList();
                chunks = counts[0];
                return chunks > 0 && counts.TrueForAll(count => count == chunks);
            },
            within, "every node has every chunk");
        return chunks;
    }

    /// <returns>Null when it does not answer.</returns>
    public static async Task<NodeStatus?> StatusAsync(NodeProcess node)
    {
        try
        {
            using var client = node.Connect();
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            return await client.StatusAsync(timeout.Token);
        }
        catch (Exception error) when (error is CliException or OperationCanceledException or IOException)
        {
            return null;
        }
    }

    /// <returns>What a node calls another one: "up", "unreachable" and so on; null when it does not answer or know it.</returns>
    public static string? StateOf(NodeStatus? status, string name) => status?.Peers.FirstOrDefault(peer => peer.Name == name)?.State;

    /// <summary>What the nodes said since they were started, to the output of a test.</summary>
    public void ShowLogs(ITestOutputHelper output)
    {
        foreach (var node in All)
        {
            output.WriteLine($"===== {node.Name}\n{node.Log}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(All.Select(node => node.EndAsync()));
        if (_output is not null)
        {
            ShowLogs(_output);
        }

        _folder.Delete(recursive: true);
    }
}
