using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Storage.ChunkStore;

/// <summary>What a collection came to in one directory.</summary>
/// <param name="RestingChunks">Nothing refers to them; they wait in the trash, or are pinned.</param>
public readonly record struct GarbageTotals(long RestingChunks, long RestingBytes, long FreedChunks, long FreedBytes);

/// <summary>Keeps what a collection found to be garbage for as long as the trash holds it, then deletes it.</summary>
/// <remarks>
/// What is in the trash is in the chunk store as before, and read and pinned like everything else; in the trash means to be on the
/// list. What a later collection does not find again has come to life, and is off the list. One run at a time: a new one ends
/// the one before. Memory: a page of ids.
/// </remarks>
/// <param name="path">Of the list; beside it another one is written.</param>
/// <param name="trashEpochs">How many collections garbage rests; 0: it goes at once.</param>
public sealed class GarbageBin(IChunkStore store, string path, int trashEpochs) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private Run? _run;

    /// <summary>Takes a page of chunks that nothing refers to; those that have rested long enough, and are not pinned, are deleted.</summary>
    /// <param name="run">The collector's number for this collection; ids rise from page to page.</param>
    /// <param name="isLast">The collection is complete.</param>
    /// <returns>The run's totals; null when the page is not the next of its run.</returns>
    /// <exception cref="IOException">The list cannot be written; nothing of this page was deleted.</exception>
    public async Task<GarbageTotals?> TakeAsync(
        ulong run, Epoch epoch, IReadOnlyList<ChunkId> ids, bool isFirst, bool isLast, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (isFirst)
            {
                _run?.Dispose();
                _run = new Run(run, epoch, path);
            }

            if (_run is not { } current || current.Number != run || current.Epoch != epoch || !current.GoesOn(ids))
            {
                return null;
            }

            await TakeAsync(current, ids).ConfigureAwait(false);
            if (isLast)
            {
                current.Finish();
                _run = null;
                if (current.Totals.FreedChunks > 0)
                {
                    store.GiveBack();
                }
            }

            return current.Totals;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _run?.Dispose();
        _one.Dispose();
    }

    // A page at once, so that its deletions share a sync.
    private async Task TakeAsync(Run run, IReadOnlyList<ChunkId> ids)
    {
        var found = ids.Select(id => (Id: id, Bytes: store.SizeOf(id), Since: run.SinceOf(id) ?? run.Epoch)).ToList();
        var deleted = await Task.WhenAll(found.Select(chunk =>
            chunk.Bytes is not null && GarbageRule.MayDelete(chunk.Since, run.Epoch, trashEpochs)
                ? store.DeleteUnpinnedAsync(chunk.Id, new Epoch(run.Epoch.Value - 2), CancellationToken.None).AsTask()
                : Task.FromResult(false))).ConfigureAwait(false);
        for (var index = 0; index < found.Count; index++)
        {
            if (found[index] is { Bytes: { } bytes } chunk)
            {
                run.Note(new GarbageList.Entry(chunk.Id, chunk.Since), bytes, deleted[index]);
            }
        }
    }

    private sealed class Run(ulong number, Epoch epoch, string path) : IDisposable
    {
        private readonly GarbageList.Reader _before = new(path);
        private readonly GarbageList.Writer _now = new(path, epoch);
        private ChunkId? _last;

        public ulong Number => number;

        public Epoch Epoch => epoch;

        public GarbageTotals Totals { get; private set; }

        public bool GoesOn(IReadOnlyList<ChunkId> ids)
        {
            foreach (var id in ids)
            {
                if (_last is { } last && id.CompareTo(last) <= 0)
                {
                    return false;
                }

                _last = id;
            }

            return true;
        }

        public Epoch? SinceOf(ChunkId id) => _before.SinceOf(id);

        public void Note(GarbageList.Entry entry, int bytes, bool isDeleted)
        {
            if (!isDeleted)
            {
                _now.Add(entry);
            }

            Totals = isDeleted
                ? Totals with { FreedChunks = Totals.FreedChunks + 1, FreedBytes = Totals.FreedBytes + bytes }
                : Totals with { RestingChunks = Totals.RestingChunks + 1, RestingBytes = Totals.RestingBytes + bytes };
        }

        public void Finish()
        {
            _now.Finish();
            Dispose();
        }

        public void Dispose()
        {
            _before.Dispose();
            _now.Dispose();
        }
    }
}
