using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Dfs.Client.Http;
using Dfs.Gateway.Hosting;
using Dfs.Node.Cli;
using Dfs.Node.Configuration;
using Dfs.Node.Hosting;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Web;

/// <summary>A port for clients with TLS, over real connections.</summary>
[Collection(WebCollection.Name)]
public sealed class ClientTlsSpec(WebNode node) : IDisposable
{
    private readonly PemFiles _files = new();

    [Fact]
    public async Task A_session_has_a_cookie_that_only_this_host_sets_and_only_over_TLS()
    {
        await using var web = await ListenAsync("127.0.0.1", "files.example.org");
        Assert.Equal("https", web.Url.Scheme);

        using var login = await web.LogInAsync(web.Token);

        Assert.Equal(HttpStatusCode.OK, login.StatusCode);
        var cookie = Assert.Single(login.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith($"__Host-dfs-{web.Url.Port}=", cookie, StringComparison.Ordinal);
        Assert.EndsWith("; max-age=43200; path=/; secure; samesite=strict; httponly", cookie, StringComparison.Ordinal);
        using var asked = await web.GetAsync("/v1/status");
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        // Only a name of its own is told to be encrypted for good: other ports of this one may be plain.
        Assert.False(asked.Headers.Contains("Strict-Transport-Security"));
        using var named = await web.AskAsync(HttpMethod.Get, "/", null, ("Host", "files.example.org"));
        Assert.Equal("max-age=31536000", Assert.Single(named.Headers.GetValues("Strict-Transport-Security")));
    }

    [Fact]
    public async Task A_session_is_not_taken_from_a_page_of_another_origin()
    {
        await using var web = await ListenAsync("127.0.0.1");
        (await web.LogInAsync(web.Token)).Dispose();
        foreach (var (origin, expected) in new[]
        {
            (web.Url.GetLeftPart(UriPartial.Authority), HttpStatusCode.NoContent),
            ("https://evil.example", HttpStatusCode.Forbidden),
            ($"http://{web.Url.Authority}", HttpStatusCode.Forbidden),
            ($"https://{web.Url.Host}", HttpStatusCode.Forbidden),
            ("null", HttpStatusCode.Forbidden),
        })
        {
            using var answer = await web.AskAsync(HttpMethod.Get, "/web/session", null, ("Origin", origin));
            Assert.True(answer.StatusCode == expected, $"{origin}: {answer.StatusCode}");
        }

        using var crossSite = await web.AskAsync(HttpMethod.Delete, "/v1/file?key=a", null, ("Sec-Fetch-Site", "cross-site"));
        Assert.Equal(HttpStatusCode.Forbidden, crossSite.StatusCode);
        using var foreignLogin = await web.AskAsync(HttpMethod.Post, "/web/login", new StringContent(web.Token), ("Origin", "https://evil.example"), ("Dfs-Page", "login"));
        Assert.Equal(HttpStatusCode.Forbidden, foreignLogin.StatusCode);
    }

    [Fact]
    public async Task Who_forgets_the_s_is_told_so_on_either_side()
    {
        await using var web = await ListenAsync("127.0.0.1");
        var plain = new Uri($"http://{web.Url.Authority}");
        using var toTls = new NodeClient(plain, web.Token);
        var told = await Assert.ThrowsAsync<CliException>(() => toTls.StatusAsync(default));
        Assert.Contains("its address begins with https://", told.Message, StringComparison.Ordinal);

        await using var open = await node.ListenAsync();
        using var toPlain = new NodeClient(new Uri($"https://{open.Url.Authority}"), open.Token);
        told = await Assert.ThrowsAsync<CliException>(() => toPlain.StatusAsync(default));
        Assert.Contains($"does not answer with TLS. Is it http://{open.Url.Authority}?", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_is_not_believed_is_refused_with_the_reason()
    {
        await using (var web = await ListenAsync("127.0.0.1", "localhost"))
        {
            using (var client = new NodeClient(web.Url, web.Token, "", NodeTls.Of(_files.AuthorityFile)))
            {
                Assert.True((await client.StatusAsync(default)).Ready);
            }

            using var stranger = new PemFiles();
            await RefusedAsync(web, NodeTls.OfMachine(), "nobody whom this program believes vouches", "--ca FILE");
            await RefusedAsync(web, NodeTls.Of(stranger.AuthorityFile), "nobody whom this program believes vouches");
        }

        await using (var web = await ListenAsync("files.example.org", "192.0.2.1"))
        {
            await RefusedAsync(web, NodeTls.Of(_files.AuthorityFile), "its certificate is for files.example.org, 192.0.2.1.", "dfs.client-tls.names");
        }

        _files.Issue(["127.0.0.1"], age: TimeSpan.FromDays(2), lifetime: TimeSpan.FromDays(1));
        var ended = Dfs.Storage.Trust.ServerCertificate.OfFiles(_files.Certificate, _files.Key);
        await using (var web = await node.ListenAsync(new ClientTls(() => ended.Context)))
        {
            await RefusedAsync(web, NodeTls.Of(_files.AuthorityFile), "the clock of this machine is wrong");
        }
    }

    [Theory]
    [InlineData(System.Security.Authentication.SslProtocols.Tls12)]
    [InlineData(System.Security.Authentication.SslProtocols.Tls13)]
    public async Task Both_versions_that_are_still_good_are_spoken(System.Security.Authentication.SslProtocols version)
    {
        await using var web = await ListenAsync("127.0.0.1");
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(web.Url.Host, web.Url.Port);
        await using var tls = new SslStream(tcp.GetStream());

        using var options = NodeTls.Of(_files.AuthorityFile).CreateHandler();
        options.SslOptions.TargetHost = web.Url.Host;
        options.SslOptions.EnabledSslProtocols = version;
        await tls.AuthenticateAsClientAsync(options.SslOptions);

        Assert.Equal(version, tls.SslProtocol);
    }

    public void Dispose() => _files.Dispose();

    private static async Task RefusedAsync(WebAddress web, NodeTls tls, params string[] words)
    {
        using var client = new NodeClient(web.Url, web.Token, "", tls);
        var refused = await Assert.ThrowsAsync<CliException>(() => client.StatusAsync(default));
        Assert.Equal(ExitCode.Unauthorized, refused.ExitCode);
        Assert.All(words, word => Assert.Contains(word, refused.Message, StringComparison.Ordinal));
    }

    private Task<WebAddress> ListenAsync(params string[] names)
    {
        _files.Issue(names);
        var shown = new CertificateFiles(new CertificatePair(_files.Certificate, _files.Key), TimeProvider.System, static _ => { });
        return node.ListenAsync(new ClientTls(shown.Current), NodeTls.Of(_files.AuthorityFile));
    }
}
