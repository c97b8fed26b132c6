using System.Collections.Concurrent;
using Dfs.Storage.Disk;

namespace Dfs.Storage.ChunkStore;

/// <summary>Makes names durable, all that wait at once: one sync of a folder answers everyone who asked for it before.</summary>
internal sealed class NameCommits : IAsyncDisposable
{
    private readonly IDisk _disk;
    private readonly BlockingCollection<Waiter> _queue = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public NameCommits(IDisk disk)
    {
        _disk = disk;
        new Thread(Run) { IsBackground = true, Name = "dfs-names" }.Start();
    }

    /// <exception cref="DiskException">The sync failed, for all who waited for it.</exception>
    public Task SyncAsync(IReadOnlyCollection<string> folders)
    {
        var waiter = new Waiter(folders);
        _queue.Add(waiter);
        return waiter.Answer.Task;
    }

    public ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        return new ValueTask(_ended.Task);
    }

    private void Run()
    {
        var group = new List<Waiter>();
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var first in _queue.GetConsumingEnumerable())
        {
            group.Add(first);
            while (_queue.TryTake(out var next))
            {
                group.Add(next);
            }

            group.ForEach(waiter => folders.UnionWith(waiter.Folders));
            Answer(group, SyncOnce(folders));
            group.Clear();
            folders.Clear();
        }

        _ended.SetResult();
    }

    private DiskException? SyncOnce(HashSet<string> folders)
    {
        try
        {
            _disk.SyncFolders(folders);
            return null;
        }
        catch (DiskException failure)
        {
            return failure;
        }
    }

    private static void Answer(List<Waiter> group, DiskException? failure)
    {
        foreach (var waiter in group)
        {
            if (failure is null)
            {
                waiter.Answer.SetResult();
            }
            else
            {
                waiter.Answer.SetException(failure);
            }
        }
    }

    private sealed record Waiter(IReadOnlyCollection<string> Folders)
    {
        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
