using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Dfs.Client.Http;

/// <summary>Requests to one node's admin interface: its address, its token, and what its refusals are thrown as.</summary>
/// <remarks>Thread-safe. No limit of time for a whole request, because a transfer takes as long as its content; connecting has five seconds.</remarks>
public sealed class NodeHttp : IDisposable
{
    private readonly HttpClient _http;
    private readonly Func<DfsException, Exception> _thrown;
    private readonly NodeTls _tls;

    /// <param name="owner">Name or id; empty for the node's first.</param>
    /// <param name="authorityFile">PEM file with the authority of the node's certificate, and no other is believed; null for those of this machine.</param>
    /// <exception cref="DfsException">The authority's file cannot be read.</exception>
    public NodeHttp(Uri node, string token, string owner = "", string? authorityFile = null)
        : this(node, token, owner, authorityFile is null ? NodeTls.OfMachine() : NodeTls.Of(authorityFile))
    {
    }

    /// <param name="tls">Whom it believes where the address begins with https.</param>
    internal NodeHttp(Uri node, string token, string owner, NodeTls tls)
    {
        _tls = tls;
        _http = new HttpClient(tls.CreateHandler()) { BaseAddress = node, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _thrown = static refused => refused;
        if (owner.Length > 0)
        {
            _http.DefaultRequestHeaders.Add(NodeHeaders.Owner, owner);
        }
    }

    private NodeHttp(HttpClient http, NodeTls tls, Func<DfsException, Exception> thrown) => (_http, _tls, _thrown) = (http, tls, thrown);

    /// <summary>The same connections for who has exceptions of its own.</summary>
    /// <param name="thrown">What a refusal is thrown as.</param>
    public NodeHttp Throwing(Func<DfsException, Exception> thrown) => new(_http, _tls, thrown);

    /// <summary>Sends a request and reads its answer.</summary>
    public async Task<T> AskAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> shape, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw Failure(await RefusalAsync(response, cancellationToken));
        }

        return await response.Content.ReadFromJsonAsync(shape, cancellationToken)
            ?? throw Failure(new DfsException(DfsOutcome.Failed, "The node answered nothing."));
    }

    /// <summary>Sends a request whose answer is content, or the range of it that the request names.</summary>
    /// <returns>What the caller disposes of; the content is not read yet.</returns>
    public async Task<HttpResponseMessage> DownloadAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await SendAsync(request, cancellationToken);
        if (response.StatusCode == (request.Headers.Range is null ? HttpStatusCode.OK : HttpStatusCode.PartialContent))
        {
            return response;
        }

        using (response)
        {
            throw Failure(
                response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable
                    ? new DfsException(
                        DfsOutcome.PreconditionFailed,
                        $"The file has {response.Content.Headers.ContentRange?.Length ?? 0:N0} bytes; the range begins behind them.")
                    { Status = response.StatusCode }
                : response.StatusCode == HttpStatusCode.OK
                    ? new DfsException(DfsOutcome.PreconditionFailed, "The file was replaced meanwhile.")
                : await RefusalAsync(response, cancellationToken));
        }
    }

    public void Dispose() => _http.Dispose();

    internal Exception Failure(DfsException refused) => _thrown(refused);

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        // The bare one: a connection that was made, and reset before anything was sent.
        catch (Exception error) when (error is SocketException or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError })
        {
            throw Failure(new DfsException(
                DfsOutcome.Unreachable, $"No node answers at {_http.BaseAddress}: {Innermost(error)}. Is it running?"));
        }
        catch (HttpRequestException error) when (error.HttpRequestError is HttpRequestError.SecureConnectionError)
        {
            throw Failure(_tls.Failure(_http.BaseAddress!));
        }
        catch (HttpRequestException error)
        {
            // What was asked for may have been done, unless it was only to read.
            throw Failure(new DfsException(
                request.Method == HttpMethod.Get ? DfsOutcome.Unreachable : DfsOutcome.Indeterminate,
                $"The node at {_http.BaseAddress} broke the connection off: {Innermost(error)}."));
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(new DfsException(
                DfsOutcome.Unreachable, $"No node answers at {_http.BaseAddress} within {NodeTls.ConnectTimeout.TotalSeconds:0} s. Is it running?"));
        }
    }

    private static string Innermost(Exception error) => error.GetBaseException().Message.TrimEnd('.');

    private static async Task<DfsException> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var shape = response.Content.Headers.ContentType?.MediaType;
        if (shape == "application/json" && Parse(text) is { } answer)
        {
            return new DfsException(answer.Outcome, answer.Detail);
        }

        // The ports for chunks and of S3 speak HTTP as well.
        if (text.Length == 0 || shape is "application/xml" or "text/html")
        {
            text = $"{response.RequestMessage?.RequestUri?.GetLeftPart(UriPartial.Authority)} answers {(int)response.StatusCode}, and not as the http address of a node of this version does (--http, two above --port).";
        }

        var outcome = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => DfsOutcome.NotAllowed,
            HttpStatusCode.BadRequest => DfsOutcome.PreconditionFailed,
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests => DfsOutcome.Busy,
            _ => DfsOutcome.Failed,
        };
        return new DfsException(outcome, text.Trim()) { Status = response.StatusCode };
    }

    private static AdminAnswer? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, NodeJson.Default.AdminAnswer);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
