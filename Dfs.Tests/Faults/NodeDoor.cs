using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Gateway.Admin;
using Dfs.Tests.Processes;

namespace Dfs.Tests.Faults;

/// <summary>What a client was told.</summary>
internal enum Heard
{
    Done,

    /// <summary>Absent, or a condition that does not hold.</summary>
    Refused,

    /// <summary>Nothing was changed: not connected, not ready, no quorum, busy.</summary>
    NotDone,

    /// <summary>It may have taken effect: "indeterminate", or the connection broke off.</summary>
    Unknown,

    /// <summary>As <see cref="Unknown"/>, after waiting as long as a client does.</summary>
    GaveUp,
}

/// <param name="Version">After a put, or of what was read.</param>
/// <param name="Said">Of a failure.</param>
internal sealed record DoorAnswer(Heard Heard, string Version = "", byte[]? Content = null, string Said = "")
{
    /// <summary>Of a listing: names with their versions.</summary>
    public IReadOnlyDictionary<string, string> Listed { get; init; } = ImmutableDictionary<string, string>.Empty;
}

/// <summary>A client's way to one node, which gives up after <see cref="Patience"/>.</summary>
/// <param name="network">Null: the node is on this machine's loopback.</param>
internal sealed class NodeDoor(NodeProcess node, NodeNetwork? network, int index) : IDisposable
{
    /// <summary>15 s: nobody may have to wait longer for an answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private const string Bucket = "files";

    private readonly HttpClient _http = new(HandlerOf(network, index)) { BaseAddress = new Uri(node.Url), Timeout = Timeout.InfiniteTimeSpan };

    public NodeProcess Node => node;

    /// <param name="match">The version that must be there; empty: none may be; null: any or none.</param>
    public Task<DoorAnswer> PutAsync(string key, byte[] content, string? match) => AskAsync(() =>
    {
        var request = new HttpRequestMessage(HttpMethod.Put, UriOf(key)) { Content = new ByteArrayContent(content) };
        if (match is { Length: 0 })
        {
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        }
        else if (match is not null)
        {
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{match}\""));
        }

        return request;
    });

    // With a content, though empty: .NET sends a request without one again when the connection breaks, and twice is not once.
    public Task<DoorAnswer> RemoveAsync(string key) =>
        AskAsync(() => new HttpRequestMessage(HttpMethod.Delete, UriOf(key)) { Content = new ByteArrayContent([]) });

    public Task<DoorAnswer> GetAsync(string key) => AskAsync(
        () => new HttpRequestMessage(HttpMethod.Get, UriOf(key)),
        async (response, cancelled) => new DoorAnswer(Heard.Done, response.Headers.ETag!.Tag.Trim('"'), await response.Content.ReadAsByteArrayAsync(cancelled)));

    /// <summary>Every name, page by page; as good as its last page.</summary>
    public async Task<DoorAnswer> ListAsync()
    {
        var listed = ImmutableDictionary.CreateBuilder<string, string>();
        for (string? after = null; ;)
        {
            var uri = $"/v1/files?bucket={Bucket}" + (after is null ? "" : $"&after={Uri.EscapeDataString(after)}");
            AdminListing? page = null;
            var answer = await AskAsync(() => new HttpRequestMessage(HttpMethod.Get, uri), async (response, cancelled) =>
            {
                page = (await response.Content.ReadFromJsonAsync(NodeJson.Default.AdminListing, cancelled))!;
                return new DoorAnswer(Heard.Done);
            });
            if (page is null)
            {
                return answer;
            }

            listed.AddRange(page.Entries.Select(entry => KeyValuePair.Create(entry.Name, entry.Version)));
            after = page.Next;
            if (!page.IsTruncated)
            {
                return answer with { Listed = listed.ToImmutable() };
            }
        }
    }

    public Task<DoorAnswer> LayoutAsync(string command, string name) =>
        AskAsync(() => new HttpRequestMessage(HttpMethod.Post, $"/v1/layout/{command}?node={Uri.EscapeDataString(name)}"));

    /// <returns>Null when it does not answer.</returns>
    public async Task<NodeStatus?> StatusAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            using var request = Authorized(new HttpRequestMessage(HttpMethod.Get, "/v1/status"));
            using var response = await _http.SendAsync(request, timeout.Token);
            return response.IsSuccessStatusCode
                ? await response.Content.ReadFromJsonAsync(AdminJson.Default.NodeStatus, timeout.Token) : null;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or SocketException or OperationCanceledException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler HandlerOf(NodeNetwork? network, int index)
    {
        var handler = new SocketsHttpHandler { UseProxy = false };
        if (network is not null)
        {
            handler.ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = await network.SocketInAsync(index);
                try
                {
                    await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
        }

        return handler;
    }

    private static string UriOf(string key) => $"/v1/file?bucket={Bucket}&key={Uri.EscapeDataString(key)}";

    /// <param name="read">Takes what is found; other answers say their outcome.</param>
    private async Task<DoorAnswer> AskAsync(
        Func<HttpRequestMessage> make, Func<HttpResponseMessage, CancellationToken, Task<DoorAnswer>>? read = null)
    {
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            using var request = Authorized(make());
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            if (read is not null && response.StatusCode == HttpStatusCode.OK)
            {
                return await read(response, timeout.Token);
            }

            if (response.StatusCode == HttpStatusCode.Unauthorized)
            {
                return new DoorAnswer(Heard.NotDone, Said: "token");
            }

            var answer = (await response.Content.ReadFromJsonAsync(AdminJson.Default.AdminAnswer, timeout.Token))!;
            return new DoorAnswer(HeardOf(answer.Outcome), answer.Version, Said: $"{answer.Outcome}: {answer.Detail}");
        }
        catch (OperationCanceledException)
        {
            return new DoorAnswer(Heard.GaveUp, Said: "no answer");
        }
        catch (Exception error) when (error is SocketException or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError })
        {
            return new DoorAnswer(Heard.NotDone, Said: "not connected");
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException)
        {
            return new DoorAnswer(Heard.Unknown, Said: "broken off");
        }
    }

    // The token is new at each start.
    private HttpRequestMessage Authorized(HttpRequestMessage request)
    {
        if (File.Exists(node.TokenFile))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(node.TokenFile).Trim());
        }

        return request;
    }

    private static Heard HeardOf(DfsOutcome outcome) => outcome switch
    {
        DfsOutcome.Done => Heard.Done,
        DfsOutcome.NotFound or DfsOutcome.PreconditionFailed => Heard.Refused,
        DfsOutcome.NoQuorum or DfsOutcome.Busy or DfsOutcome.NotReady => Heard.NotDone,
        _ => Heard.Unknown,
    };
}
