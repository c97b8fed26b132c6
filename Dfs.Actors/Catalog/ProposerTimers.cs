namespace Dfs.Actors.Catalog;

/// <summary>The timers of thousands of operations, of which nearly all are overtaken by an answer.</summary>
/// <remarks>Not thread-safe: its actor's own. A timer is never cancelled; one that is not waited for any more is ignored.
/// Times are of a clock that nobody sets.</remarks>
internal sealed class ProposerTimers
{
    private readonly PriorityQueue<(ulong Operation, int Attempt), TimeSpan> _due = new();

    /// <summary>When the next one is due; null when there is none.</summary>
    public TimeSpan? Next => _due.TryPeek(out _, out var at) ? at : null;

    public void Add(ulong operation, int attempt, TimeSpan at) => _due.Enqueue((operation, attempt), at);

    public bool TryTake(TimeSpan now, out (ulong Operation, int Attempt) timer)
    {
        if (_due.TryPeek(out timer, out var at) && at <= now)
        {
            _due.Dequeue();
            return true;
        }

        return false;
    }
}
