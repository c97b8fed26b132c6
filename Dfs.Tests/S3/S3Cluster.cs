using System.Diagnostics.CodeAnalysis;
using Amazon.Runtime;
using Amazon.S3;
using Dfs.Gateway.S3.Keys;
using Dfs.Tests.Membership;

namespace Dfs.Tests.S3;

/// <summary>Three nodes with S3 endpoints, which all tests of a class share; each test makes its own buckets.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes of it by IAsyncLifetime.")]
public sealed class S3Cluster : IAsyncLifetime
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(60);

    private readonly NodesOnLoopback _nodes = new(isSeedRelayed: false, TimeSpan.FromSeconds(20), hasS3: true);
    private readonly List<AmazonS3Client> _clients = [];

    internal NodesOnLoopback Nodes => _nodes;

    /// <summary>Of each node, with the first key.</summary>
    public IReadOnlyList<AmazonS3Client> Clients => _clients;

    public AmazonS3Client Client => _clients[0];

    /// <summary>Of the first node, with a key of the second owner.</summary>
    public AmazonS3Client Other { get; private set; } = null!;

    /// <summary>Of the second node, without a key.</summary>
    public AmazonS3Client Nobody { get; private set; } = null!;

    public string OwnerId { get; private set; } = "";

    public string OtherId { get; private set; } = "";

    public async Task InitializeAsync()
    {
        await _nodes.StartAsync(1, 2, 3);
        await Processes.Eventually.HoldsAsync(
            () => Task.FromResult(_nodes.Running.All(node => node.View.IsReady)), ReadyTimeout, "all nodes are ready");
        var owners = _nodes[1].Owners;
        (OwnerId, OtherId) = (owners.List()[0].Id, owners.List()[1].Id);
        var (made, pair) = await new AccessKeys(owners, null, TimeProvider.System).CreateAsync(owners.Choose("other").Client!, Core.Trust.Grants.GrantSet.AllOfOwner, default);
        Assert.True(made.Outcome == Dfs.Client.DfsOutcome.Done, made.Detail);
        Other = Connect(_nodes[1].S3Url!, pair.AccessKey, pair.Secret.Reveal());
        Nobody = new AmazonS3Client(new AnonymousAWSCredentials(), Config(_nodes[2].S3Url!));
        _clients.AddRange(_nodes.Running.Select(node => Connect(node.S3Url!, _nodes.FirstKey.AccessKey, _nodes.FirstKey.Secret.Reveal())));
    }

    public static AmazonS3Client Connect(string url, string accessKey, string secret) => new(
        new BasicAWSCredentials(accessKey, secret), Config(url));

    private static AmazonS3Config Config(string url) =>
        new() { ServiceURL = url, ForcePathStyle = true, MaxErrorRetry = 0, AuthenticationRegion = "us-east-1" };

    public async Task DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        Other.Dispose();
        Nobody.Dispose();
        await _nodes.DisposeAsync();
    }
}
