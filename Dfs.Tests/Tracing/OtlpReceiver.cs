using System.Collections.Concurrent;
using System.Net;
using Dfs.Tests.Tracing.Otlp;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Dfs.Tests.Tracing;

/// <summary>A span as it came.</summary>
/// <param name="Node">"service.instance.id" of who sent it.</param>
/// <param name="Parent">Empty: it began the trace.</param>
internal sealed record ReceivedSpan(string Node, string Trace, string Id, string Parent, string Name, IReadOnlyDictionary<string, string> Attributes);

/// <summary>A collector: takes OTLP over HTTP with protobuf on a socket of its own.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentQueue<byte[]> _bodies = new();
    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();

    private OtlpReceiver(WebApplication web) => _web = web;

    public string Url => _web.Urls.First();

    public IReadOnlyCollection<ReceivedSpan> Spans => _spans;

    /// <summary>Everything that came, byte by byte.</summary>
    public IReadOnlyCollection<byte[]> Bodies => _bodies;

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var receiver = new OtlpReceiver(builder.Build());
        receiver._web.Run(receiver.TakeAsync);
        await receiver._web.StartAsync();
        return receiver;
    }

    public IReadOnlyList<ReceivedSpan> Of(string trace) => [.. _spans.Where(span => span.Trace == trace)];

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        Assert.Equal("POST /v1/traces application/x-protobuf", $"{http.Request.Method} {http.Request.Path} {http.Request.ContentType}");
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        _bodies.Enqueue(body.ToArray());
        foreach (var resource in ExportRequest.Parser.ParseFrom(body.ToArray()).ResourceSpans)
        {
            var node = AttributesOf(resource.Resource.Attributes)["service.instance.id"];
            foreach (var span in resource.ScopeSpans.SelectMany(scope => scope.Spans))
            {
                Assert.True(span.StartUnixNanos <= span.EndUnixNanos);
                _spans.Enqueue(new ReceivedSpan(
                    node, Hex(span.TraceId), Hex(span.SpanId), Hex(span.ParentSpanId), span.Name, AttributesOf(span.Attributes)));
            }
        }

        http.Response.ContentType = "application/x-protobuf";
    }

    private static string Hex(Google.Protobuf.ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    private static Dictionary<string, string> AttributesOf(IEnumerable<KeyValue> attributes) => attributes.ToDictionary(
        attribute => attribute.Key,
        attribute => attribute.Value.ValueCase switch
        {
            AnyValue.ValueOneofCase.Text => attribute.Value.Text,
            AnyValue.ValueOneofCase.Flag => attribute.Value.Flag ? "true" : "false",
            AnyValue.ValueOneofCase.Number => $"{attribute.Value.Number}",
            _ => throw new InvalidOperationException($"an attribute is text, flag or number ({attribute.Key})"),
        });
}
