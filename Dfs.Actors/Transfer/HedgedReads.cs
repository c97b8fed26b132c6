using Dfs.Core.Primitives;
using Dfs.Core.Transfer;

namespace Dfs.Actors.Transfer;

/// <summary>Where a chunk may be.</summary>
/// <param name="IsGood">Worth asking before the one before it has answered: a replica that seems well.</param>
internal readonly record struct ReadSource(ReplicaId Replica, bool IsGood);

/// <summary>What a replica, or all of them, gave for a read.</summary>
/// <param name="Bytes">Verified; the receiver's to dispose. Null: not there, or no answer.</param>
/// <param name="Unanswered">How many of those asked did not say whether they have it.</param>
internal readonly record struct Reading<T>(T? Bytes, int Unanswered = 0, bool HasOtherLayout = false) where T : class, IDisposable;

/// <summary>Asks replicas for the same bytes one after the other, and the next one too when one takes long: the first that gives them wins.</summary>
/// <remarks>
/// One per node, thread-safe. The loser is cancelled; what it still brings is given back. Who has lost three times in a row is asked last for
/// a while (<see cref="IsSlow"/>); only for reading, since a slow disk may still take what it is given.
/// </remarks>
internal sealed class HedgedReads(TimeProvider time, HedgeLimits limits, Func<bool> isMemoryShort)
{
    /// <summary>Two: three replicas have the same chunk under way at most.</summary>
    private const int HedgesPerReadMax = 2;

    private readonly Lock _lock = new();
    private readonly PeerHealth _slow = new(time);
    private HedgeRule _rule = HedgeRule.Start(limits);

    public HedgeCounters Counters { get; } = new();

    private TimeProvider Time => time;

    private bool IsMemoryShort => isMemoryShort();

    /// <summary>How long a read that begins now waits before it is hedged.</summary>
    public TimeSpan Delay
    {
        get
        {
            lock (_lock)
            {
                return _rule.Delay;
            }
        }
    }

    public bool IsSlow(ReplicaId replica) => _slow.IsResting(replica);

    /// <param name="sources">In the order in which they are to be asked.</param>
    /// <param name="readAsync">Asks a replica, and tells what it is given of bytes that moved slowly.</param>
    /// <param name="within">When it ends without bytes at the latest, from its beginning or from the last bytes that moved slowly; null: when all that were asked have ended.</param>
    /// <param name="moved">Told of such bytes, too.</param>
    public async Task<Reading<T>> ReadAsync<T>(
        IReadOnlyList<ReadSource> sources,
        Func<ReplicaId, Action, CancellationToken, Task<Reading<T>>> readAsync,
        CancellationToken cancellationToken,
        TimeSpan? within = null,
        Action? moved = null) where T : class, IDisposable
    {
        Change(rule => rule.Begin());
        var run = new Run<T>(this, sources, readAsync, within, moved, cancellationToken);
        try
        {
            return await run.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            run.Abandon();
        }
    }

    private void Change(Func<HedgeRule, HedgeRule> change)
    {
        lock (_lock)
        {
            _rule = change(_rule);
        }
    }

    private bool TryPay()
    {
        lock (_lock)
        {
            var paid = _rule.TryHedge();
            _rule = paid ?? _rule;
            return paid is not null;
        }
    }

