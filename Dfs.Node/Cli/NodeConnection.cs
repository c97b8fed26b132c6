using Dfs.Actors.Client;

namespace Dfs.Node.Cli;

/// <summary>The store behind a running node, for programs of their own; samples/StoreAndFetch shows its use.</summary>
/// <remarks>
/// Thread-safe; one for a program's life is enough. It holds connections, no state: what a call has not answered was perhaps done, and what
/// it answered was. Buckets by settings of their own and compositions of files are for programs that host a node, or for its S3 endpoint.
/// </remarks>
public sealed class NodeConnection : IDisposable
{
    private readonly NodeClient _node;

    /// <param name="node">The node's http address, such as http://127.0.0.1:5052 or https://10.0.0.1:5052.</param>
    /// <param name="token">The content of the node's admin.token, which is new at each of its starts.</param>
    /// <param name="owner">Name or id of an owner whose keyring the node has; empty for the node's first.</param>
    /// <param name="authorityFile">PEM file with the authority of the node's certificate, and no other is believed; null for those of this machine.</param>
    /// <exception cref="CliException">The authority's file cannot be read.</exception>
    public NodeConnection(Uri node, string token, string owner = "", string? authorityFile = null)
    {
        _node = new NodeClient(node, token, owner, authorityFile is null ? NodeTls.OfMachine() : NodeTls.Of(authorityFile));
        Store = new RemoteClient(_node);
    }

    /// <summary>What can be done with the store. A node that does not answer is an outcome, too: <see cref="DfsOutcome.Failed"/> with a sentence.</summary>
    public IDfsClient Store { get; }

    public void Dispose() => _node.Dispose();
}
