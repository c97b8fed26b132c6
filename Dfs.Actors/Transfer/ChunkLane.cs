using Dfs.Core.Transfer;

namespace Dfs.Actors.Transfer;

/// <summary>Chunks on their way to one peer, or from it: no more at once than the link carries, the others wait for their turn.</summary>
/// <remarks>Thread-safe; in the order of their coming. <see cref="TransferWindow"/> says how many.</remarks>
internal sealed class ChunkLane(PeerClientOptions options)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<WaitingChunk> _waiting = new();
    private TransferWindow _window = TransferWindow.First;
    private int _underWay;

    /// <summary>How many may be under way now.</summary>
    public int Size
    {
        get
        {
            lock (_lock)
            {
                return _window.Size;
            }
        }
    }

    private TimeSpan Now => options.Time.GetElapsedTime(0);

    /// <returns>What <paramref name="call"/> says; <see cref="PeerOutcome.TimedOut"/> when nothing moved for too long before its turn.</returns>
    /// <param name="moved">Told of bytes that moved slowly, its own and those before it.</param>
    /// <param name="call">Moves the chunk, and says at its end how it moved.</param>
    public async Task<PeerOutcome> RunAsync(Action? moved, Func<ChunkTurn, Task<PeerOutcome>> call, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (Enter(moved, cancellation) is { } waiting && !await WaitAsync(waiting, cancellation).ConfigureAwait(false))
        {
            return PeerOutcome.TimedOut.Instance;
        }

        var turn = new ChunkTurn(this, moved, Now);
        try
        {
            return await call(turn).ConfigureAwait(false);
        }
        finally
        {
            Leave(turn);
        }
    }

    /// <summary>Who waits for a turn waits for a link that carries what was before it.</summary>
    public void SayMoved()
    {
        List<WaitingChunk> all;
        lock (_lock)
        {
            all = [.. _waiting];
            all.ForEach(chunk => chunk.Watch.Progress(SlowLinks.PieceBytes));
        }

        all.ForEach(chunk => chunk.Moved?.Invoke());
    }

    private WaitingChunk? Enter(Action? moved, CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_underWay < _window.Size)
            {
                _underWay++;
                return null;
            }

            var waiting = new WaitingChunk(moved, new ProgressWatch(options.IdleMax, options.CallMax, cancellation));
            waiting.Place = _waiting.AddLast(waiting);
            return waiting;
        }
    }

    /// <returns>False: its time was over before its turn.</returns>
    private async Task<bool> WaitAsync(WaitingChunk waiting, CancellationToken cancellation)
    {
        using var watch = waiting.Watch;
        await using var registration = watch.Token.UnsafeRegister(static state => ((WaitingChunk)state!).TrySetCanceled(), waiting).ConfigureAwait(false);
        try
        {
            await waiting.Task.ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (watch.IsExpired)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancellation);
        }
        finally
        {
            lock (_lock)
            {
                if (waiting.Place!.List is not null)
                {
                    _waiting.Remove(waiting.Place);
                }
            }
        }
    }

    private void Leave(ChunkTurn turn)
    {
        lock (_lock)
        {
            _window = turn.Took is { } took ? _window.After(turn.MovedBytes, took, turn.BegunAt, Now) : _window;
            _underWay--;
            while (_underWay < _window.Size && _waiting.First is { } first)
            {
                _waiting.Remove(first);
                _underWay += first.Value.TrySetResult() ? 1 : 0;
            }
        }
    }

    private sealed class WaitingChunk(Action? moved, ProgressWatch watch) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Action? Moved => moved;

        public ProgressWatch Watch => watch;

        /// <summary>In no list once it has left.</summary>
        public LinkedListNode<WaitingChunk>? Place { get; set; }
    }
}

/// <summary>One chunk's turn in a lane.</summary>
internal sealed class ChunkTurn(ChunkLane lane, Action? moved, TimeSpan begunAt)
{
    public TimeSpan BegunAt => begunAt;

    public long MovedBytes { get; private set; }

    /// <summary>Null when nothing was seen to move.</summary>
    public TimeSpan? Took { get; private set; }

    public void SayMoved()
    {
        moved?.Invoke();
        lane.SayMoved();
    }

    /// <summary>Nothing of it moves any more: what was seen to move, in which time.</summary>
    /// <param name="took">Null when nothing moved.</param>
    public void Ended(long movedBytes, TimeSpan? took) => (MovedBytes, Took) = (movedBytes, took);
}
