using Dfs.Actors.Transfer;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Dfs.Tests.Kit;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Transfer;

/// <summary>Replicas that answer when the test says so, in a time that passes when the test says so.</summary>
public sealed class HedgedReadsTests
{
    private static readonly HedgeLimits Limits = new();

    private readonly HandTime _time = new();
    private readonly Dictionary<ReplicaId, Replica> _replicas = Enumerable.Range(1, 4).ToDictionary(Members.Id, _ => new Replica());
    private bool _isMemoryShort;

    [Fact]
    public async Task A_replica_that_answers_in_time_is_the_only_one_that_is_asked()
    {
        var reads = Reads();
        var reading = ReadAsync(reads);

        _time.Advance(Limits.DelayFirst / 2);
        Of(1).Give();

        Assert.Same(Of(1).Bytes, (await reading).Bytes);
        Assert.False(Of(2).Asked.IsCompleted);
        Assert.Equal(0, reads.Counters.Begun);
    }

    [Fact]
    public async Task After_the_delay_the_next_is_asked_too_the_first_answer_wins_and_the_loser_is_cancelled()
    {
        var reads = Reads();
        var reading = ReadAsync(reads);
        await _time.TimerStartedAsync();

        _time.Advance(Limits.DelayFirst);
        await Of(2).Asked;
        Assert.False(Of(1).IsCancelled);
        Of(2).Give();

        Assert.Same(Of(2).Bytes, (await reading).Bytes);
        Assert.True(Of(1).IsCancelled);
        Assert.False(Of(3).Asked.IsCompleted);
        Assert.Equal((1, 1), (reads.Counters.Begun, reads.Counters.Won));
    }

    [Fact]
    public async Task The_slow_one_may_still_be_first_and_what_the_loser_brings_is_given_back()
    {
        var reads = Reads();
        var reading = ReadAsync(reads);
        await _time.TimerStartedAsync();
        _time.Advance(Limits.DelayFirst);
        await Of(2).Asked;

        Of(1).Give();
        Assert.Same(Of(1).Bytes, (await reading).Bytes);
        Of(2).Give();

        await Of(2).Bytes.Disposed;
        Assert.False(Of(1).Bytes.Disposed.IsCompleted);
        Assert.Equal((1, 0), (reads.Counters.Begun, reads.Counters.Won));
    }

    [Fact]
    public async Task Two_that_hang_are_hedged_twice_and_one_that_does_not_have_it_makes_room_for_the_next_at_once()
    {
        var reads = Reads();
        var reading = ReadAsync(reads);
        await _time.TimerStartedAsync();
        _time.Advance(Limits.DelayFirst);
        await Of(2).Asked;
        await _time.TimerStartedAsync();
        _time.Advance(Limits.DelayFirst);
        await Of(3).Asked;

        Of(3).Deny();
        await Of(4).Asked;
        Of(4).Give();

        Assert.Same(Of(4).Bytes, (await reading).Bytes);
        Assert.Equal(2, reads.Counters.Begun);
    }

    [Fact]
    public async Task When_nobody_has_it_those_who_did_not_answer_are_counted()
    {
        var reads = Reads();
        var reading = ReadAsync(reads);
        Of(1).Deny();
        Of(2).Deny(unanswered: 1);
        Of(3).Deny();
        Of(4).Deny(unanswered: 1);

        Assert.Equal(new Reading<Bytes>(null, Unanswered: 2), await reading);
    }

    [Fact]
    public async Task Without_memory_or_budget_it_waits_on()
    {
        var reads = Reads();
        _isMemoryShort = true;
        var reading = ReadAsync(reads);
        for (var delay = 0; delay < 3; delay++)
        {
            await _time.TimerStartedAsync();
            _time.Advance(Limits.DelayFirst);
        }

        await _time.TimerStartedAsync();
        Assert.False(Of(2).Asked.IsCompleted);
        Of(1).Give();
        await reading;

        _isMemoryShort = false;
        for (var read = 0; reads.Counters.Denied == 0; read++)
        {
            Assert.InRange(read, 0, 2 * HedgeRule.BudgetMax);
            Reset();
            reading = ReadAsync(reads);
            await _time.TimerStartedAsync();
            _time.Advance(reads.Delay);
            if (reads.Counters.Begun > read)
            {
                await Of(2).Asked;
                await _time.TimerStartedAsync();
                Of(2).Give();
            }
            else
            {
                await _time.TimerStartedAsync();
                Of(1).Give();
            }

            await reading;
        }

        Assert.InRange(reads.Counters.Begun, HedgeRule.BudgetMax, HedgeRule.BudgetMax + 1);
    }

    [Fact]
    public async Task Who_loses_three_times_in_a_row_is_slow_for_a_while()
    {
        var reads = Reads();
        for (var read = 1; read <= PeerHealth.FailuresMax; read++)
        {
            Assert.False(reads.IsSlow(Members.Id(1)));
            Reset();
            var reading = ReadAsync(reads);
            await _time.TimerStartedAsync();
            _time.Advance(reads.Delay);
            await Of(2).Asked;
            await _time.TimerStartedAsync();
            Of(2).Give();
            await reading;
        }

        Assert.True(reads.IsSlow(Members.Id(1)));
        Assert.False(reads.IsSlow(Members.Id(2)));
    }

