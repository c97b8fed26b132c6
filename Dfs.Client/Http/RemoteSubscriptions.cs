namespace Dfs.Client.Http;

/// <summary>The subscriptions behind a node's admin interface.</summary>
internal sealed class RemoteSubscriptions(NodeFiles node) : ISubscriptions
{
    public async Task<ChangesResult> ReadAsync(
        Subscription subscription, string? after, int countMax, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            return (await node.ChangesAsync(subscription, after, countMax, wait, cancellationToken)).ToResult();
        }
        catch (DfsException refused)
        {
            return ChangesResult.Refused(refused.Outcome, refused.Message);
        }
    }

    public Task<RemoveResult> AcknowledgeAsync(Subscription subscription, string position, CancellationToken cancellationToken) =>
        AnswerAsync(() => node.AcknowledgeAsync(subscription, position, cancellationToken));

    public Task<RemoveResult> EndAsync(Subscription subscription, CancellationToken cancellationToken) =>
        AnswerAsync(() => node.EndSubscriptionAsync(subscription, cancellationToken));

    private static async Task<RemoveResult> AnswerAsync(Func<Task<AdminAnswer>> ask)
    {
        try
        {
            var answer = await ask();
            return new RemoveResult(answer.Outcome, answer.Detail);
        }
        catch (DfsException refused)
        {
            return new RemoveResult(refused.Outcome, refused.Message);
        }
    }
}
