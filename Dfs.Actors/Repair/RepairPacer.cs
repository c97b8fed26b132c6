using Dfs.Core.Repair;

namespace Dfs.Actors.Repair;

/// <summary>Lets repair copy chunks: not while it is paused, and fewer at once while clients are served (<see cref="RepairPace"/>).</summary>
/// <remarks>Thread-safe. One for all that copies chunks on this node; it bounds their memory, too. Turns are taken in the order of asking.</remarks>
/// <param name="isServing">A client was served a moment ago, here or at another node that answers.</param>
public sealed class RepairPacer(RepairSwitch repair, Func<bool> isServing)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _open, _fetching;

    public RepairSwitch Switch => repair;

    /// <summary>Runs one copy of a chunk.</summary>
    /// <param name="copy">Says by its turn when the bytes are here and only have to be written; the next may be fetched from then on.</param>
    public async Task<T> RunAsync<T>(Func<Turn, Task<T>> copy, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        var turn = new Turn(this);
        try
        {
            // With the turn in hand: a pause holds those, too, that were waiting for one when it came.
            await repair.WhenRunningAsync(cancellationToken).ConfigureAwait(false);
            return await copy(turn).ConfigureAwait(false);
        }
        finally
        {
            Leave(turn);
        }
    }

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.Enqueue(turn);
            LetIn();
        }

        await using var cancelled = cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken)).ConfigureAwait(false);
        await turn.Task.ConfigureAwait(false);
    }

    private void Leave(Turn turn)
    {
        lock (_lock)
        {
            _open--;
            EndFetch(turn);
            LetIn();
        }
    }

    private void EndFetch(Turn turn)
    {
        _fetching -= turn.IsFetching ? 1 : 0;
        turn.IsFetching = false;
    }

    // As many as there is room for: more than one when clients have gone meanwhile, none when they have come.
    private void LetIn()
    {
        var serves = isServing();
        var (copiesMax, fetchesMax) = (RepairPace.CopiesMax(serves), RepairPace.FetchesMax(serves));
        while (_open < copiesMax && _fetching < fetchesMax && _waiting.TryDequeue(out var next))
        {
            // Who has given up takes no turn.
            if (next.TrySetResult())
            {
                _open++;
                _fetching++;
            }
        }
    }

    /// <summary>What one copy holds while it is under way.</summary>
    public sealed class Turn
    {
        private readonly RepairPacer _pacer;

        internal Turn(RepairPacer pacer) => _pacer = pacer;

        internal bool IsFetching { get; set; } = true;

        /// <summary>The bytes are here.</summary>
        public void Fetched()
        {
            lock (_pacer._lock)
            {
                _pacer.EndFetch(this);
                _pacer.LetIn();
            }
        }
    }
}
