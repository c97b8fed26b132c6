using Dfs.Actors.Transfer;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Membership;

/// <summary>What time it is by most of the nodes: one clock that stands wrong changes nothing.</summary>
/// <remarks>Asks every member of the layout at each call. To a few seconds; for what is reckoned in hours and days.</remarks>
public sealed class ClusterClock(ReplicaId self, Func<Layout?> layout, PeerClient peers, PeerDirectory directory, TimeProvider time)
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(5);

    /// <returns>The median; null when fewer than a majority of the layout's nodes answered.</returns>
    public async Task<DateTimeOffset?> NowAsync(CancellationToken cancellationToken)
    {
        if (layout() is not { } known)
        {
            return null;
        }

        var members = known.Everyone.Select(member => member.Id).ToList();
        var clocks = await Task.WhenAll(members.Select(member => AskAsync(known, member, cancellationToken)));
        return MedianOf([.. clocks.OfType<DateTimeOffset>()], members.Count);
    }

    /// <returns>The lower of the two in the middle when the number is even; null when it is no majority.</returns>
    public static DateTimeOffset? MedianOf(IReadOnlyCollection<DateTimeOffset> clocks, int nodes) =>
        2 * clocks.Count > nodes ? clocks.Order().ElementAt((clocks.Count - 1) / 2) : null;

    private async Task<DateTimeOffset?> AskAsync(Layout known, ReplicaId member, CancellationToken cancellationToken)
    {
        if (member == self)
        {
            return time.GetUtcNow();
        }

        if (directory.EndpointOf(member, known) is not { } endpoint)
        {
            return null;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AskTimeout);
        try
        {
            var call = new PeerCall(known.Cluster, self, member, known.Number, Epoch.First);
            return await peers.AskTimeAsync(new Uri(endpoint), call, timeout.Token) is PeerOutcome.Time answer ? answer.Now : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