    [Fact]
    public async Task A_reader_that_goes_away_cancels_all_that_were_asked()
    {
        using var gone = new CancellationTokenSource();
        var reading = ReadAsync(Reads(), gone.Token);
        await _time.TimerStartedAsync();
        _time.Advance(Limits.DelayFirst);
        await Of(2).Asked;

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.True(Of(1).IsCancelled);
        Assert.True(Of(2).IsCancelled);
    }

    private HedgedReads Reads() => new(_time, Limits, () => _isMemoryShort);

    private Replica Of(int number) => _replicas[Members.Id(number)];

    [Fact]
    public async Task Where_somebody_waits_each_replica_has_a_share_of_the_time_before_the_next_is_asked_and_none_more()
    {
        var within = TimeSpan.FromSeconds(9);
        var reading = ReadBadAsync(within);
        foreach (var next in new[] { 2, 3 })
        {
            Assert.Equal(within / 3, await _time.TimerStartedAsync() - _time.GetElapsedTime(0));
            _time.Advance(within / 3);
            await Of(next).Asked;
        }

        await _time.TimerStartedAsync();
        Assert.False(Of(1).IsCancelled);
        _time.Advance(within / 3);
        Assert.Equal(new Reading<Bytes>(null, Unanswered: 3), await reading);
        Assert.False(Of(4).Asked.IsCompleted);
        Assert.True(Of(1).IsCancelled && Of(3).IsCancelled);
    }

    [Fact]
    public async Task One_that_is_over_its_share_may_still_be_first()
    {
        var reading = ReadBadAsync(TimeSpan.FromSeconds(9));
        await _time.TimerStartedAsync();
        _time.Advance(TimeSpan.FromSeconds(3));
        await Of(2).Asked;
        Of(1).Give();

        Assert.Same(Of(1).Bytes, (await reading).Bytes);
        Assert.True(Of(2).IsCancelled);
    }

    [Fact]
    public async Task One_whose_bytes_move_slowly_is_left_neither_for_the_next_nor_at_the_end()
    {
        var (within, heard) = (TimeSpan.FromSeconds(9), 0);
        var reading = ReadBadAsync(within, () => heard++);
        for (var moved = 1; moved <= 10; moved++)
        {
            var left = await _time.TimerStartedAsync() - _time.GetElapsedTime(0);
            _time.Advance(left / 2);
            Of(1).Moved();
            _time.Advance(left / 2);
            Assert.Equal(moved, heard);
        }

        Assert.False(Of(2).Asked.IsCompleted);

        // It stands still: what it has left of its share, then the others' time, and no more.
        foreach (var next in new[] { 2, 3 })
        {
            await _time.TimerStartedAsync();
            _time.Advance(within / 3);
            await Of(next).Asked;
        }

        await _time.TimerStartedAsync();
        _time.Advance(within);
        Assert.Equal(new Reading<Bytes>(null, Unanswered: 3), await reading);
    }

    // None of them is worth a hedge.
    private Task<Reading<Bytes>> ReadBadAsync(TimeSpan within, Action? moved = null) => Reads().ReadAsync(
        [.. _replicas.Keys.Order().Select(id => new ReadSource(id, IsGood: false))],
        (id, moved, cancelled) => _replicas[id].ReadAsync(moved, cancelled), default, within, moved);

    private void Reset()
    {
        foreach (var id in _replicas.Keys)
        {
            _replicas[id] = new Replica();
        }
    }

    private Task<Reading<Bytes>> ReadAsync(HedgedReads reads, CancellationToken cancellationToken = default) => reads.ReadAsync(
        [.. _replicas.Keys.Order().Select(id => new ReadSource(id, IsGood: true))], (id, moved, cancelled) => _replicas[id].ReadAsync(moved, cancelled), cancellationToken);

    /// <summary>Does not heed its cancellation, as a disk that hangs.</summary>
    private sealed class Replica
    {
        private readonly TaskCompletionSource<Reading<Bytes>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Bytes Bytes { get; } = new();

        public Task Asked => _asked.Task;

        public bool IsCancelled { get; private set; }

        public Action Moved { get; private set; } = static () => { };

        public Task<Reading<Bytes>> ReadAsync(Action moved, CancellationToken cancelled)
        {
            Moved = moved;
            cancelled.Register(() => IsCancelled = true);
            _asked.TrySetResult();
            return _answer.Task;
        }

        public void Give() => _answer.SetResult(new Reading<Bytes>(Bytes));

        public void Deny(int unanswered = 0) => _answer.SetResult(new Reading<Bytes>(null, unanswered));
    }

    private sealed class Bytes : IDisposable
    {
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Disposed => _disposed.Task;

        public void Dispose() => _disposed.TrySetResult();
    }
}
