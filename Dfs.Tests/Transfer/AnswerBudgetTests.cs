using Dfs.Core.Transfer;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

/// <summary>How long who asked may still wait, whatever the client and the store do.</summary>
public sealed class AnswerBudgetTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(12), Begin = TimeSpan.FromHours(3);

    private static readonly AnswerBudget Fresh = AnswerBudget.Start(Limit, Begin);

    [Fact]
    public void Steps_end_before_the_answer_is_due_and_none_begins_after_that()
    {
        Assert.Equal((Limit, Limit - AnswerBudget.EndTime), (Fresh.Left(Begin), Fresh.StepTime(Begin)));
        Assert.Equal((AnswerBudget.EndTime, TimeSpan.Zero), (Fresh.Left(Begin + Limit - AnswerBudget.EndTime), Fresh.StepTime(Begin + Limit - AnswerBudget.EndTime)));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (Fresh.Left(Begin + (2 * Limit)), Fresh.StepTime(Begin + (2 * Limit))));
    }

    [Fact]
    public void While_the_client_is_waited_for_nothing_is_due_and_a_step_has_all_of_its_time()
    {
        var waiting = Fresh.AwaitClient();
        var later = Begin + TimeSpan.FromDays(1);

        Assert.Null(waiting.Left(later));
        Assert.Equal(Limit - AnswerBudget.EndTime, waiting.StepTime(later));
        Assert.Equal(Limit, waiting.Moved(later).Left(later));
    }

    [Fact]
    public void What_is_stored_while_the_client_is_waited_for_begins_no_time_and_else_begins_it_anew()
    {
        var later = Begin + TimeSpan.FromSeconds(5);

        Assert.Equal(later + Limit, Fresh.Stored(later).Due);
        Assert.Null(Fresh.AwaitClient().Stored(later).Due);
        Assert.Equal(Begin + Limit, Fresh.EndContent(Begin).Stored(later).Due);
    }

    [Fact]
    public void What_did_not_have_to_be_waited_for_moves_the_end_no_further()
    {
        // The client gave all of it with its request, and the store took three seconds until it looked.
        var looked = Begin + TimeSpan.FromSeconds(3);
        Assert.Equal(Begin + Limit, Fresh.EndContent(looked).Due);
        Assert.Equal(looked + Limit, Fresh.AwaitClient().EndContent(looked).Due);
    }

    [Fact]
    public void After_the_last_byte_only_work_that_grows_with_the_file_moves_the_end()
    {
        var (over, later) = (Fresh.EndContent(Begin), Begin + TimeSpan.FromSeconds(5));

        Assert.Equal(over, over.Moved(later));
        Assert.Equal(over, over.AwaitClient());
        Assert.Equal(over, over.EndContent(later));
        Assert.Equal(later + Limit, over.Worked(later).Due);
    }

    [Fact]
    public void Three_that_hang_one_after_the_other_use_up_the_time_and_no_more()
    {
        var left = TimeSpan.FromSeconds(9);
        for (var tried = 0; tried < AnswerBudget.TriesMin; tried++)
        {
            var share = AnswerBudget.ShareOf(left, tried);
            Assert.Equal(TimeSpan.FromSeconds(3), share);
            left -= share;
        }

        Assert.Equal(TimeSpan.Zero, left);
        Assert.Equal(TimeSpan.FromSeconds(1), AnswerBudget.ShareOf(TimeSpan.FromSeconds(1), triedBefore: 7));
    }

    // After any history: nobody waits longer than the limit after the last that moved, unless the client itself is waited for; after the last byte never.
    [Theory, Seeds(200)]
    public void Nobody_waits_longer_than_the_limit_for_a_store_that_stands_still(int seed)
    {
        var random = new Random(seed);
        var (budget, now, moved, isOver) = (Fresh, Begin, Begin, false);
        for (var step = 0; step < 100; step++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(3000));
            switch (random.Next(22))
            {
                case 21: (budget, moved) = (budget.LinkMoved(now), budget.Due is null ? moved : now); break;
                case < 8: (budget, moved) = (budget.Moved(now), isOver ? moved : now); break;
                case < 16: budget = budget.AwaitClient(); break;
                case < 17:
                    moved = isOver || budget.Due is not null ? moved : now;
                    (budget, isOver) = (budget.EndContent(now), true);
                    break;
                default: (budget, moved) = (budget.Worked(now), now); break;
            }

            Assert.True(budget.Due is null || budget.Due == moved + Limit, $"step {step}: due {budget.Due}, moved {moved}");
            Assert.False(isOver && budget.Due is null, "after the last byte something is always due");
            Assert.InRange(budget.StepTime(now), TimeSpan.Zero, Limit - AnswerBudget.EndTime);
        }
    }
}
