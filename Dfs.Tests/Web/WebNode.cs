using System.Diagnostics.CodeAnalysis;
using System.Net;
using Dfs.Client.Http;
using Dfs.Gateway.Admin;
using Dfs.Gateway.Hosting;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.Trust;
using Dfs.Node.Hosting;
using Dfs.Tests.Kit;
using Dfs.Tests.Membership;

namespace Dfs.Tests.Web;

/// <summary>A node in this process, which all tests of a class share; each test has an http address of its own, with its own sessions and time.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes of it by IAsyncLifetime.")]
public sealed class WebNode : IAsyncLifetime
{
    private readonly NodesOnLoopback _nodes = new(isSeedRelayed: false, TimeSpan.FromSeconds(20), expect: 1);
    private readonly TempFolder _folder = new();

    internal NodeHost Node => _nodes[1];

    public async Task InitializeAsync()
    {
        await _nodes.StartAsync(1);
        await Processes.Eventually.HoldsAsync(() => Task.FromResult(Node.View.IsReady), TimeSpan.FromSeconds(60), "the node is ready");
    }

    /// <param name="tls">Null: plain.</param>
    /// <param name="believed">Null where it is plain.</param>
    internal async Task<WebAddress> ListenAsync(ClientTls? tls = null, NodeTls? believed = null, AuditTrail? audit = null, ClientLimitSettings? limits = null)
    {
        var time = new HandTime();
        var token = AdminToken.Create(_folder.Path);
        var host = await AdminHost.StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0), Node.Owners, new AccessKeys(Node.Owners, null, time), Node.View, token, time, null, null, default, tls, audit,
            new ClientLimits(limits ?? ClientLimitSettings.Default, time));
        return new WebAddress(host, time, await File.ReadAllTextAsync(Path.Combine(_folder.Path, AdminToken.FileName)), believed ?? NodeTls.OfMachine());
    }

    public async Task DisposeAsync()
    {
        await _nodes.DisposeAsync();
        _folder.Dispose();
    }
}
