namespace Dfs.Storage.ChunkStore;

/// <summary>A fixed number of threads for calls that block on a disk, so that the pool's threads never do.</summary>
/// <remarks>Idle ones sleep at once: those of a blocking collection spin first, and take the processor from who has work.</remarks>
internal sealed class DiskThreads : IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly Queue<Action> _queue = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _running;
    private bool _isClosed;

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
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _queue.Enqueue(() => Answer(call, answer));
            Monitor.Pulse(_gate);
        }

        return answer.Task;
    }

    /// <summary>Finishes what is queued.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }

        return new ValueTask(_ended.Task);
    }

    private static void Answer<T>(Func<T> call, TaskCompletionSource<T> answer)
    {
        try
        {
            answer.SetResult(call());
        }
        catch (Exception failure)
        {
            answer.SetException(failure);
        }
    }

    private void Run()
    {
        while (Take() is { } call)
        {
            call();
        }

        if (Interlocked.Decrement(ref _running) == 0)
        {
            _ended.SetResult();
        }
    }

    // Null when it is closed and everything was done.
    private Action? Take()
    {
        lock (_gate)
        {
            while (_queue.Count == 0)
            {
                if (_isClosed)
                {
                    return null;
                }

                Monitor.Wait(_gate);
            }

            return _queue.Dequeue();
        }
    }
}
