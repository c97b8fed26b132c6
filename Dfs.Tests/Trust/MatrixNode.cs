using System.Diagnostics.CodeAnalysis;
using Amazon.S3;
using Dfs.Core.Trust.Grants;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.Trust;
using Dfs.Node.Cli;
using Dfs.Node.Hosting;
using Dfs.Tests.Membership;
using Dfs.Tests.S3;

namespace Dfs.Tests.Trust;

/// <summary>A node with all its surfaces, as <see cref="GrantsMatrixSpec"/> meets them.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes of it by IAsyncLifetime.")]
public sealed class MatrixNode : IAsyncLifetime
{
    private readonly NodesOnLoopback _nodes = new(isSeedRelayed: false, TimeSpan.FromSeconds(20), expect: 1, hasS3: true) { Audit = AuditLevel.Changes };

    internal NodeHost Node => _nodes[1];

    /// <summary>The node's own.</summary>
    internal string AdminToken { get; private set; } = "";

    internal string AuditFolder => Path.Combine(_nodes.DataDirectoryOf(1), "audit");

    internal AccessKeyPair FirstKey => _nodes.FirstKey;

    public async Task InitializeAsync()
    {
        await _nodes.StartAsync(1);
        await Processes.Eventually.HoldsAsync(() => Task.FromResult(Node.View.IsReady), TimeSpan.FromSeconds(60), "the node is ready");
        AdminToken = await File.ReadAllTextAsync(Path.Combine(_nodes.DataDirectoryOf(1), Dfs.Gateway.Admin.AdminToken.FileName));
    }

    public Task DisposeAsync() => _nodes.DisposeAsync().AsTask();

    internal NodeClient Connect(string token) => new(new Uri(Node.HttpUrl), token);

    internal AmazonS3Client ConnectS3(AccessKeyPair pair) => S3Cluster.Connect(Node.S3Url!, pair.AccessKey, pair.Secret.Reveal());

    internal async Task<(string Id, string Text)> NewTokenAsync(GrantSet grants)
    {
        var (made, id, text) = await new AccessTokens(Node.Owners, TimeProvider.System).CreateAsync(Node.Client, grants, default);
        Assert.True(made.Outcome == Dfs.Client.DfsOutcome.Done, made.Detail);
        return (id, text);
    }

    internal async Task<AccessKeyPair> NewKeyAsync(GrantSet grants)
    {
        var (made, pair) = await new AccessKeys(Node.Owners, null, TimeProvider.System).CreateAsync(Node.Client, grants, default);
        Assert.True(made.Outcome == Dfs.Client.DfsOutcome.Done, made.Detail);
        return pair;
    }

    internal async Task PutAsync(string name) =>
        Assert.Equal(Dfs.Client.DfsOutcome.Done, await NodesOnLoopback.PutAsync(Node, name, "content"u8.ToArray()));
}
