using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Transfer;

namespace Dfs.Actors.Client;

/// <summary>The time that a request of a client has, wherever its steps run.</summary>
/// <remarks>
/// Thread-safe. Goes along with what the request calls, as a trace does, and through actors and stages by hand (<see cref="Enter"/>); work that nobody waits for
/// begins without one (<see cref="Apart"/>), and what outlives the request has none any more. Within a request operations have
/// budgets of their own, which end with it at the latest. Without a budget every step has its own bounds only.
/// </remarks>
public sealed class RequestBudget : IDisposable
{
    private static readonly AsyncLocal<RequestBudget?> Around = new();

    /// <summary>Half a second: while the client is waited for, how soon it is noticed that it is not any more.</summary>
    private static readonly TimeSpan LookEvery = AnswerBudget.EndTime / 4;

    private readonly Lock _lock = new();
    private readonly AnswerLimit _limit;
    private readonly RequestBudget? _outer;
    private AnswerBudget _budget;
    private int _proposed;
    private volatile bool _isLed, _isEnded;

    private RequestBudget(AnswerLimit limit, RequestBudget? outer)
    {
        (_limit, _outer) = (limit, outer);
        _budget = AnswerBudget.Start(limit.Within, Now);
    }

    /// <summary>Of the request that the caller works for; null when nobody waits.</summary>
    public static RequestBudget? Current
    {
        get
        {
            var budget = Around.Value;
            while (budget is { _isEnded: true })
            {
                budget = budget._outer;
            }

            return budget;
        }
    }

    /// <summary>What a step that begins now may take; null when nobody waits.</summary>
    public static TimeSpan? StepTimeNow => Current?.StepTime;

    /// <summary>A change was sent off that may take effect, whatever is heard of it.</summary>
    public bool HasProposed => Volatile.Read(ref _proposed) > 0;

    public TimeSpan StepTime
    {
        get
        {
            var own = Locked(budget => budget.StepTime(Now));
            return _outer is { _isEnded: false } && _outer.StepTime is var outer && outer < own ? outer : own;
        }
    }

    private RequestBudget? Following => _outer is { _isLed: false, _isEnded: false } ? _outer : null;

    private TimeSpan Now => _limit.Time.GetElapsedTime(0);

    /// <summary>Until the answer is due; null while the client is waited for.</summary>
    public TimeSpan? Left
    {
        get
        {
            var own = Locked(budget => budget.Left(Now));
            return own is { } mine && _outer is { _isEnded: false, Left: { } outer } && outer < mine ? outer : own;
        }
    }

    /// <summary>Begins what the caller does from here on, until it is disposed of.</summary>
    /// <param name="isLed">Whoever begins it tells when the client is waited for: what is done within it does not.</param>
    public static RequestBudget Begin(AnswerLimit limit, bool isLed = false) => Around.Value = new RequestBudget(limit, Current) { _isLed = isLed };

    /// <summary>Begins work that others wait for as well, or nobody: it has no budget.</summary>
    public static T Apart<T>(Func<T> begin)
    {
        var around = Around.Value;
        Around.Value = null;
        try
        {
            return begin();
        }
        finally
        {
            Around.Value = around;
        }
    }

    /// <summary>Bounds a step that begins now; the caller's to dispose.</summary>
    internal static StepWatch WatchStep(CancellationToken outer) =>
        Current is { } budget ? new StepWatch(budget.StepTime, budget._limit.Time, outer) : new StepWatch(null, TimeProvider.System, outer);

