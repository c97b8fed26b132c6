using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore.Segments;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore;

/// <summary>Moves the chunks of a closed store from one layout to the other.</summary>
/// <remarks>
/// A chunk is deleted in the old layout after it is durable in the new one, with its pin. So a conversion may end at any
/// moment, is finished by running it again, or taken back by running it the other way; until then the folder holds both
/// layouts and no node opens it. The disk needs room for a part of the chunks only.
/// </remarks>
public sealed class StoreConversion(IDisk disk, string root, BufferPool buffers)
{
    /// <summary>Moved together: one sync or two for all of them.</summary>
    private const int GroupChunks = 64;

    /// <summary>512 MiB, as in the stores.</summary>
    public long ReserveBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>See <see cref="SegmentChunkStoreOptions.SegmentSizeBytes"/>.</summary>
    public long SegmentSizeBytes { get; init; } = 256L * 1024 * 1024;

    /// <param name="onProgress">Called after each group of chunks.</param>
    public async Task<ConversionOutcome> RunAsync(
        StoreLayout target, Action<ConversionProgress> onProgress, CancellationToken cancellation)
    {
        try
        {
            var source = target == StoreLayout.Segments ? StoreLayout.Folders : StoreLayout.Segments;
            return StoreLayouts.FoundIn(disk, root).Contains(source)
                ? await MoveAllAsync(source, target, onProgress, cancellation)
                : new ConversionOutcome.Done(new ConversionProgress(0, 0, 0, 0));
        }
        catch (DiskException failure)
        {
            return new ConversionOutcome.Failed(failure.Message);
        }
    }

    private async Task<ConversionOutcome> MoveAllAsync(
        StoreLayout source, StoreLayout target, Action<ConversionProgress> onProgress, CancellationToken cancellation)
    {
        var damaged = 0L;
        ConversionOutcome outcome;
        await using (var from = Open(source, _ => Interlocked.Increment(ref damaged)))
        {
            await using var to = Open(target, static _ => { });
            var progress = new ConversionProgress(0, from.State.Chunks, 0, 0);
            foreach (var partition in PartitionId.All)
            {
                var ids = new List<ChunkId>();
                await foreach (var id in from.ListAsync(partition, cancellation))
                {
                    ids.Add(id);
                }

                foreach (var group in ids.Chunk(GroupChunks))
                {
                    var moved = await Task.WhenAll(group.Select(id => MoveAsync(id, from, to, cancellation)));
                    progress = progress with
                    {
                        Chunks = progress.Chunks + moved.Count(one => one.Refusal is null),
                        Bytes = progress.Bytes + moved.Sum(one => one.Bytes),
                        Damaged = Interlocked.Read(ref damaged),
                    };
                    onProgress(progress);
                    if (moved.Select(one => one.Refusal).FirstOrDefault(refusal => refusal is not null) is { } stopped)
                    {
                        return stopped;
                    }
                }

                if (from is SegmentChunkStore segments)
                {
                    await segments.CompactAsync(cancellation);
                }
            }

            outcome = new ConversionOutcome.Done(progress);
        }

        RemoveEmptied(source);
        return outcome;
    }

    private static async Task<(ConversionOutcome? Refusal, long Bytes)> MoveAsync(
        ChunkId id, IChunkStore from, IChunkStore to, CancellationToken cancellation)
    {
        using var lease = await from.ReadAsync(id, cancellation);
        if (lease is null)
        {
            // Damaged, and set aside by the store. What cannot be read at all must not be deleted.
            return from.State.ReadOnlyReason is { } unreadable ? (new ConversionOutcome.Failed(unreadable), 0) : (null, 0);
        }

        var outcome = await to.PutAsync(id, lease.Ciphertext, LeafHashes.Of(lease.Ciphertext.Span), lease.Pin, cancellation);
        if (!outcome.IsDurable)
        {
            return (outcome is PutOutcome.ReadOnly failed ? new ConversionOutcome.Failed(failed.Reason) : new ConversionOutcome.DiskFull(), 0);
        }

        return await from.DeleteAsync(id, cancellation)
            ? (null, lease.Ciphertext.Length)
            : (new ConversionOutcome.Failed(from.State.ReadOnlyReason ?? $"chunk {id} could not be deleted"), 0);
    }

    private IChunkStore Open(StoreLayout layout, Action<ChunkDamage> onDamage) => layout == StoreLayout.Folders
        ? FolderChunkStore.Open(new FolderChunkStoreOptions(disk, root, buffers) { ReserveBytes = ReserveBytes, OnDamage = onDamage })
        : SegmentChunkStore.Open(new SegmentChunkStoreOptions(disk, root, buffers)
        {
            ReserveBytes = ReserveBytes,
            SegmentSizeBytes = SegmentSizeBytes,
            OnDamage = onDamage,
        });

    // Empty by now, as far as chunks go. From the last file to the first: what reappears after a crash is moved again.
    private void RemoveEmptied(StoreLayout source)
    {
        var folder = $"{root}/{(source == StoreLayout.Segments ? StoreLayouts.SegmentsFolder : StoreLayouts.FoldersFolder)}";
        Remove(folder);
        disk.DeleteFolder($"{root}/temp");
        disk.SyncFolders([root]);
    }

    private void Remove(string folder)
    {
        foreach (var entry in disk.List(folder).OrderByDescending(entry => entry.Name, StringComparer.Ordinal))
        {
            var path = $"{folder}/{entry.Name}";
            if (entry.IsFolder)
            {
                Remove(path);
            }
            else
            {
                disk.Delete(path);
            }
        }

        disk.DeleteFolder(folder);
    }
}

/// <param name="Chunks">Done with, the damaged ones included.</param>
/// <param name="ChunksTotal">When this run began.</param>
/// <param name="Damaged">Set aside; a node pulls them from the others.</param>
public sealed record ConversionProgress(long Chunks, long ChunksTotal, long Bytes, long Damaged);

/// <summary>What a conversion came to.</summary>
public abstract record ConversionOutcome
{
    private ConversionOutcome() { }

    public sealed record Done(ConversionProgress Progress) : ConversionOutcome;

    /// <summary>The reserve is reached; the same call goes on when there is room.</summary>
    public sealed record DiskFull : ConversionOutcome;

    /// <summary>The disk failed; the same call goes on when it works.</summary>
    public sealed record Failed(string Cause) : ConversionOutcome;
}
