using System.Net;
using System.Text.Json;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;
using Dfs.Tests.Membership;

namespace Dfs.Tests.Web;

/// <summary>Uploads in parts over HTTP, as the page makes them.</summary>
[Collection(WebCollection.Name)]
public sealed class PartUploadsSpec(WebNode node)
{
    private const int PartBytes = 400_000;

    [Fact]
    public async Task An_upload_goes_on_after_its_connection_broke_in_the_middle_of_a_part()
    {
        await using var web = await node.ListenAsync();
        (await web.LogInAsync(web.Token)).Dispose();
        var content = TestBytes.Random(11, (2 * PartBytes) + 1000);
        var id = await BeginAsync(web, "resumed");
        await PutAsync(web, "resumed", id, 1, content[..PartBytes]);

        await web.BreakOffAsync(HttpMethod.Put, $"/v1/uploads/{id}/2?key=resumed", content[PartBytes..(2 * PartBytes)], PartBytes / 2);

        // What a page sees that comes back, also after another login.
        (await web.LogInAsync(web.Token)).Dispose();
        Assert.Equal([(1, PartBytes)], await PartsAsync(web, "resumed", id));
        await PutAsync(web, "resumed", id, 3, content[(2 * PartBytes)..]);
        using var early = await CompleteAsync(web, "resumed", id, 3, content.Length);
        Assert.Equal(HttpStatusCode.PreconditionFailed, early.StatusCode);
        await PutAsync(web, "resumed", id, 2, content[PartBytes..(2 * PartBytes)]);
        using var wrong = await CompleteAsync(web, "resumed", id, 3, content.Length + 1);
        Assert.Equal(HttpStatusCode.PreconditionFailed, wrong.StatusCode);

        using var done = await CompleteAsync(web, "resumed", id, 3, content.Length);
        var version = (await JsonAsync(done)).GetProperty("version").GetString();

        Assert.Equal(content, await NodesOnLoopback.GetAsync(node.Node, "resumed"));
        using var kept = await web.GetAsync("/v1/file?key=resumed");
        Assert.Equal("text/x-test", kept.Content.Headers.ContentType!.ToString());

        // An answer that was lost is given again; the parts are gone.
        using var again = await CompleteAsync(web, "resumed", id, 3, content.Length);
        Assert.Equal(version, (await JsonAsync(again)).GetProperty("version").GetString());
        using var gone = await web.GetAsync($"/v1/uploads/{id}?key=resumed");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Empty(await LeftAsync());
    }

    [Fact]
    public async Task An_upload_that_is_taken_back_leaves_nothing_and_takes_nothing_more()
    {
        await using var web = await node.ListenAsync();
        (await web.LogInAsync(web.Token)).Dispose();
        var id = await BeginAsync(web, "taken back");
        await PutAsync(web, "taken back", id, 1, TestBytes.Random(12, 1000));

        using var removed = await web.AskAsync(HttpMethod.Delete, $"/v1/uploads/{id}?key=taken%20back");

        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        using var late = await web.AskAsync(HttpMethod.Put, $"/v1/uploads/{id}/2?key=taken%20back", new ByteArrayContent(new byte[10]));
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
        Assert.Empty(await LeftAsync());
        Assert.Null(await NodesOnLoopback.GetAsync(node.Node, "taken back"));
    }

    [Fact]
    public async Task What_is_no_upload_is_refused_and_a_file_that_is_there_is_kept_when_that_is_asked_for()
    {
        await using var web = await node.ListenAsync();
        (await web.LogInAsync(web.Token)).Dispose();
        await NodesOnLoopback.PutAsync(node.Node, "taken", [1, 2, 3]);
        var id = await BeginAsync(web, "taken");
        await PutAsync(web, "taken", id, 1, [4, 5]);

        using var kept = await CompleteAsync(web, "taken", id, 1, 2, ("If-None-Match", "*"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, kept.StatusCode);
        Assert.Equal([1, 2, 3], await NodesOnLoopback.GetAsync(node.Node, "taken"));

        foreach (var (method, path, status) in new[]
        {
            (HttpMethod.Put, $"/v1/uploads/{id}/0?key=taken", HttpStatusCode.BadRequest),
            (HttpMethod.Put, $"/v1/uploads/{id}/10001?key=taken", HttpStatusCode.BadRequest),
            (HttpMethod.Put, $"/v1/uploads/{id}/1?key=another", HttpStatusCode.NotFound),
            (HttpMethod.Put, $"/v1/uploads/{id[..31]}g/1?key=taken", HttpStatusCode.NotFound),
            (HttpMethod.Post, $"/v1/uploads/{id}/complete?key=taken", HttpStatusCode.BadRequest),
            (HttpMethod.Post, "/v1/uploads?bucket=nobody-made-it&key=a", HttpStatusCode.NotFound),
        })
        {
            using var answer = await web.AskAsync(method, path, new StringContent("nothing that is meant"));
            Assert.Equal(status, answer.StatusCode);
        }

        using var taken = await CompleteAsync(web, "taken", id, 1, 2);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal([4, 5], await NodesOnLoopback.GetAsync(node.Node, "taken"));
    }

    private static async Task<string> BeginAsync(WebAddress web, string key)
    {
        using var content = new ByteArrayContent([]);
        content.Headers.Add("Content-Type", "text/x-test");
        using var answer = await web.AskAsync(HttpMethod.Post, $"/v1/uploads?key={Uri.EscapeDataString(key)}", content);
        return (await JsonAsync(answer)).GetProperty("id").GetString()!;
    }

    private static async Task PutAsync(WebAddress web, string key, string id, int number, byte[] part)
    {
        using var answer = await web.AskAsync(HttpMethod.Put, $"/v1/uploads/{id}/{number}?key={Uri.EscapeDataString(key)}", new ByteArrayContent(part));
        Assert.Equal(part.Length, (await JsonAsync(answer)).GetProperty("sizeBytes").GetInt64());
    }

    private static Task<HttpResponseMessage> CompleteAsync(
        WebAddress web, string key, string id, int parts, long sizeBytes, params (string Name, string Value)[] headers) =>
        web.AskAsync(HttpMethod.Post, $"/v1/uploads/{id}/complete?key={key}", new StringContent($$"""{"parts":{{parts}},"sizeBytes":{{sizeBytes}}}"""), headers);

    private static async Task<IEnumerable<(int Number, int SizeBytes)>> PartsAsync(WebAddress web, string key, string id)
    {
        using var answer = await web.GetAsync($"/v1/uploads/{id}?key={key}");
        return [.. (await JsonAsync(answer)).GetProperty("parts").EnumerateArray()
            .Select(part => (part.GetProperty("number").GetInt32(), part.GetProperty("sizeBytes").GetInt32()))];
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        using var document = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync());
        return document.RootElement.Clone();
    }

    private async Task<IEnumerable<string>> LeftAsync()
    {
        var page = await node.Node.Client.ListAsync(ObjectKey.UploadsOf(ObjectKey.DefaultBucket), ListOptions.All, default);
        return [.. page.Entries.Select(entry => entry.Name)];
    }
}
