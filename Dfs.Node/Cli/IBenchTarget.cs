namespace Dfs.Node.Cli;

/// <summary>What <see cref="BenchRun"/> puts files to and gets them from; for many callers at once.</summary>
public interface IBenchTarget
{
    /// <exception cref="CliException">The answer was another than that it is stored.</exception>
    Task PutAsync(string key, HttpContent content, CancellationToken cancellationToken);

    /// <returns>The content, not read yet.</returns>
    Task<HttpResponseMessage> GetAsync(string key, CancellationToken cancellationToken);

    Task RemoveAsync(string key, CancellationToken cancellationToken);
}

/// <summary>A bucket through a node's own interface.</summary>
internal sealed class NodeBenchTarget(NodeClient node, string bucket) : IBenchTarget
{
    public Task PutAsync(string key, HttpContent content, CancellationToken cancellationToken) =>
        node.PutAsync(bucket, key, content, cancellationToken);

    public Task<HttpResponseMessage> GetAsync(string key, CancellationToken cancellationToken) => node.GetAsync(bucket, key, cancellationToken);

    public Task RemoveAsync(string key, CancellationToken cancellationToken) => node.RemoveAsync(bucket, key, cancellationToken);
}
