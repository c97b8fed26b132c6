using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;

namespace Dfs.Actors.Client;

/// <summary>Wraps every slot of an owner under the current key epoch, and asks the other nodes whether they do, too.</summary>
/// <remarks>Nothing is uploaded: a head changes, its chunks and capabilities stay. Thread-safe; may run again after any failure.</remarks>
public sealed class KeyRotation(TransferOptions parts, NameIndex names, ReplicaId self, PeerClient peers, PeerDirectory directory)
    : IHeadRotation
{
    /// <summary>Eight heads at once: as many as a slow disk syncs together.</summary>
    private const int HeadsAtOnceMax = 8;

    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task<int> RewrapAsync(CancellationToken cancellationToken)
    {
        using var owner = parts.Owner.Use();
        var behind = await names.WrappedBeforeAsync(owner.CurrentEpoch, cancellationToken);
        await Parallel.ForEachAsync(
            behind,
            new ParallelOptions { MaxDegreeOfParallelism = HeadsAtOnceMax, CancellationToken = cancellationToken },
            async (head, _) => await RewrapAsync(owner, head));
        return behind.Count;
    }

    /// <inheritdoc/>
    public async Task<int> CountBehindAsync(KeyEpoch epoch, CancellationToken cancellationToken) =>
        (await names.WrappedBeforeAsync(epoch, cancellationToken)).Count;

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, OwnerEpochs?>> AskAsync(CancellationToken cancellationToken)
    {
        var layout = parts.Layout() ?? throw new TransferException(DfsOutcome.NotReady, "The cluster has no layout yet; try again.");
        var answers = new SortedDictionary<string, OwnerEpochs?>(StringComparer.Ordinal);
        foreach (var member in layout.Everyone.Where(member => member.Id != self))
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(AskTimeout);
            var call = new PeerCall(layout.Cluster, self, member.Id, layout.Number, parts.Chunks.Epoch);
            var outcome = directory.EndpointOf(member.Id, layout) is { } endpoint
                ? await peers.AskEpochsAsync(new Uri(endpoint), call, parts.Owner.PublicKey.Id, timeout.Token)
                : null;
            if (outcome is not PeerOutcome.NotFound)
            {
                answers[member.Name] = (outcome as PeerOutcome.Epochs)?.Of;
            }
        }

        return answers;
    }

    private async Task RewrapAsync(UnlockedOwner owner, OwnedRegister head)
    {
        var operation = OwnerSession.NewOperation();
        var wraps = owner.WrapsOf(head.Bucket);
        try
        {
            HeadChanges.ThrowUnlessDone(await HeadChanges.ChangeAsync(
                parts, head.Register, operation,
                (current, _) => ShareTransition.Rewrap(current, owner.PublicKey, operation, wraps, OwnerSession.Fresh)));
        }
        catch (TransferException error) when (error.Outcome == DfsOutcome.NotFound)
        {
            // Removed or written anew meanwhile: nothing is left to wrap.
        }
    }
}
