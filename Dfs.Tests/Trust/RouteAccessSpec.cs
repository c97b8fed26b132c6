using System.Net;
using System.Text;
using System.Text.Json;
using Dfs.Gateway.Admin;
using Dfs.Gateway.Trust;
using Dfs.Tests.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dfs.Tests.Trust;

/// <summary>Every route says what it takes, and takes it; and what a token of a part of the files is shown.</summary>
[Collection(WebCollection.Name)]
public sealed class RouteAccessSpec(WebNode node)
{
    private static readonly string[] ForEverybody =
    [
        "GET /health/live", "GET /health/ready", "GET /", "POST /web/login", "POST /web/logout",
        "GET /s/{link}", "GET /s/{link}/about", "GET /s/{link}/file",
    ];

    // What is asked for most; the rest says it in its own line where it is mapped.
    private static readonly (string Route, string Access)[] Expected =
    [
        ("GET /v1/file", "read of a key"), ("PUT /v1/file", "write of a key"), ("DELETE /v1/file", "remove of a key"), ("GET /v1/files", "list of names"),
        ("GET /v1/versions", "read of a key"), ("POST /v1/restore", "write of a key"), ("POST /v1/copy", "write of a key"), ("POST /v1/shares", "share of a key"), ("DELETE /v1/shares/{id}", "share of all"),
        ("PUT /v1/bucket", "manage of a bucket"), ("PATCH /v1/bucket", "manage of a bucket"), ("DELETE /v1/bucket", "manage of a bucket"),
        ("POST /v1/snapshots/{name}/restore", "manage of a bucket"), ("POST /v1/access-keys", "admin of all"), ("POST /v1/access-tokens", "admin of all"),
        ("DELETE /v1/access-tokens/{id}", "admin of all"), ("POST /v1/owner/unlock", "admin of all"), ("POST /v1/owner/rotate", "admin of all"),
        ("POST /v1/layout/remove", "admin of all"), ("POST /v1/gc", "admin of all"), ("GET /v1/status", "known"), ("GET /metrics", "known, open on the machine"), ("GET /v1/buckets", "known"),
    ];

    [Fact]
    public async Task Every_route_says_who_is_let_in_and_those_for_everybody_are_known()
    {
        await using var web = await node.ListenAsync();
        var routes = RoutesOf(web);

        Assert.All(routes, route => Assert.NotNull(route.Access));
        Assert.Equal(
            ForEverybody.Order(),
            routes.Where(route => route.Access!.IsOpen).Select(route => route.Name).Where(name => !name.StartsWith("GET /page/", StringComparison.Ordinal)).Order());
        Assert.All(Expected, expected => Assert.Equal(expected.Access, routes.Single(route => route.Name == expected.Route).Access!.ToString()));
    }

    [Fact]
    public async Task Nobody_is_let_in_without_a_token_and_one_for_another_bucket_is_told_no_by_every_route_that_asks_for_more()
    {
        await using var web = await node.ListenAsync();
        var token = (await CreateAsync(web, """{ "grants": ["another-bucket:list"] }""")).Token;
        foreach (var (name, access) in RoutesOf(web).Where(route => !route.Access!.IsOpenTo(IPAddress.Loopback)))
        {
            var (method, path) = name.Split(' ') is var parts ? (new HttpMethod(parts[0]), Fill(parts[1])) : default;
            using var nobody = await web.AskAsync(method, path);
            Assert.Equal((name, HttpStatusCode.Unauthorized), (name, nobody.StatusCode));
            using var other = await web.AskAsync(method, path, null, ("Authorization", "Bearer " + token));
            Assert.Equal((name, access!.ToString() == "known"), (name, other.StatusCode != HttpStatusCode.Forbidden));
        }

        static string Fill(string path) => System.Text.RegularExpressions.Regex.Replace(path, @"\{[^}]*\}", "1") + "?bucket=files&key=k&node=n";
    }

    [Theory]
    [InlineData("127.0.0.1", "", HttpStatusCode.OK)]
    [InlineData("::1", "", HttpStatusCode.OK)]
    [InlineData("::ffff:127.0.0.1", "", HttpStatusCode.OK)]
    [InlineData("192.0.2.7", "", HttpStatusCode.Unauthorized)]
    [InlineData("192.0.2.7", "Bearer dfsk_wrong", HttpStatusCode.Unauthorized)]
    [InlineData("2001:db8::1", "", HttpStatusCode.Unauthorized)]
    [InlineData(null, "", HttpStatusCode.Unauthorized)]
    [InlineData("192.0.2.7", "the node's", HttpStatusCode.OK)]
    [InlineData("192.0.2.7", "a scraper's", HttpStatusCode.OK)]
    public async Task Metrics_are_open_on_the_machine_and_ask_others_for_a_token(string? remote, string authorization, HttpStatusCode status)
    {
        await using var web = await node.ListenAsync();
        var shown = authorization switch
        {
            "the node's" => "Bearer " + web.Token,
            "a scraper's" => "Bearer " + (await CreateAsync(web, """{ "grants": ["no-bucket-at-all:list"] }""")).Token,
            _ => authorization,
        };
        using var body = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = new ServiceCollection().AddLogging().BuildServiceProvider(), Response = { Body = body } };
        http.Connection.RemoteIpAddress = remote is null ? null : IPAddress.Parse(remote);
        http.Request.Headers.Authorization = shown;
        var route = web.Host.Routes.Single(route => route.RoutePattern.RawText == "/metrics");
        http.SetEndpoint(route);

