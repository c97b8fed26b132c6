using Dfs.Actors.Client;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;

namespace Dfs.Actors.Repair;

/// <summary>Lets a collection's pages into this directory's <see cref="GarbageBin"/>.</summary>
/// <remarks>
/// Only under the layout that the collection was made under, and never while another one is installed: a chunk that the next
/// layout counts here must not go by what was found under the one before.
/// </remarks>
public sealed class GarbageSink(GarbageBin bin, LayoutFence fence, CatalogStore catalog, TimeProvider time)
{
    /// <summary>Before the third epoch nothing is two epochs old.</summary>
    private const ulong FirstCollectable = 3;

    /// <summary>As a person is told it; the time is for them only.</summary>
    public GarbageStatus Status { get; private set; } = new(0, 0, null, 0, 0, 0, 0);

    /// <returns>Null when the page is not the next of its run, or cannot be taken now.</returns>
    public async Task<GarbageTotals?> TakeAsync(PeerCall call, GarbagePage page, CancellationToken cancellationToken)
    {
        using var held = await fence.EnterAsync(cancellationToken).ConfigureAwait(false);
        if (catalog.Layout is not { IsJoint: false } layout || layout.Number != call.Layout
            || page.Epoch.Value < FirstCollectable || page.Epoch.CompareTo(catalog.Epoch) > 0)
        {
            return null;
        }

        try
        {
            var totals = await bin.TakeAsync(page.Run, page.Epoch, page.Ids, page.IsFirst, page.IsLast, cancellationToken).ConfigureAwait(false);
            if (page.IsLast && totals is { } all)
            {
                Status = new GarbageStatus(
                    0, page.Epoch.Value, time.GetUtcNow(), all.RestingChunks, all.RestingBytes,
                    Status.FreedChunks + all.FreedChunks, Status.FreedBytes + all.FreedBytes);
            }

            return totals;
        }
        catch (IOException)
        {
            // The list cannot be written; nothing is deleted without it.
            return null;
        }
    }
}
