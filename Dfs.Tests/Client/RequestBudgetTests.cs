using System.IO.Pipelines;
using Dfs.Actors.Client;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Transfer;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Client;

/// <summary>The time of a request where its steps run: what ends them, what is answered in their place, and what has none.</summary>
public sealed class RequestBudgetTests
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(12), Steps = Within - AnswerBudget.EndTime, End = AnswerBudget.EndTime / 2;

    private readonly HandTime _time = new();

    private AnswerLimit Limit => new(Within, _time);

    [Fact]
    public async Task What_never_ends_is_answered_in_its_place_as_not_done_or_as_unknown()
    {
        foreach (var isProposed in new[] { false, true })
        {
            using var budget = RequestBudget.Begin(Limit);
            using var cancel = new CancellationTokenSource();
            var answering = budget.AnswerAsync(new TaskCompletionSource<RemoveResult>().Task, Refuse, cancel);
            if (isProposed)
            {
                budget.Propose();
            }

            await _time.TimerStartedAsync();
            _time.Advance(Within - End);
            await _time.TimerStartedAsync();
            Assert.True(cancel.IsCancellationRequested, "it is told a second before");
            Assert.False(answering.IsCompleted);
            _time.Advance(End);

            Assert.Equal(isProposed ? DfsOutcome.Indeterminate : DfsOutcome.NoQuorum, (await answering).Outcome);
        }
    }

    [Fact]
    public async Task What_says_in_its_last_second_how_it_ended_is_believed_unless_it_was_only_broken_off()
    {
        foreach (var (said, heard) in new[] { (DfsOutcome.Done, DfsOutcome.Done), (DfsOutcome.SourceFailed, DfsOutcome.NoQuorum) })
        {
            using var budget = RequestBudget.Begin(Limit);
            using var cancel = new CancellationTokenSource();
            var work = new TaskCompletionSource<RemoveResult>();
            using var registration = cancel.Token.Register(() => work.SetResult(new RemoveResult(said, "")));
            var answering = budget.AnswerAsync(work.Task, Refuse, cancel, static answer => answer.Outcome == DfsOutcome.SourceFailed);
            await _time.TimerStartedAsync();
            _time.Advance(Within - End);

            Assert.Equal(heard, (await answering).Outcome);
        }
    }

    [Fact]
    public async Task An_answer_waits_for_the_client_as_long_as_it_is_the_clients_turn()
    {
        using var budget = RequestBudget.Begin(Limit);
        var work = new TaskCompletionSource<RemoveResult>();
        budget.AwaitClient();
        var answering = budget.AnswerAsync(work.Task, Refuse);
        for (var i = 0; i < 5; i++)
        {
            await _time.TimerStartedAsync();
            _time.Advance(Within);
        }

        await _time.TimerStartedAsync();
        Assert.False(answering.IsCompleted);

        // From its last byte on the time counts, and not from when that is noticed.
        budget.EndContent();
        _time.Advance(AnswerBudget.EndTime / 4);
        await _time.TimerStartedAsync();
        _time.Advance(Within - (AnswerBudget.EndTime / 4));
        Assert.Equal(DfsOutcome.NoQuorum, (await answering).Outcome);
    }

    [Fact]
    public void An_operation_within_a_request_has_no_more_time_than_the_request()
    {
        using var request = RequestBudget.Begin(Limit);
        _time.Advance(TimeSpan.FromSeconds(4));
        using (RequestBudget.Begin(Limit))
        {
            Assert.Equal(Steps - TimeSpan.FromSeconds(4), RequestBudget.StepTimeNow);
            RequestBudget.Current!.Moved();
            Assert.Equal(Steps, RequestBudget.StepTimeNow);
            RequestBudget.Current!.AwaitClient();
            _time.Advance(TimeSpan.FromDays(1));
            Assert.Equal(Steps, RequestBudget.StepTimeNow);
            RequestBudget.Current!.EndContent();
            _time.Advance(TimeSpan.FromSeconds(7));
        }

        // What comes after the put has what the put has left.
        Assert.Same(request, RequestBudget.Current);
        Assert.Equal(Steps - TimeSpan.FromSeconds(7), RequestBudget.StepTimeNow);
    }

    [Fact]
    public void A_request_that_is_led_from_outside_is_not_moved_from_within()
    {
        using var request = RequestBudget.Begin(Limit, isLed: true);
        _time.Advance(TimeSpan.FromSeconds(4));
        using var operation = RequestBudget.Begin(Limit);
        operation.Moved();
        operation.AwaitClient();
        Assert.Equal(Steps - TimeSpan.FromSeconds(4), RequestBudget.StepTimeNow);

        request.Follow();
        operation.Moved();
        Assert.Equal(Steps, RequestBudget.StepTimeNow);
    }

    [Fact]
    public async Task What_outlives_the_request_or_is_begun_apart_has_no_budget()
    {
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<TimeSpan?> late;
        using (RequestBudget.Begin(Limit))
        {
            late = LaterAsync();
            Assert.Null(RequestBudget.Apart(static () => RequestBudget.Current));
            Assert.NotNull(RequestBudget.Current);
        }

        goOn.SetResult();
        Assert.Null(await late);
        Assert.Null(RequestBudget.Current);

        async Task<TimeSpan?> LaterAsync()
        {
            Assert.Equal(Steps, RequestBudget.StepTimeNow);
            await goOn.Task;
            return RequestBudget.StepTimeNow;
        }
    }

    [Fact]
    public async Task What_others_wait_for_too_is_left_to_them()
    {
        var shared = new TaskCompletionSource<int>();
        using var budget = RequestBudget.Begin(Limit);
        var waiting = RequestBudget.WaitAsync(shared.Task);
        await _time.TimerStartedAsync();
        _time.Advance(Steps);

        var refused = await Assert.ThrowsAsync<TransferException>(() => waiting);
        Assert.Equal(DfsOutcome.NoQuorum, refused.Outcome);
        Assert.False(shared.Task.IsCompleted);
        shared.SetResult(7);
        Assert.Equal(7, await RequestBudget.WaitAsync(shared.Task));
    }

    [Fact]
    public void A_change_that_certainly_did_nothing_is_no_doubt()
    {
        using var budget = RequestBudget.Begin(Limit);
        ProposerOutcome[] certain = [new Unavailable(), new NoRoom(), new ChangeRefused("", new RegisterView(null, 0)), new WentBack(2, 1), new EpochPassed(default, false)];
        foreach (var outcome in certain)
        {
            budget.Propose();
            budget.End(outcome);
            Assert.False(budget.HasProposed, outcome.ToString());
        }

        foreach (var outcome in new ProposerOutcome[] { new Indeterminate(), new EpochPassed(default, true) })
        {
            budget.Propose();
            budget.End(outcome);
            Assert.True(budget.HasProposed, outcome.ToString());
        }
    }

    [Fact]
    public async Task Content_that_comes_begins_the_time_anew_and_content_that_was_there_does_not()
    {
        var pipe = new Pipe();
        using var budget = RequestBudget.Begin(Limit);
        var reader = new WatchedReader(pipe.Reader, budget);
        _time.Advance(TimeSpan.FromSeconds(3));
        await pipe.Writer.WriteAsync(new byte[10]);
        reader.AdvanceTo((await reader.ReadAsync()).Buffer.End);
        Assert.Equal(Steps - TimeSpan.FromSeconds(3), budget.StepTime);

        var reading = reader.ReadAsync();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(Steps, budget.StepTime);
        await pipe.Writer.WriteAsync(new byte[10]);
        reader.AdvanceTo((await reading).Buffer.End);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(Steps - TimeSpan.FromSeconds(3), budget.StepTime);

        await pipe.Writer.CompleteAsync();
        Assert.True((await reader.ReadAsync()).IsCompleted);
        budget.Moved();
        Assert.Equal(Steps - TimeSpan.FromSeconds(3), budget.StepTime);
    }

    private static RemoveResult Refuse(DfsOutcome outcome, string detail) => new(outcome, detail);
}
