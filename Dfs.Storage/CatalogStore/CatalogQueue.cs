namespace Dfs.Storage.CatalogStore;

/// <summary>How a group's commit went.</summary>
internal enum GroupEnd
{
    Durable,

    /// <summary>No room; nothing was changed.</summary>
    Full,
    Lost,
}

/// <summary>The store could not do what was asked: the replica has ended, or the disk is full.</summary>
public sealed class CatalogUnavailableException(bool isFull)
    : Exception(isFull ? "The catalog's disk is full." : "The catalog has ended or is closed.")
{
    public bool IsFull { get; } = isFull;
}

/// <summary>The thread that owns the database, and what waits for it: everything that waits becomes one group.</summary>
internal sealed class CatalogQueue : IAsyncDisposable
{
    /// <summary>1,024 requests: a group's commit stays in the tens of milliseconds on a slow disk.</summary>
    private const int GroupMax = 1024;

    private readonly Func<IReadOnlyList<Job>, GroupEnd> _runGroup;
    private readonly object _gate = new();
    private readonly Queue<Job> _waiting = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosing;

    public CatalogQueue(Func<IReadOnlyList<Job>, GroupEnd> runGroup)
    {
        _runGroup = runGroup;
        new Thread(Run) { IsBackground = true, Name = "catalog" }.Start();
    }

    /// <param name="whenNot">Makes the answer when nothing was committed; true: the disk is full.</param>
    public ValueTask<T> RunAsync<T>(Func<CatalogTransaction, T> work, Func<bool, T> whenNot) =>
        EnqueueAsync(new Job<T>(work, whenNot));

    /// <exception cref="CatalogUnavailableException">Nothing was committed.</exception>
    public ValueTask<T> RunAsync<T>(Func<CatalogTransaction, T> work) =>
        RunAsync(work, isFull => throw new CatalogUnavailableException(isFull));

    /// <summary>Reads what is committed: a group of its own, before whatever waits with it is applied.</summary>
    /// <exception cref="CatalogUnavailableException">The replica has ended.</exception>
    public ValueTask<T> ReadAsync<T>(Func<T> read) =>
        EnqueueAsync(new Job<T>(_ => read(), isFull => throw new CatalogUnavailableException(isFull)) { IsAlone = true });

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosing = true;
            Monitor.Pulse(_gate);
        }

        return new ValueTask(_closed.Task);
    }

    private ValueTask<T> EnqueueAsync<T>(Job<T> job)
    {
        lock (_gate)
        {
            if (!_isClosing)
            {
                _waiting.Enqueue(job);
                Monitor.Pulse(_gate);
                return new ValueTask<T>(job.Task);
            }
        }

        job.Answer(GroupEnd.Lost);
        return new ValueTask<T>(job.Task);
    }

    private void Run()
    {
        while (TakeGroup() is { Count: > 0 } group)
        {
            var end = _runGroup(group);
            foreach (var job in group)
            {
                job.Answer(end);
            }
        }

        _closed.SetResult();
    }

    /// <summary>Waits; empty when the queue is closed and everything was done.</summary>
    private List<Job> TakeGroup()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_isClosing)
            {
                Monitor.Wait(_gate);
            }

            var group = new List<Job>();
            while (group.Count < GroupMax && _waiting.TryPeek(out var next)
                && (group.Count == 0 || !(next.IsAlone || group[0].IsAlone)))
            {
                group.Add(_waiting.Dequeue());
            }

            return group;
        }
    }

    internal abstract class Job
    {
        public bool IsAlone { get; init; }

        public abstract void Apply(CatalogTransaction transaction);

        public abstract void Answer(GroupEnd end);
    }

    private sealed class Job<T>(Func<CatalogTransaction, T> work, Func<bool, T> whenNot) : Job
    {
        private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;
        private Exception? _failure;

        public Task<T> Task => _answer.Task;

        public override void Apply(CatalogTransaction transaction)
        {
            try
            {
                _result = work(transaction);
            }
            catch (Exception failure)
                when (failure is not (Microsoft.Data.Sqlite.SqliteException or CatalogDamageException))
            {
                // A programming error in one request. What it and those of the same message wrote is committed, and none of them is
                // answered: to whoever asked, the answer was lost.
                _failure = failure;
            }
        }

        public override void Answer(GroupEnd end)
        {
            try
            {
                if (_failure is not null)
                {
                    _answer.SetException(_failure);
                }
                else
                {
                    _answer.SetResult(end == GroupEnd.Durable ? _result! : whenNot(end == GroupEnd.Full));
                }
            }
            catch (CatalogUnavailableException unavailable)
            {
                _answer.SetException(unavailable);
            }
        }
    }
}
