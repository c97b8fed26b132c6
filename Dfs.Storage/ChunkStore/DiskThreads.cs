using System.Collections.Concurrent;

namespace Dfs.Storage.ChunkStore;

/// <summary>A fixed number of threads for calls that block on a disk, so that the pool's threads never do.</summary>
internal sealed class DiskThreads : IAsyncDisposable
{
    private readonly BlockingCollection<Action> _queue = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;

    public DiskThreads(string name, int count)
    {
        _running = count;
        for (var i = 0; i < count; i++)
        {
            new Thread(Run) { IsBackground = true, Name = $"{name}-{i}" }.Start();
        }
    }

    /// <summary>Runs the call on one of the threads; the queue is as long as its callers let it become.</summary>
    public Task<T> RunAsync<T>(Func<T> call)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add(() =>
        {
            try
            {
                answer.SetResult(call());
            }
            catch (Exception failure)
            {
                answer.SetException(failure);
            }
        });
        return answer.Task;
    }

    /// <summary>Finishes what is queued.</summary>
    public ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        return new ValueTask(_ended.Task);
    }

    private void Run()
    {
        foreach (var call in _queue.GetConsumingEnumerable())
        {
            call();
        }

        if (Interlocked.Decrement(ref _running) == 0)
        {
            _ended.SetResult();
        }
    }
}