    /// <summary>Waits for work that others wait for too, as long as the caller's request may.</summary>
    /// <exception cref="TransferException">It takes longer.</exception>
    public static async Task<T> WaitAsync<T>(Task<T> shared)
    {
        if (Current is not { } budget || shared.IsCompleted)
        {
            return await shared.ConfigureAwait(false);
        }

        await ((Task)shared).WaitAsync(budget.StepTime, budget._limit.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return shared.IsCompleted ? await shared.ConfigureAwait(false) : throw HeadChanges.NoQuorum();
    }

    /// <summary>Waits for a part of a request's time; what it waits for may fail, or go on.</summary>
    internal static async Task WaitAWhileAsync(Task work, TimeSpan most)
    {
        await work.WaitAsync(most, Current?._limit.Time ?? TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Makes it current where it does not flow by itself, until disposed of.</summary>
    public static IDisposable? Enter(RequestBudget? budget) => budget is null ? null : new Entered(budget);

    /// <inheritdoc cref="AnswerBudget.Moved"/>
    public void Moved()
    {
        Change(budget => budget.Moved(Now));
        Following?.Moved();
    }

    /// <inheritdoc cref="AnswerBudget.Worked"/>
    public void Worked()
    {
        Change(budget => budget.Worked(Now));
        Following?.Worked();
    }

    /// <inheritdoc cref="AnswerBudget.LinkMoved"/>
    public void LinkMoved()
    {
        Change(budget => budget.LinkMoved(Now));
        _outer?.LinkMoved();
    }

    /// <inheritdoc cref="AnswerBudget.Stored"/>
    public void Stored()
    {
        Change(budget => budget.Stored(Now));
        Following?.Stored();
    }

    /// <inheritdoc cref="AnswerBudget.AwaitClient"/>
    public void AwaitClient()
    {
        Change(budget => budget.AwaitClient());
        Following?.AwaitClient();
    }

    /// <inheritdoc cref="AnswerBudget.EndContent"/>
    public void EndContent()
    {
        Change(budget => budget.EndContent(Now));
        Following?.EndContent();
    }

    /// <summary>From here on what is done within it tells when the client is waited for.</summary>
    public void Follow() => _isLed = false;

    /// <summary>A change is about to be sent off.</summary>
    internal void Propose()
    {
        Interlocked.Increment(ref _proposed);
        _outer?.Propose();
    }

    /// <summary>What became of a change that was sent off: one that certainly did nothing does not count.</summary>
    internal void End(ProposerOutcome outcome)
    {
        if (outcome is ChangeRefused or Unavailable or NoRoom or WentBack or ValueNotAllowed { MayHaveTakenEffect: false } or EpochPassed { MayHaveTakenEffect: false })
        {
            Interlocked.Decrement(ref _proposed);
            _outer?.End(outcome);
        }
    }

    /// <summary>Waits for the answer of work that was begun, and answers in its place when the time is over.</summary>
    /// <param name="cancel">Told a second before; work that then says that it was broken off is answered for.</param>
    /// <param name="isBrokenOff">Whether an answer says nothing else.</param>
    internal async Task<T> AnswerAsync<T>(
        Task<T> work, Func<DfsOutcome, string, T> refuse, CancellationTokenSource? cancel = null, Func<T, bool>? isBrokenOff = null)
    {
        var ending = AnswerBudget.EndTime / 2;
        while (!work.IsCompleted)
        {
            var left = Left is { } due ? due - ending : LookEvery;
            if (left <= TimeSpan.Zero)
            {
                return await BreakOffAsync(work, refuse, cancel, isBrokenOff).ConfigureAwait(false);
            }

            await ((Task)work).WaitAsync(left, _limit.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await work.ConfigureAwait(false);
    }

    public void Dispose()
    {
        _isEnded = true;
        if (ReferenceEquals(Around.Value, this))
        {
            Around.Value = _outer;
        }
    }

    private async Task<T> BreakOffAsync<T>(
        Task<T> work, Func<DfsOutcome, string, T> refuse, CancellationTokenSource? cancel, Func<T, bool>? isBrokenOff)
    {
        await (cancel?.CancelAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        await ((Task)work).WaitAsync(Left is { } left && left < AnswerBudget.EndTime / 2 ? left : AnswerBudget.EndTime / 2, _limit.Time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (work is { IsCompleted: true, IsCanceled: false } && await work.ConfigureAwait(false) is var answer && isBrokenOff?.Invoke(answer) is not true)
        {
            return answer;
        }

        // Nobody awaits it any more.
        _ = work.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        return HasProposed
            ? refuse(DfsOutcome.Indeterminate, $"No answer within {_limit.Within.TotalSeconds:0} s: the change may or may not have taken effect. Read the key to find out.")
            : refuse(DfsOutcome.NoQuorum, $"unavailable: no progress for {_limit.Within.TotalSeconds:0} s. Nothing was changed; try again.");
    }

    private void Change(Func<AnswerBudget, AnswerBudget> change)
    {
        lock (_lock)
        {
            _budget = change(_budget);
        }
    }

    private T Locked<T>(Func<AnswerBudget, T> ask)
    {
        lock (_lock)
        {
            return ask(_budget);
        }
    }

    private sealed class Entered : IDisposable
    {
        private readonly RequestBudget? _before = Around.Value;

        public Entered(RequestBudget budget) => Around.Value = budget;

        public void Dispose() => Around.Value = _before;
    }
}
