using System.Collections.Concurrent;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Transfer;

/// <summary>Pins chunks that are stored already on a majority of their replicas, for a head that is to refer to them.</summary>
/// <remarks>Sends ids, no content, except for what too few replicas have: that is placed once more.</remarks>
internal sealed class ChunkPins(ChunkTrafficOptions options, ChunkTraffic traffic)
{
    /// <summary>One page for each replica; 32 KiB.</summary>
    public const int PageMax = 1024;

    /// <param name="ids">At most <see cref="PageMax"/>.</param>
    /// <param name="pin">Read before this is called.</param>
    /// <exception cref="TransferException">One of them is on no node that answers, or could not be placed.</exception>
    public async Task PinAsync(IReadOnlyCollection<ChunkId> ids, Epoch pin, TransferMemory memory)
    {
        var layout = options.Layout() ?? throw new TransferException(DfsOutcome.NotReady, "The cluster has no layout yet; try again.");
        var pinned = ids.Distinct().ToDictionary(id => id, _ => new ConcurrentBag<ReplicaId>());
        await Task.WhenAll(pinned.Keys
            .SelectMany(id => layout.ChunkQuorumOf(id.Partition).Replicas.Select(replica => (Replica: replica, Id: id)))
            .GroupBy(wish => wish.Replica, wish => wish.Id)
            .Select(async wishes =>
            {
                foreach (var id in await PinAtAsync(layout, wishes.Key, [.. wishes], pin, memory.Ended).ConfigureAwait(false))
                {
                    pinned[id].Add(wishes.Key);
                }
            })).ConfigureAwait(false);
        foreach (var (id, by) in pinned.Where(entry => !layout.ChunkQuorumOf(entry.Key.Partition).IsMet(entry.Value.ToHashSet())))
        {
            var chunk = await traffic.FetchAsync(id, memory.Ended).ConfigureAwait(false);
            await traffic.PlaceAsync(id, chunk.Memory, chunk.Leaves, memory, chunk.Dispose).ConfigureAwait(false);
        }
    }

    /// <returns>Those that are durably pinned there.</returns>
    private async Task<IEnumerable<ChunkId>> PinAtAsync(
        Layout layout, ReplicaId replica, ChunkId[] ids, Epoch pin, CancellationToken cancellationToken)
    {
        if (replica == options.Self)
        {
            var here = await Task.WhenAll(ids.Select(id => options.Local.PinAsync(id, pin, cancellationToken).AsTask())).ConfigureAwait(false);
            return ids.Where((_, index) => here[index]);
        }

        if (!options.IsBelieved(replica) || options.Directory.EndpointOf(replica, layout) is not { } endpoint)
        {
            return [];
        }

        var call = new PeerCall(layout.Cluster, options.Self, replica, layout.Number, pin);
        // Half of the time: what it does not pin can still be placed again.
        using var step = new StepWatch(RequestBudget.StepTimeNow / 2, options.Time, cancellationToken);
        try
        {
            return await options.Peers.PinAsync(new Uri(endpoint), call, ids, pin, step.Token).ConfigureAwait(false)
                is PeerOutcome.Pinned { Missing: var missing } ? ids.Except(missing) : [];
        }
        catch (OperationCanceledException) when (step.IsOver)
        {
            return [];
        }
    }
}
