using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Web;

/// <summary>What the http address gives to a browser: the page itself, and content that must never become one.</summary>
[Collection(WebCollection.Name)]
public sealed partial class WebFilesSpec(WebNode node)
{
    [Fact]
    public async Task The_page_comes_from_this_node_alone_with_a_strict_policy_and_nothing_inline()
    {
        await using var web = await node.ListenAsync();
        var (seen, waiting) = (new HashSet<string>(), new Queue<string>(["/", "/s/some-link"]));
        while (waiting.TryDequeue(out var path))
        {
            if (!seen.Add(path))
            {
                continue;
            }

            using var answer = await web.AskFromElsewhereAsync(HttpMethod.Get, path);
            Assert.True(answer.IsSuccessStatusCode, path);
            var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
            var text = await answer.Content.ReadAsStringAsync();
            Assert.DoesNotMatch(Inline(), text);
            foreach (var found in Reference().Matches(text).Select(match => match.Groups["path"].Value))
            {
                Assert.DoesNotContain("//", found, StringComparison.Ordinal);
                waiting.Enqueue(new Uri(new Uri(web.Url, path), found).AbsolutePath);
            }

            using var again = await web.AskAsync(HttpMethod.Get, path, null, ("If-None-Match", answer.Headers.ETag!.ToString()));
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        }

        // Every file of the page is one that something refers to.
        var files = SourceTree.Files("Dfs.Gateway/Web/Page", "*").Select(file => file.Replace("Dfs.Gateway/Web/Page/", "/page/", StringComparison.Ordinal));
        Assert.Equal(files.Where(file => !file.EndsWith(".html", StringComparison.Ordinal)).Order(), seen.Where(path => path.StartsWith("/page/", StringComparison.Ordinal)).Order());
    }

    [Theory]
    [InlineData("/page/../admin.token")]
    [InlineData("/page/js/../../../admin.token")]
    [InlineData("/page/%2e%2e/%2e%2e/admin.token")]
    [InlineData("/page/..%2f..%2fadmin.token")]
    [InlineData("/page/..%5cadmin.token")]
    [InlineData("/page//etc/passwd")]
    [InlineData("/page/js/none.js")]
    [InlineData("/page/js/")]
    [InlineData("/admin.token")]
    public async Task A_path_that_names_no_file_of_the_page_is_not_found(string path)
    {
        await using var web = await node.ListenAsync();

        var status = await web.SendRawAsync($"GET {path} HTTP/1.1\r\nHost: {web.Url.Authority}\r\nConnection: close\r\n\r\n");

        Assert.Equal(404, status);
    }

    [Fact]
    public async Task Content_is_data_to_a_browser_whatever_it_says_it_is()
    {
        await using var web = await node.ListenAsync();
        (await web.LogInAsync(web.Token)).Dispose();
        const string Name = "<script>\"quoted\"\nßé.html";
        var address = $"/v1/file?key={Uri.EscapeDataString("pages/" + Name)}";
        using var put = await web.AskAsync(HttpMethod.Put, address, new StringContent("<script>alert(1)</script>", Encoding.UTF8, "text/html"));
        Assert.True(put.IsSuccessStatusCode);

        using var answer = await web.AskFromElsewhereAsync(HttpMethod.Get, $"{address}&page={web.Page}");

        Assert.Equal("text/html; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("default-src 'none'; frame-ancestors 'none'; sandbox", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        var disposition = answer.Content.Headers.ContentDisposition!;
        Assert.Equal("attachment", disposition.DispositionType);
        Assert.Equal(Name, disposition.FileNameStar);
    }

    [Fact]
    public async Task Removed_names_are_listed_only_when_they_are_asked_for()
    {
        await using var web = await node.ListenAsync();
        (await web.LogInAsync(web.Token)).Dispose();
        using var made = await web.AskAsync(HttpMethod.Put, "/v1/bucket?bucket=kept", new StringContent("{\"versioned\":\"on\"}"));
        using var put = await web.AskAsync(HttpMethod.Put, "/v1/file?bucket=kept&key=gone", new StringContent("x"));
        using var removed = await web.AskAsync(HttpMethod.Delete, "/v1/file?bucket=kept&key=gone");
        Assert.All([made, put, removed], answer => Assert.True(answer.IsSuccessStatusCode));

        Assert.Equal(0, (await EntriesAsync(web, "")).GetArrayLength());
        var entry = Assert.Single((await EntriesAsync(web, "&removed=1")).EnumerateArray());
        Assert.Equal(("gone", true), (entry.GetProperty("name").GetString(), entry.GetProperty("isRemoved").GetBoolean()));
    }

    private static async Task<JsonElement> EntriesAsync(WebAddress web, string more)
    {
        using var answer = await web.GetAsync("/v1/files?bucket=kept" + more);
        using var page = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync());
        return page.RootElement.GetProperty("entries").Clone();
    }

    // What loads something: attributes of the documents, imports of the modules, paths that the modules make elements of.
    [GeneratedRegex("""(?:href|src)="(?<path>[^"#]+)"|(?:from|import) '(?<path>\./[^']+)'|import\('(?<path>\./[^']+)'\)|src: '(?<path>/page/[^']+)'""")]
    private static partial Regex Reference();

    [GeneratedRegex("""<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+="|javascript:|innerHTML|insertAdjacentHTML|\beval\(""")]
    private static partial Regex Inline();
}
