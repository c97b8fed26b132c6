using System.Net;
using System.Net.Sockets;
using System.Text;
using Dfs.Client.Http;
using Dfs.Gateway.Admin;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Web;

/// <summary>A node's http address, and what a browser does there: one set of cookies, and the page's half of a session once it is logged in.</summary>
internal sealed class WebAddress : IAsyncDisposable
{
    private readonly AdminHost _host;
    private readonly HttpClient _http;

    public WebAddress(AdminHost host, HandTime time, string token, NodeTls tls)
    {
        (_host, Time, Token) = (host, time, token);
        var handler = tls.CreateHandler();
        handler.CookieContainer = Cookies;
        _http = new HttpClient(handler) { BaseAddress = new Uri(host.Url) };
    }

    public HandTime Time { get; }

    public string Token { get; }

    public AdminHost Host => _host;

    public Uri Url => _http.BaseAddress!;

    public CookieContainer Cookies { get; } = new();

    /// <summary>The page's half; empty before a login.</summary>
    public string Page { get; set; } = "";

    public async Task<HttpResponseMessage> LogInAsync(string token)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/web/login") { Content = new StringContent(token) };
        request.Headers.Add("Dfs-Page", "login");
        var answer = await _http.SendAsync(request);
        if (answer.IsSuccessStatusCode)
        {
            Page = (await answer.Content.ReadAsStringAsync()).Trim();
        }

        return answer;
    }

    /// <summary>As the page asks: with its half of the session.</summary>
    public Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (Page.Length > 0)
        {
            request.Headers.Add("Dfs-Page", Page);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return _http.SendAsync(request);
    }

    public Task<HttpResponseMessage> GetAsync(string path) => AskAsync(HttpMethod.Get, path);

    /// <summary>As another site, or the address bar, asks: with the cookie only.</summary>
    public Task<HttpResponseMessage> AskFromElsewhereAsync(HttpMethod method, string path) => _http.SendAsync(new HttpRequestMessage(method, path));

    /// <summary>Sends exactly these characters, and takes the status of the answer.</summary>
    /// <returns>0 when the connection is closed instead.</returns>
    public async Task<int> SendRawAsync(string request)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(Url.Host, Url.Port);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync() is { } line ? int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Begins to send a body and goes away in the middle.</summary>
    public async Task BreakOffAsync(HttpMethod method, string path, byte[] body, int sentBytes)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(Url.Host, Url.Port);
        await using var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: {Url.Authority}\r\nDfs-Page: {Page}\r\nCookie: {Cookies.GetCookieHeader(Url)}\r\nContent-Length: {body.Length}\r\n\r\n"));
        await stream.WriteAsync(body.AsMemory(0, sentBytes));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }
}
