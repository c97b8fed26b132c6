using Dfs.Gateway.Web;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Web;

public sealed class WebSessionsTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);

    private readonly HandTime _time = new();
    private readonly WebSessions _sessions;

    public WebSessionsTests() => _sessions = new WebSessions(_time);

    [Fact]
    public void Only_both_halves_of_one_session_are_admitted()
    {
        var (one, other) = (_sessions.Begin(), _sessions.Begin());

        Assert.True(_sessions.Admits(one.Cookie, one.Page));
        Assert.False(_sessions.Admits(one.Cookie, other.Page));
        Assert.False(_sessions.Admits(one.Page, one.Cookie));
        Assert.False(_sessions.Admits(one.Cookie, ""));
        Assert.False(_sessions.Admits(null, one.Page));
        Assert.DoesNotContain(one.Cookie, one.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_session_ends_when_nobody_uses_it_and_in_any_case_at_the_end_of_its_life()
    {
        var (used, idle) = (_sessions.Begin(), _sessions.Begin());
        var step = WebSessions.IdleMax - Moment;
        _time.Advance(step);
        Assert.True(_sessions.Admits(used.Cookie, used.Page));
        _time.Advance(Moment);
        Assert.False(_sessions.Admits(idle.Cookie, idle.Page));

        for (var at = WebSessions.IdleMax; at + step < WebSessions.LifeMax; at += step)
        {
            Assert.True(_sessions.Admits(used.Cookie, used.Page));
            _time.Advance(step);
        }

        Assert.True(_sessions.Admits(used.Cookie, used.Page));
        _time.Advance(step);
        Assert.False(_sessions.Admits(used.Cookie, used.Page));
        Assert.Equal(0, _sessions.Count);
    }

    [Fact]
    public void One_above_the_limit_ends_the_one_that_was_used_longest_ago()
    {
        var all = Enumerable.Range(0, WebSessions.SessionsMax).Select(_ =>
        {
            _time.Advance(Moment);
            return _sessions.Begin();
        }).ToList();
        _time.Advance(Moment);
        Assert.True(_sessions.Admits(all[0].Cookie, all[0].Page));

        var next = _sessions.Begin();

        Assert.Equal(WebSessions.SessionsMax, _sessions.Count);
        Assert.False(_sessions.Admits(all[1].Cookie, all[1].Page));
        Assert.All(all.Except([all[1]]).Append(next), session => Assert.True(_sessions.Admits(session.Cookie, session.Page)));
    }

    [Fact]
    public void So_many_wrong_tokens_are_allowed_and_one_more_each_few_seconds()
    {
        var throttle = new LoginThrottle(_time);
        for (var i = 0; i < LoginThrottle.FailuresMax; i++)
        {
            Assert.Equal(TimeSpan.Zero, throttle.Wait);
            throttle.NoteFailure();
        }

        Assert.Equal(LoginThrottle.ForgetAfter, throttle.Wait);
        _time.Advance(LoginThrottle.ForgetAfter);
        Assert.Equal(TimeSpan.Zero, throttle.Wait);
        throttle.NoteFailure();
        Assert.True(throttle.Wait > TimeSpan.Zero);

        _time.Advance(LoginThrottle.ForgetAfter * 1000);
        for (var i = 0; i < LoginThrottle.FailuresMax; i++)
        {
            Assert.Equal(TimeSpan.Zero, throttle.Wait);
            throttle.NoteFailure();
        }
    }
}
