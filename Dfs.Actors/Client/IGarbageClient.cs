using Dfs.Client;

namespace Dfs.Actors.Client;

/// <summary>Collecting garbage by hand, through any node of the layout.</summary>
public interface IGarbageClient
{
    /// <summary>Begins a collection, or waits for the one that runs, and tells how it ended.</summary>
    Task<GarbageRun> CollectAsync(CancellationToken cancellationToken);
}

/// <summary>How a collection ended, summed over the nodes.</summary>
/// <param name="Detail">Why nothing was taken; empty when it is complete.</param>
/// <param name="Epoch">Its number; 0 when it did not come so far.</param>
/// <param name="RestingChunks">Nothing refers to them; they wait in the trash, or an upload of this epoch or the one before may.</param>
/// <param name="Files">Registers that were read: files, removed ones too, and settings of buckets.</param>
/// <param name="TombstonesDropped">Removed files of which every replica was told to keep nothing any more.</param>
public sealed record GarbageRun(
    DfsOutcome Outcome, string Detail, ulong Epoch, long FreedChunks, long FreedBytes, long RestingChunks, long RestingBytes, long Files,
    long TombstonesDropped);

/// <summary>What garbage collection has done in a node's own directory since the node was started.</summary>
/// <param name="LastEpoch">0: none since the start.</param>
/// <param name="LastAt">When the last complete one ended here; null without one.</param>
public sealed record GarbageStatus(
    ulong Epoch, ulong LastEpoch, DateTimeOffset? LastAt, long RestingChunks, long RestingBytes, long FreedChunks, long FreedBytes);
