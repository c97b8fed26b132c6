using System.Buffers;
using Dfs.Actors.Client;
using Dfs.Storage.Disk;

namespace Dfs.Actors.Transfer;

/// <summary>Everything that one transfer has lent or has under way, so that all of it is given back however it ends.</summary>
/// <remarks>
/// Thread-safe. A stream that fails drops what lies in its stages; this remembers it. Memory is given back only after
/// the work that reads it has ended, so that no block is lent again while it is still being sent.
/// </remarks>
public sealed class TransferMemory(BufferPool pool) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<IMemoryOwner<byte>> _lent = [];
    private readonly HashSet<Task> _work = [];
    private readonly CancellationTokenSource _ended = new();
    private bool _isClosed;

    /// <summary>Cancelled when the transfer ends.</summary>
    public CancellationToken Ended => _ended.Token;

    public async ValueTask<IMemoryOwner<byte>> RentAsync(int sizeBytes)
    {
        var memory = await pool.RentAsync(sizeBytes, _ended.Token).ConfigureAwait(false);
        Adopt(memory);
        return memory;
    }

    /// <summary>Takes charge of memory that was lent elsewhere; gives it back at once when the transfer is over.</summary>
    /// <exception cref="OperationCanceledException">The transfer is over.</exception>
    public void Adopt(IMemoryOwner<byte> memory)
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _lent.Add(memory);
                return;
            }
        }

        memory.Dispose();
        throw new OperationCanceledException("The transfer is over.");
    }

    public void Return(IMemoryOwner<byte> memory)
    {
        lock (_lock)
        {
            _lent.Remove(memory);
        }

        memory.Dispose();
    }

    /// <summary>Remembers work that reads lent memory; the end of the transfer waits for it.</summary>
    public void Track(Task work)
    {
        if (work.IsCompleted)
        {
            return;
        }

        lock (_lock)
        {
            _work.Add(work);
        }

        _ = work.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        var ending = Task.WhenAll(Close());
        if (RequestBudget.StepTimeNow is { } left)
        {
            // A disk that hangs is not waited for: what reads the memory keeps it until it has ended.
            await RequestBudget.WaitAWhileAsync(ending, left / 2).ConfigureAwait(false);
            if (!ending.IsCompleted)
            {
                _ = GiveBackAsync(ending);
                return;
            }
        }

        await GiveBackAsync(ending).ConfigureAwait(false);
    }

    private async Task GiveBackAsync(Task ending)
    {
        await ending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        IMemoryOwner<byte>[] left;
        lock (_lock)
        {
            left = [.. _lent];
            _lent.Clear();
        }

        // The source is not disposed of: who is late must be told that the transfer is over, and it has no timer.
        Array.ForEach(left, memory => memory.Dispose());
    }

    private Task[] Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            return [.. _work];
        }
    }

    private void Forget(Task ended)
    {
        lock (_lock)
        {
            _work.Remove(ended);
        }
    }
}
