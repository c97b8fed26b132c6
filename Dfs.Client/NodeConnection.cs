using Dfs.Client.Http;

namespace Dfs.Client;

/// <summary>The store behind a running node, for programs of their own; samples/StoreAndFetch shows its use.</summary>
/// <remarks>
/// Thread-safe; one for a program's life is enough. It holds connections, no state: what a call has not answered was perhaps done, and what
/// it answered was. Settings of buckets that have no words, and compositions of files, are for programs that host a node and for its S3 endpoint.
/// </remarks>
public sealed class NodeConnection : IDisposable
{
    /// <param name="node">The node's http address, such as http://127.0.0.1:5052 or https://10.0.0.1:5052.</param>
    /// <param name="token">The content of the node's admin.token, which is new at each of its starts; or a token of <c>dfs keys token create</c>.</param>
    /// <param name="owner">Name or id of an owner whose keyring the node has; empty for the node's first, or for the token's.</param>
    /// <param name="authorityFile">PEM file with the authority of the node's certificate, and no other is believed; null for those of this machine.</param>
    /// <exception cref="DfsException">The authority's file cannot be read.</exception>
    public NodeConnection(Uri node, string token, string owner = "", string? authorityFile = null)
        : this(new NodeHttp(node, token, owner, authorityFile))
    {
    }

    internal NodeConnection(NodeHttp http)
    {
        Http = http;
        Store = new RemoteClient(new NodeFiles(Http));
        Files = new DfsFiles(Store);
    }

    /// <summary>What can be done with the store: pipes, and outcomes as values. A node that does not answer is <see cref="DfsOutcome.Unreachable"/>.</summary>
    public IDfsClient Store { get; }

    /// <summary>The same store with streams, and with exceptions where something was not done.</summary>
    public DfsFiles Files { get; }

    /// <summary>For routes of the node that this library has no methods for.</summary>
    public NodeHttp Http { get; }

    /// <summary>Closes the connections; what is under way fails.</summary>
    public void Dispose() => Http.Dispose();
}
