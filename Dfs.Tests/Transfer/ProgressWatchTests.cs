using Dfs.Actors.Transfer;
using Dfs.Core.Transfer;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

/// <summary>What stands still is ended, and what moves is not; a process that was not awake does not take its own sleep for somebody else's.</summary>
public sealed class ProgressWatchTests : IDisposable
{
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(3), TotalMax = TimeSpan.FromSeconds(15), Tick = IdleMax / 8;

    private readonly HandTime _time = new();
    private readonly CancellationTokenSource _outer = new();
    private readonly ProgressWatch _watch;

    public ProgressWatchTests() => _watch = new ProgressWatch(IdleMax, TotalMax, _outer.Token, time: _time);

    public void Dispose()
    {
        _watch.Dispose();
        _outer.Dispose();
    }

    [Fact]
    public void A_standstill_ends_it_after_its_bound_and_an_eighth_at_most()
    {
        Pass(IdleMax);
        Assert.False(_watch.Token.IsCancellationRequested);

        Pass(Tick);

        Assert.True(_watch.IsExpired);
    }

    [Fact]
    public void What_moves_in_time_goes_on_until_all_of_its_time_is_used_up()
    {
        var passed = TimeSpan.Zero;
        for (; passed < TotalMax; passed += Tick)
        {
            Assert.False(_watch.IsExpired, $"after {passed}");
            Pass(Tick);
            _watch.Progress();
        }

        Pass(Tick);

        Assert.True(_watch.IsExpired);
    }

    [Fact]
    public void Bytes_give_it_more_time()
    {
        for (var passed = TimeSpan.Zero; passed < 2 * TotalMax; passed += Tick)
        {
            Pass(Tick);
            _watch.Progress(SlowLinks.SlowestBytesPerSecond);
        }

        Assert.False(_watch.IsExpired);
    }

    [Fact]
    public void A_process_that_was_not_awake_does_not_take_that_for_a_standstill()
    {
        _watch.Progress(1);

        _time.Advance(TimeSpan.FromHours(1));

        Assert.False(_watch.IsExpired);
        Pass(IdleMax - Tick);
        Assert.False(_watch.IsExpired);
        Pass(Tick);
        Assert.True(_watch.IsExpired);
    }

    [Fact]
    public void An_answer_has_the_time_of_a_whole_transfer_and_what_follows_it_has_not()
    {
        Pass(IdleMax);
        _watch.Progress(1024 * 1024);
        _watch.AwaitAnswer();
        Pass(TotalMax);
        Assert.False(_watch.IsExpired);

        _watch.Progress();
        Pass(IdleMax);
        Assert.False(_watch.IsExpired);

        Pass(Tick);
        Assert.True(_watch.IsExpired);
    }

    [Fact]
    public void An_answer_that_does_not_come_ends_it()
    {
        _watch.AwaitAnswer();

        Pass(TotalMax + Tick);

        Assert.True(_watch.IsExpired);
    }

    [Fact]
    public async Task Who_waits_for_it_may_end_it_and_that_is_no_standstill()
    {
        await _outer.CancelAsync();

        Assert.True(_watch.Token.IsCancellationRequested);
        Assert.False(_watch.IsExpired);
    }

    [Fact]
    public void A_tick_that_comes_too_late_harms_nothing()
    {
        _watch.Dispose();

        Pass(2 * IdleMax);
    }

    // As a process that is awake sees it.
    private void Pass(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Tick)
        {
            _time.Advance(Tick);
        }
    }
}
