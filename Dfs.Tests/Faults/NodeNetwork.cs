using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Dfs.Tests.Faults;

/// <summary>A network namespace for each node, joined by a bridge, in which every way from one node to another can be cut by itself.</summary>
/// <remarks>
/// Linux, as root. Nodes listen on 127.77.0.N, loopback addresses as the product asks for, which the namespaces route to each other.
/// A way is cut by giving the sender a wrong hardware address of the other: packets leave and reach nobody, and nobody is told, as when
/// a cable breaks. Connections that exist are cut with it, and go on when it is mended.
/// </remarks>
internal sealed class NodeNetwork : IDisposable
{
    private const int CloneNewNet = 0x40000000;

    private readonly string _prefix;
    private readonly int _count;
    private readonly HashSet<(int From, int To)> _cut = [];

    private NodeNetwork(string prefix, int count) => (_prefix, _count) = (prefix, count);

    /// <returns>Null where namespaces cannot be made.</returns>
    public static NodeNetwork? TryCreate(int count)
    {
        var network = new NodeNetwork($"dfs{Environment.ProcessId}", count);
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root" || !TryIp(["netns", "add", network.Hub]))
        {
            return null;
        }

        try
        {
            network.Build();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    public static string HostOf(int node) => $"127.77.0.{node + 1}";

    /// <summary>Begins a command in the node's namespace.</summary>
    public string[] LauncherOf(int node) => ["ip", "netns", "exec", NameOf(node)];

    /// <summary>Packets from one node reach the other no more.</summary>
    public void Cut(int from, int to) => Set(from, to, isCut: true);

    public void Mend(int from, int to) => Set(from, to, isCut: false);

    public void MendAll()
    {
        List<(int From, int To)> cut;
        lock (_cut)
        {
            cut = [.. _cut];
        }

        cut.ForEach(way => Mend(way.From, way.To));
    }

    /// <summary>A socket of the node's namespace: what connects through it is on the node's own loopback, which no cut touches.</summary>
    public Task<Socket> SocketInAsync(int node)
    {
        var made = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        // A thread of its own: it enters the namespace and never comes back.
        new Thread(() =>
        {
            try
            {
                using var space = File.OpenHandle($"/run/netns/{NameOf(node)}");
                Assert.Equal(0, SetNamespace((int)space.DangerousGetHandle(), CloneNewNet));
                made.SetResult(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
            }
            catch (Exception error)
            {
                made.SetException(error);
            }
        }).Start();
        return made.Task;
    }

    public void Dispose()
    {
        for (var node = 0; node < _count; node++)
        {
            TryIp(["netns", "del", NameOf(node)]);
        }

        TryIp(["netns", "del", Hub]);
    }

    private string Hub => $"{_prefix}-hub";

    private string NameOf(int node) => $"{_prefix}-{node + 1}";

    private static string HardwareOf(int node) => $"02:00:00:00:00:{node + 1:x2}";

    private void Build()
    {
        Ip("-n", Hub, "link", "add", "name", "bridge0", "type", "bridge");
        Ip("-n", Hub, "link", "set", "bridge0", "up");
        for (var node = 0; node < _count; node++)
        {
            var (name, port) = (NameOf(node), $"port{node + 1}");
            Ip("netns", "add", name);
            Ip("-n", Hub, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name);
            Ip("-n", Hub, "link", "set", port, "master", "bridge0", "up");
            Ip("-n", name, "link", "set", "eth0", "address", HardwareOf(node));
            Ip("-n", name, "link", "set", "lo", "up");
            // Only this one address stays on lo, so that the others of 127/8 are reached through the bridge.
            Ip("-n", name, "addr", "flush", "dev", "lo");
            Ip("-n", name, "addr", "add", "127.0.0.1/32", "dev", "lo");
            Ip("netns", "exec", name, "sysctl", "-qw", "net.ipv4.conf.all.route_localnet=1", "net.ipv4.conf.eth0.route_localnet=1");
            Ip("-n", name, "link", "set", "eth0", "up");
            Ip("-n", name, "addr", "add", $"{HostOf(node)}/24", "dev", "eth0");
        }

        foreach (var from in Enumerable.Range(0, _count))
        {
            Enumerable.Range(0, _count).Where(to => to != from).ToList().ForEach(to => Mend(from, to));
        }
    }

    private void Set(int from, int to, bool isCut)
    {
        lock (_cut)
        {
            Ip(
                "-n", NameOf(from), "neigh", "replace", HostOf(to), "lladdr", isCut ? "02:ff:ff:ff:ff:ff" : HardwareOf(to),
                "dev", "eth0", "nud", "permanent");
            _ = isCut ? _cut.Add((from, to)) : _cut.Remove((from, to));
        }
    }

    private static void Ip(params string[] arguments) => Assert.True(TryIp(arguments), $"ip {string.Join(' ', arguments)}");

    private static bool TryIp(string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "setns", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetNamespace(int handle, int kind);
}
