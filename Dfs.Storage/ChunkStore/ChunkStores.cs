using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore;

/// <summary>Opens a node's chunk store in the layout that its folder has.</summary>
public static class ChunkStores
{
    /// <summary>What is there decides; a new folder gets what is wanted.</summary>
    /// <param name="root">The store's own folder; its parent is there.</param>
    /// <param name="wanted">Null: whatever is there, segments when nothing is.</param>
    /// <param name="onDamage">See <see cref="SegmentChunkStoreOptions.OnDamage"/>.</param>
    public static ChunkStoresOutcome Open(
        IDisk disk, string root, BufferPool buffers, StoreLayout? wanted, Action<ChunkDamage> onDamage)
    {
        try
        {
            var found = StoreLayouts.FoundIn(disk, root);
            if (found.Count > 1)
            {
                return new ChunkStoresOutcome.HalfConverted(root, wanted ?? StoreLayout.Segments);
            }

            if (found.Count == 1 && wanted is { } other && found[0] != other)
            {
                return new ChunkStoresOutcome.OtherLayout(root, found[0], other);
            }

            var layout = found.Count == 1 ? found[0] : wanted ?? StoreLayout.Segments;
            return new ChunkStoresOutcome.Opened(Open(disk, root, buffers, layout, onDamage), layout);
        }
        catch (DiskException failure)
        {
            return new ChunkStoresOutcome.Failed(root, failure.Message);
        }
    }

    private static IChunkStore Open(IDisk disk, string root, BufferPool buffers, StoreLayout layout, Action<ChunkDamage> onDamage) =>
        layout == StoreLayout.Folders
            ? FolderChunkStore.Open(new FolderChunkStoreOptions(disk, root, buffers) { OnDamage = onDamage })
            : SegmentChunkStore.Open(new SegmentChunkStoreOptions(disk, root, buffers) { OnDamage = onDamage });
}

/// <summary>What opening came to; <see cref="Message"/> is a sentence for the person who started the node.</summary>
public abstract record ChunkStoresOutcome(string Message)
{
    public sealed record Opened(IChunkStore Store, StoreLayout Layout)
        : ChunkStoresOutcome($"The chunks are stored as {StoreLayouts.NameOf(Layout)}.");

    public sealed record OtherLayout(string Root, StoreLayout Found, StoreLayout Wanted)
        : ChunkStoresOutcome($"{Root} holds {StoreLayouts.NameOf(Found)}, the setting dfs.store.layout says {StoreLayouts.NameOf(Wanted)}. "
            + $"Run `dfs convert {Path.GetDirectoryName(Root)} --to {StoreLayouts.NameOf(Wanted)}`, or leave the setting empty.");

    public sealed record HalfConverted(string Root, StoreLayout Target)
        : ChunkStoresOutcome($"{Root} holds segments and folders: a conversion has not ended. "
            + $"Finish it with `dfs convert {Path.GetDirectoryName(Root)} --to {StoreLayouts.NameOf(Target)}`.");

    public sealed record Failed(string Root, string Cause) : ChunkStoresOutcome($"The chunk store {Root} cannot be opened: {Cause}");
}