        await route.RequestDelegate!(http);

        Assert.Equal((int)status, http.Response.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK, Encoding.UTF8.GetString(body.ToArray()).Contains("\ndfs_cluster_healthy ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_of_a_limited_token_shows_what_it_may_and_says_so_of_the_rest()
    {
        await using var web = await node.ListenAsync();
        await PutAsync(web, "limits/in/a");
        await PutAsync(web, "limits/out");
        var made = await CreateAsync(web, """{ "grants": ["files/limits/in/:read,list"], "expiresInSeconds": 3600 }""");
        (await web.LogInAsync(made.Token)).Dispose();

        var names = JsonDocument.Parse(await TextAsync(web, "/v1/files?bucket=files&prefix=limits/"));
        Assert.Equal(["limits/in/a"], names.RootElement.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()));
        Assert.Equal("content", await TextAsync(web, "/v1/file?key=limits/in/a"));
        var buckets = JsonDocument.Parse(await TextAsync(web, "/v1/buckets"));
        Assert.Equal(["files"], buckets.RootElement.GetProperty("buckets").EnumerateArray().Select(bucket => bucket.GetProperty("name").GetString()));
        Assert.Contains(made.Id, await TextAsync(web, "/v1/access"), StringComparison.Ordinal);
        using var refused = await web.GetAsync("/v1/file?key=limits/out");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("This token is not granted read there.", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var minted = await web.AskAsync(HttpMethod.Post, "/v1/access-tokens", new StringContent("""{ "grants": ["*:all,admin"] }"""));
        Assert.Equal(HttpStatusCode.Forbidden, minted.StatusCode);
    }

    [Fact]
    public async Task Another_address_takes_a_revoked_token_for_four_seconds_at_most_and_its_sessions_end_with_it()
    {
        await using var here = await node.ListenAsync();
        await using var there = await node.ListenAsync();
        var made = await CreateAsync(here, """{ "readOnly": true }""");
        (await there.LogInAsync(made.Token)).Dispose();
        using var before = await there.GetAsync("/v1/status");
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        using var revoked = await here.AskAsync(HttpMethod.Delete, $"/v1/access-tokens/{made.Id}", null, ("Authorization", "Bearer " + here.Token));
        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);

        using var atOnce = await here.AskAsync(HttpMethod.Get, "/v1/status", null, ("Authorization", "Bearer " + made.Token));
        Assert.Equal(HttpStatusCode.Unauthorized, atOnce.StatusCode);
        there.Time.Advance(KeyRegister.HeldFor);
        using var after = await there.GetAsync("/v1/status");
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task A_copy_takes_what_its_source_and_its_target_take()
    {
        await using var web = await node.ListenAsync();
        await PutAsync(web, "copies/in/a");
        await PutAsync(web, "copies/secret");
        var token = (await CreateAsync(web, """{ "grants": ["files/copies/in/:read", "files/copies/out/:write"] }""")).Token;
        async Task<HttpStatusCode> CopyAsync(string from, string to)
        {
            using var answer = await web.AskAsync(HttpMethod.Post, $"/v1/copy?key={to}&from={from}", null, ("Authorization", "Bearer " + token));
            return answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, await CopyAsync("copies/in/a", "copies/out/a"));
        Assert.Equal(HttpStatusCode.Forbidden, await CopyAsync("copies/secret", "copies/out/b"));
        Assert.Equal(HttpStatusCode.Forbidden, await CopyAsync("copies/in/a", "copies/in/b"));
        Assert.Equal(HttpStatusCode.BadRequest, await CopyAsync("", "copies/out/b"));
    }

    [Fact]
    public async Task A_token_is_known_by_its_whole_text_and_no_other()
    {
        await using var web = await node.ListenAsync();
        var made = await CreateAsync(web, """{ "grants": ["*:all"] }""");
        Assert.True(AccessTokens.IsOne(made.Token));
        Assert.DoesNotContain(made.Token[^10..], made.ToString(), StringComparison.Ordinal);
        var last = made.Token[^1] == 'A' ? 'B' : 'A';
        foreach (var wrong in new[] { made.Token[..^1] + last, made.Token[..^1], made.Token + "A", made.Id, "dfsk_", made.Token.ToLowerInvariant() })
        {
            using var answer = await web.AskAsync(HttpMethod.Get, "/v1/status", null, ("Authorization", "Bearer " + wrong));
            Assert.Equal((wrong, HttpStatusCode.Unauthorized), (wrong, answer.StatusCode));
        }
    }

    private static List<(string Name, RouteAccess? Access)> RoutesOf(WebAddress web) =>
    [
        .. web.Host.Routes.SelectMany(route => route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
            .Select(method => ($"{method} {route.RoutePattern.RawText}", route.Metadata.GetMetadata<RouteAccess>()))),
    ];

    private static async Task<AdminAccessToken> CreateAsync(WebAddress web, string wish)
    {
        using var answer = await web.AskAsync(HttpMethod.Post, "/v1/access-tokens", new StringContent(wish), ("Authorization", "Bearer " + web.Token));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), AdminJson.Default.AdminAccessToken)!;
    }

    private static async Task PutAsync(WebAddress web, string name)
    {
        using var put = await web.AskAsync(HttpMethod.Put, $"/v1/file?key={name}", new StringContent("content"), ("Authorization", "Bearer " + web.Token));
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
    }

    private static async Task<string> TextAsync(WebAddress web, string path)
    {
        using var answer = await web.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }
}
