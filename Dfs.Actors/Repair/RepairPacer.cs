using Dfs.Core.Repair;

namespace Dfs.Actors.Repair;

/// <summary>Lets repair copy chunks: not while it is paused, and fewer at once while clients are served (<see cref="RepairPace"/>).</summary>
/// <remarks>Thread-safe. One for all that copies chunks on this node; it bounds their memory, too. Turns are taken in the order of asking.</remarks>
/// <param name="isServing">A client was served a moment ago, here or at another node that answers.</param>
public sealed class RepairPacer(RepairSwitch repair, Func<bool> isServing)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _open;

    public RepairSwitch Switch => repair;

    /// <summary>Runs one copy of a chunk.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> copy, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // With the turn in hand: a pause holds those, too, that were waiting for one when it came.
            await repair.WhenRunningAsync(cancellationToken).ConfigureAwait(false);
            return await copy().ConfigureAwait(false);
        }
        finally
        {
            Leave();
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

    private void Leave()
    {
        lock (_lock)
        {
            _open--;
            LetIn();
        }
    }

    // As many as there is room for: more than one when clients have gone meanwhile, none when they have come.
    private void LetIn()
    {
        var max = RepairPace.CopiesMax(isServing());
        while (_open < max && _waiting.TryDequeue(out var next))
        {
            // Who has given up takes no turn.
            _open += next.TrySetResult() ? 1 : 0;
        }
    }
}
