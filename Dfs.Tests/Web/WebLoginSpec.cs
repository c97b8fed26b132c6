using System.Net;
using Dfs.Gateway.Web;

namespace Dfs.Tests.Web;

/// <summary>Who gets in, over HTTP.</summary>
[Collection(WebCollection.Name)]
public sealed class WebLoginSpec(WebNode node)
{
    [Fact]
    public async Task The_token_is_exchanged_for_a_session_that_needs_both_of_its_halves()
    {
        await using var web = await node.ListenAsync();
        using var before = await web.GetAsync("/v1/status");
        Assert.Equal(HttpStatusCode.Unauthorized, before.StatusCode);

        using var login = await web.LogInAsync(web.Token + "\n");

        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith($"dfs-{web.Url.Port}=", cookie, StringComparison.Ordinal);
        Assert.EndsWith("; max-age=43200; path=/; samesite=strict; httponly", cookie, StringComparison.Ordinal);
        using var asked = await web.GetAsync("/v1/status");
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);

        // A cookie alone is what another site's request, or another program's port, has.
        foreach (var (method, path) in new[] { (HttpMethod.Get, "/v1/status"), (HttpMethod.Delete, "/v1/file?key=a"), (HttpMethod.Post, "/web/logout") })
        {
            using var elsewhere = await web.AskFromElsewhereAsync(method, path);
            Assert.Equal(method == HttpMethod.Post ? HttpStatusCode.NoContent : HttpStatusCode.Unauthorized, elsewhere.StatusCode);
        }

        // In the address the page's half serves for reading only.
        using var link = await web.AskFromElsewhereAsync(HttpMethod.Get, $"/v1/status?page={web.Page}");
        Assert.Equal(HttpStatusCode.OK, link.StatusCode);
        using var change = await web.AskFromElsewhereAsync(HttpMethod.Delete, $"/v1/file?key=a&page={web.Page}");
        Assert.Equal(HttpStatusCode.Unauthorized, change.StatusCode);

        using var left = await web.AskAsync(HttpMethod.Post, "/web/logout");
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        Assert.Equal(0, web.Cookies.Count);
        using var after = await web.GetAsync("/v1/status");
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    // Nobody has shown a token yet: such connections must not add up.
    [Fact]
    public async Task A_login_whose_token_does_not_come_ends()
    {
        await using var web = await node.ListenAsync();
        var asking = web.SendRawAsync($"POST /web/login HTTP/1.1\r\nHost: {web.Url.Authority}\r\nDfs-Page: login\r\nContent-Length: 43\r\n\r\n");
        while (await web.Time.TimerStartedAsync() != TimeSpan.FromSeconds(10))
        {
        }

        web.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(408, await asking);
    }

    [Fact]
    public async Task A_session_ends_half_an_hour_after_its_last_request()
    {
        await using var web = await node.ListenAsync();
        (await web.LogInAsync(web.Token)).Dispose();
        web.Time.Advance(WebSessions.IdleMax - TimeSpan.FromSeconds(1));
        using var before = await web.GetAsync("/web/session");
        web.Time.Advance(WebSessions.IdleMax);
        using var after = await web.GetAsync("/web/session");

        Assert.Equal(HttpStatusCode.NoContent, before.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task Guessing_is_slowed_down_and_another_site_cannot_guess_at_all()
    {
        await using var web = await node.ListenAsync();
        for (var i = 0; i < 3 * LoginThrottle.FailuresMax; i++)
        {
            using var foreign = await web.AskFromElsewhereAsync(HttpMethod.Post, "/web/login");
            Assert.Equal(HttpStatusCode.BadRequest, foreign.StatusCode);
        }

        for (var i = 0; i < LoginThrottle.FailuresMax; i++)
        {
            using var wrong = await web.LogInAsync(i % 2 == 0 ? new string('0', 64) : new string('x', 5000));
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
            Assert.False(wrong.Headers.Contains("Set-Cookie"));
        }

        using var refused = await web.LogInAsync(web.Token);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(LoginThrottle.ForgetAfter, refused.Headers.RetryAfter!.Delta);
        web.Time.Advance(LoginThrottle.ForgetAfter);
        using var admitted = await web.LogInAsync(web.Token);
        Assert.Equal(HttpStatusCode.OK, admitted.StatusCode);
    }
}
