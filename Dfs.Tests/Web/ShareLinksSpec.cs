using System.Net;
using System.Text;
using System.Text.Json;
using Dfs.Client;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;
using Dfs.Tests.Membership;

namespace Dfs.Tests.Web;

/// <summary>Links that open a file without a login.</summary>
[Collection(WebCollection.Name)]
public sealed class ShareLinksSpec(WebNode node)
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("what was shared");

    [Fact]
    public async Task A_link_opens_without_a_login_until_it_is_revoked()
    {
        await using var web = await node.ListenAsync();
        var share = await ShareAsync("a/shared file", ShareOptions.Default with { Expires = TimeSpan.FromDays(7) });
        var link = LinkOf(share);

        using var about = await web.GetAsync($"{link}/about");
        using var said = await JsonDocument.ParseAsync(await about.Content.ReadAsStreamAsync());
        Assert.Equal("shared file", said.RootElement.GetProperty("name").GetString());
        Assert.Equal(Content.Length, said.RootElement.GetProperty("sizeBytes").GetInt64());
        Assert.Equal(share.Share!.Expires, said.RootElement.GetProperty("expires").GetDateTimeOffset());

        using var file = await web.GetAsync($"{link}/file");
        Assert.Equal(Content, await file.Content.ReadAsByteArrayAsync());
        Assert.Equal("shared file", file.Content.Headers.ContentDisposition!.FileNameStar);
        using var part = await web.AskAsync(HttpMethod.Get, $"{link}/file", null, ("Range", "bytes=5-7"));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("was", await part.Content.ReadAsStringAsync());

        // Nothing else is open for whoever has it.
        using var other = await web.GetAsync("/v1/file?key=a/shared%20file");
        Assert.Equal(HttpStatusCode.Unauthorized, other.StatusCode);

        Assert.True(ShareId.TryParse(share.Share.Id, out var id));
        Assert.Equal(DfsOutcome.Done, (await node.Node.Client.Shares.RevokeAsync(id, default)).Outcome);
        await RefusedAsync(web, link, "revoked");
    }

    [Fact]
    public async Task A_link_that_has_expired_or_is_damaged_or_is_for_one_recipient_opens_nothing()
    {
        await using var web = await node.ListenAsync();
        var expired = await ShareAsync("expired", ShareOptions.Default with { Expires = -2 * ShareTicket.ClockSkewMax });
        await RefusedAsync(web, LinkOf(expired), "expired");

        var damaged = LinkOf(await ShareAsync("damaged", ShareOptions.Default));
        await RefusedAsync(web, damaged[..^2], "damaged");

        // To this node's own owner, so that the node could open it: but then it would for everybody.
        var identity = (await node.Node.Client.Shares.IdentityAsync()).Identity;
        var personal = await ShareAsync("personal", ShareOptions.Default with { To = identity });
        Assert.Equal(DfsOutcome.Done, (await node.Node.Client.Shares.OpenAsync(personal.Capability, default)).Outcome);
        await RefusedAsync(web, LinkOf(personal), "one recipient");
    }

    private static async Task RefusedAsync(WebAddress web, string link, string why)
    {
        foreach (var what in new[] { "about", "file" })
        {
            using var answer = await web.GetAsync($"{link}/{what}");
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            Assert.Contains(why, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    private static string LinkOf(ShareResult share) => "/s/" + share.Capability[Capability.Prefix.Length..];

    private async Task<ShareResult> ShareAsync(string name, ShareOptions options)
    {
        Assert.Equal(DfsOutcome.Done, await NodesOnLoopback.PutAsync(node.Node, name, Content));
        var share = await node.Node.Client.Shares.ShareAsync(NodesOnLoopback.Key(name), options, default);
        Assert.Equal(DfsOutcome.Done, share.Outcome);
        return share;
    }
}
