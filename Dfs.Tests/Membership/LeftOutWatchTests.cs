using Dfs.Core.Membership;
using Dfs.Tests.Kit;
using static Dfs.Core.Membership.AskerStanding;

namespace Dfs.Tests.Membership;

public sealed class LeftOutWatchTests
{
    private static readonly TimeSpan Noon = TimeSpan.FromHours(12), SureAfter = TimeSpan.FromSeconds(60), Counts = TimeSpan.FromSeconds(5), Moment = TimeSpan.FromMilliseconds(1);
    private static readonly string[] Everyone = ["n1", "n2", "n3"];
    private static readonly HashSet<string> Members = ["n1", "n2"];

    [Fact]
    public void Who_is_called_a_stranger_by_its_members_for_long_enough_is_sure()
    {
        Assert.False(Told(SureAfter - Moment, ("n1", Stranger)).IsSure);
        Assert.True(Told(SureAfter, ("n1", Stranger)).IsSure);
        Assert.True(Told(SureAfter, ("n1", Stranger), ("n2", Stranger)).IsSure);
    }

    [Fact]
    public void One_member_that_counts_it_is_enough()
    {
        Assert.False(Told(2 * SureAfter, ("n1", Stranger), ("n2", Member)).IsSure);
        Assert.False(Told(2 * SureAfter, ("n2", Member), ("n1", Stranger)).IsSure);
    }

    [Fact]
    public void Who_is_no_member_or_does_not_say_says_nothing()
    {
        Assert.False(Told(2 * SureAfter, ("n3", Stranger)).IsSure);
        Assert.False(Told(2 * SureAfter, ("n1", Unknown)).IsSure);
        Assert.True(Told(SureAfter, ("n3", Member), ("n2", Unknown), ("n1", Stranger)).IsSure);
    }

    [Fact]
    public void What_was_said_before_a_pause_or_taken_back_does_not_count()
    {
        var early = Told(SureAfter - Moment, ("n1", Stranger));

        Assert.True(early.Hear("n1", Stranger, Members, Noon + SureAfter).IsSure);
        Assert.False(early.Hear("n1", Stranger, Members, Noon + SureAfter + Counts).IsSure);
        Assert.False(early.Hear("n1", Unknown, Members, Noon + SureAfter).Hear("n1", Stranger, Members, Noon + SureAfter).IsSure);
        Assert.False(early.Hear("n1", Stranger, new HashSet<string> { "n2" }, Noon + SureAfter).Hear("n1", Stranger, Members, Noon + SureAfter).IsSure);
        Assert.False(early.Hear("n2", Member, Members, Noon + SureAfter).IsSure);
    }

    [Fact]
    public void A_member_that_counted_it_and_says_nothing_any_more_holds_it_back_no_longer_than_its_answer_counts()
    {
        var watch = LeftOutWatch.Start(SureAfter, Counts).Hear("n2", Member, Members, Noon);
        for (var after = Moment; after < Counts + Moment + SureAfter; after += Moment + TimeSpan.FromSeconds(2))
        {
            watch = watch.Hear("n1", Stranger, Members, Noon + after);
            Assert.False(watch.IsSure);
        }

        Assert.True(watch.Hear("n1", Stranger, Members, Noon + Counts + TimeSpan.FromSeconds(3) + SureAfter).IsSure);
    }

    // Against the whole history.
    [Theory, Seeds(200)]
    public void Whoever_is_sure_was_told_so_all_the_time_by_members_and_by_none_that_it_is_counted(int seed)
    {
        var random = new Random(seed);
        var watch = LeftOutWatch.Start(SureAfter, Counts);
        var (now, members) = (Noon, Members);
        var said = new Dictionary<string, (AskerStanding Standing, TimeSpan At)>();
        var history = new List<(TimeSpan At, bool WasLeftOut, bool IsLeftOut)>();
        var sure = 0;
        for (var step = 0; step < 2000; step++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(100) == 0 ? random.Next(10_000) : random.Next(1500));
            members = random.Next(200) == 0 ? [.. Everyone.Where(_ => random.Next(3) > 0)] : members;
            var (peer, standing) = (Everyone[random.Next(3)], random.Next(60) == 0 ? (AskerStanding)random.Next(3) : Stranger);

            watch = watch.Hear(peer, standing, members, now);

            foreach (var other in Everyone.Where(other => !members.Contains(other)))
            {
                said.Remove(other);
            }

            var wasLeftOut = IsLeftOut();
            said.Remove(peer);
            if (members.Contains(peer) && standing != Unknown)
            {
                said[peer] = (standing, now);
            }

            history.Add((now, wasLeftOut, IsLeftOut()));
            Assert.Equal(now - LeftOutSince() >= SureAfter, watch.IsSure);
            sure += watch.IsSure ? 1 : 0;
        }

        Assert.InRange(sure, 1, 1999);

        bool IsLeftOut()
        {
            var valid = said.Values.Where(answer => now - answer.At <= Counts).ToList();
            return valid.Exists(answer => answer.Standing == Stranger) && !valid.Exists(answer => answer.Standing == Member);
        }

        TimeSpan? LeftOutSince()
        {
            TimeSpan? since = null;
            for (var index = history.Count - 1; index >= 0 && history[index].IsLeftOut; index--)
            {
                since = history[index].At;
                if (!history[index].WasLeftOut)
                {
                    break;
                }
            }

            return since;
        }
    }

    /// <summary>Each of them says so every two seconds, and once more at the end.</summary>
    private static LeftOutWatch Told(TimeSpan during, params (string Peer, AskerStanding Standing)[] answers)
    {
        var watch = LeftOutWatch.Start(SureAfter, Counts);
        for (var after = TimeSpan.Zero; after < during + TimeSpan.FromSeconds(2); after += TimeSpan.FromSeconds(2))
        {
            watch = answers.Aggregate(watch, (next, answer) => next.Hear(answer.Peer, answer.Standing, Members, Noon + (after < during ? after : during)));
        }

        return watch;
    }
}