    /// <summary>One read.</summary>
    private sealed class Run<T>(
        HedgedReads reads,
        IReadOnlyList<ReadSource> sources,
        Func<ReplicaId, Action, CancellationToken, Task<Reading<T>>> readAsync,
        TimeSpan? within,
        Action? moved,
        CancellationToken cancellationToken) where T : class, IDisposable
    {
        private readonly List<Attempt<T>> _open = [];
        private long _movedAt = reads.Time.GetTimestamp();
        private TimeSpan? _share;
        private int _next;
        private int _hedges;
        private bool _waitsToHedge;

        public async Task<Reading<T>> RunAsync()
        {
            var (unanswered, hasOtherLayout) = (0, false);
            Begin(isHedge: false);
            while (_open.Count > 0)
            {
                if (await FirstEndedAsync().ConfigureAwait(false) is not { } ended)
                {
                    if (StandsStill >= within)
                    {
                        return new Reading<T>(null, unanswered + _open.Count, hasOtherLayout);
                    }

                    AskNext();
                    continue;
                }

                _open.Remove(ended);
                var reading = await ended.EndAsync().ConfigureAwait(false);
                if (reading.Bytes is not null)
                {
                    Won(ended);
                    return reading;
                }

                unanswered += reading.Unanswered;
                hasOtherLayout |= reading.HasOtherLayout;
                Begin(isHedge: false);
            }

            return new Reading<T>(null, unanswered, hasOtherLayout);
        }

        /// <summary>Cancels what still runs, and gives back what it brings.</summary>
        public void Abandon() => _open.ForEach(attempt => attempt.Abandon());

        private void Begin(bool isHedge)
        {
            if (_next < sources.Count)
            {
                _share = within is { } most ? AnswerBudget.ShareOf(most - StandsStill, _next) : null;
                var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                var attempt = new Attempt<T>(sources[_next++].Replica, isHedge, reads.Time, cancelled);
                _open.Add(attempt);
                attempt.Task = readAsync(attempt.Replica, () => NoteMoved(attempt), cancelled.Token);
            }
        }

        private void NoteMoved(Attempt<T> attempt)
        {
            attempt.Moved();
            Volatile.Write(ref _movedAt, reads.Time.GetTimestamp());
            moved?.Invoke();
        }

        private TimeSpan StandsStill => reads.Time.GetElapsedTime(Volatile.Read(ref _movedAt));

        // The last one that was asked has a share of the time; where there is no other to ask, all have what is left.
        private TimeSpan? UntilNext => within is null
            ? null
            : (_next < sources.Count && _share - _open[^1].StandsStill < within - StandsStill ? _share - _open[^1].StandsStill : within - StandsStill);

        /// <returns>Null when it is time to ask another replica, or the time is over.</returns>
        private async Task<Attempt<T>?> FirstEndedAsync()
        {
            if (!_open.Exists(attempt => attempt.Task.IsCompleted))
            {
                Task first = Task.WhenAny(_open.Select(attempt => attempt.Task));
                var untilNext = UntilNext;
                _waitsToHedge = MayHedge && !(untilNext < reads.Delay);
                var wait = _waitsToHedge ? reads.Delay : untilNext;
                if (wait is { } most)
                {
                    await first.WaitAsync(most > TimeSpan.Zero ? most : TimeSpan.Zero, reads.Time, cancellationToken)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                else
                {
                    await first.ConfigureAwait(false);
                }

                cancellationToken.ThrowIfCancellationRequested();
            }

            return _open.Find(attempt => attempt.Task.IsCompleted);
        }

        private bool MayHedge => _hedges < HedgesPerReadMax && _next < sources.Count && sources[_next].IsGood;

        // A share that is over is no hedge: there is little time, so the next one is asked whatever it costs. Bytes that moved meanwhile begin it anew.
        private void AskNext()
        {
            if (UntilNext <= TimeSpan.Zero)
            {
                Begin(isHedge: false);
            }
            else if (_waitsToHedge)
            {
                Hedge();
            }
        }

        // Where readers wait for memory, the time says nothing about the replica, and another copy needs memory too.
        private void Hedge()
        {
            if (reads.IsMemoryShort)
            {
                return;
            }

            if (!reads.TryPay())
            {
                reads.Counters.Deny();
                return;
            }

            _hedges++;
            reads.Counters.Begin();
            Begin(isHedge: true);
        }

        private void Won(Attempt<T> winner)
        {
            reads.Change(rule => rule.Took(winner.Elapsed));
            reads._slow.Succeeded(winner.Replica);
            if (winner.IsHedge)
            {
                reads.Counters.Win();
            }

            foreach (var loser in _open.Where(attempt => attempt.StartedAt < winner.StartedAt))
            {
                reads.Change(rule => rule.Took(loser.Elapsed));
                reads._slow.Failed(loser.Replica);
            }
        }
    }

    /// <summary>A replica that was asked.</summary>
    private sealed class Attempt<T>(
        ReplicaId replica, bool isHedge, TimeProvider time, CancellationTokenSource cancelled)
        where T : class, IDisposable
    {
        private long _movedAt = time.GetTimestamp();

        public ReplicaId Replica => replica;

        public bool IsHedge => isHedge;

        public Task<Reading<T>> Task { get; set; } = null!;

        public long StartedAt { get; } = time.GetTimestamp();

        public TimeSpan Elapsed => time.GetElapsedTime(StartedAt);

        public TimeSpan StandsStill => time.GetElapsedTime(Volatile.Read(ref _movedAt));

        public void Moved() => Volatile.Write(ref _movedAt, time.GetTimestamp());

        public async Task<Reading<T>> EndAsync()
        {
            using (cancelled)
            {
                return await Task.ConfigureAwait(false);
            }
        }

        public void Abandon()
        {
            cancelled.Cancel();
            _ = GiveBackAsync();
        }

        private async Task GiveBackAsync()
        {
            await ((Task)Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.Dispose();
            if (Task.IsCompletedSuccessfully)
            {
                (await Task.ConfigureAwait(false)).Bytes?.Dispose();
            }
        }
    }
}
