using System.Runtime.CompilerServices;

namespace Dfs.Client;

/// <summary>Follows what happens to a store's files, from one node to the next.</summary>
internal static class FileSubscription
{
    /// <summary>Twenty seconds: a question that finds nothing is answered after them.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    /// <inheritdoc cref="DfsFiles.SubscribeAsync"/>
    public static async IAsyncEnumerable<FileChange> FollowAsync(
        IDfsClient store, string prefix, SubscribeOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<IDfsClient> nodes = [store, .. options.Others];
        var wanted = new Subscription(options.Bucket, prefix, options.Subscriber);
        var at = 0;
        string? after = null;
        while (true)
        {
            var result = await AskAsync(node => ReadAsync(node, after));
            foreach (var change in result.Changes)
            {
                yield return change;
            }

            // The body has come back for more: it is done with all of them.
            if (wanted.Subscriber.Length > 0 && result.Changes.Count > 0)
            {
                await AskAsync(node => AcknowledgeAsync(node, result.Next));
            }

            after = result.Next;
        }

        async Task<(ChangesResult, DfsOutcome, string)> ReadAsync(IDfsClient node, string? position)
        {
            var read = await node.Subscriptions.ReadAsync(wanted, position, options.CountMax, Wait, cancellationToken);
            return (read, read.Outcome, read.Detail);
        }

        async Task<(RemoveResult, DfsOutcome, string)> AcknowledgeAsync(IDfsClient node, string position)
        {
            var told = await node.Subscriptions.AcknowledgeAsync(wanted, position, cancellationToken);
            return (told, told.Outcome, told.Detail);
        }

        async Task<T> AskAsync<T>(Func<IDfsClient, Task<(T Answer, DfsOutcome Outcome, string Detail)>> ask)
        {
            while (true)
            {
                var (answer, outcome, detail) = await ask(nodes[at]);
                if (outcome == DfsOutcome.Done)
                {
                    return answer;
                }

                // An acknowledgement that may have taken effect is sent again: twice does no harm.
                var trouble = new DfsException(outcome, detail);
                if (!trouble.IsTemporary && outcome is not (DfsOutcome.Indeterminate or DfsOutcome.Locked))
                {
                    throw trouble;
                }

                options.Troubled(trouble);
                at = (at + 1) % nodes.Count;
                await Task.Delay(options.RetryAfter, TimeProvider.System, cancellationToken);
            }
        }
    }
}
