using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Amazon.S3.Model;
using Dfs.Tests.Kit;
using Dfs.Tests.S3;
using Dfs.Tests.Tracing;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>What a collector of traces is told: three real nodes send it OTLP over a real socket.</summary>
[Collection(OneByOne.Name)]
public sealed partial class Traces(ITestOutputHelper output)
{
    private const string SecretKey = "folder/never-tell-this-name.txt";
    private const string SecretBucket = "never-tell-this-bucket";
    private const string S3Secret = "never-tell-this-secret-key-0123456789abcd";

    [Fact]
    public async Task One_put_and_one_get_are_each_one_trace_over_all_nodes_and_name_no_file()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        // Not the five seconds that they are gathered otherwise: nobody would learn anything meanwhile.
        var quick = NodePlace.Loopback with { Environment = new Dictionary<string, string> { ["OTEL_BSP_SCHEDULE_DELAY"] = "100" } };
        await using var nodes = new LocalNodes(3, output, $$"""
            dfs { trace.endpoint = "{{receiver.Url}}", s3 = "127.0.0.1:0", s3-access-key = NEVERTELLTHISACCESSKEY, s3-secret-key = {{S3Secret}} }
            """, placeOf: _ => quick);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        await nodes.WholeAsync(LocalNodes.ReadyTimeout);

        // The client's own trace, as the W3C's header says it.
        var content = Content.Bytes(7, 3_000_000);
        var put = await SendAsync(nodes[0], HttpMethod.Put, content);
        await TracedAsync(receiver, put, "every node took part in the put",
            ["PUT /v1/file", "put", "transfer", "seal", "chunk place", "replica put", "peer put chunk", "store commit", "head change", "acceptor accept", "catalog commit"],
            ["node-1", "node-2", "node-3"]);

        var get = await SendAsync(nodes[1], HttpMethod.Get, content);
        await TracedAsync(receiver, get, "the get is there",
            ["GET /v1/file", "open", "head read", "acceptor read", "catalog read", "get", "transfer", "chunk read", "replica read", "store read"],
            ["node-1", "node-2", "node-3"]);

        // S3 begins a trace of its own.
        await PutByS3Async(nodes[2]);
        await Eventually.HoldsAsync(
            () => Task.FromResult(receiver.Spans.Any(span => span is { Name: "s3:PutObject", Parent: "", Node: "node-3" })), LocalNodes.ReadyTimeout, "a request of S3 is there");
        var s3 = receiver.Spans.First(span => span is { Name: "s3:PutObject" });
        await TracedAsync(receiver, new Sent(s3.Trace, ""), "every node took part in the put by S3", ["put", "replica put"], ["node-1", "node-2", "node-3"]);

        Assert.All(receiver.Spans, span => Assert.All(span.Attributes, AllowedOnly));
        foreach (var secret in new[] { "never-tell", "NEVERTELL", Encoding.Latin1.GetString(content.AsSpan(0, 24)), (await File.ReadAllTextAsync(nodes[0].TokenFile)).Trim() })
        {
            Assert.All(receiver.Bodies, body => Assert.DoesNotContain(secret, Encoding.Latin1.GetString(body), StringComparison.OrdinalIgnoreCase));
        }

        var documented = DocumentedName().Matches(SourceTree.Read("docs/operating/tracing.md")).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.All(receiver.Spans, span => Assert.True(documented.Contains(span.Name) || RequestName().IsMatch(span.Name), span.Name));
    }

    // Ends when each span's parent has come, too, but for the one that the client has.
    private static Task TracedAsync(OtlpReceiver receiver, Sent sent, string what, string[] names, string[] nodes) => Eventually.HoldsAsync(
        () =>
        {
            var spans = receiver.Of(sent.Trace);
            var ids = spans.Select(span => span.Id).Append(sent.Parent).ToHashSet();
            return Task.FromResult(
                names.All(name => spans.Any(span => span.Name == name))
                && nodes.All(node => spans.Any(span => span.Node == node))
                && spans.All(span => ids.Contains(span.Parent))
                && spans.Count(span => span.Parent == sent.Parent) == 1);
        },
        LocalNodes.ReadyTimeout, what);

    private static async Task<Sent> SendAsync(NodeProcess node, HttpMethod method, byte[] content)
    {
        var sent = new Sent(Convert.ToHexStringLower(Guid.CreateVersion7().ToByteArray()), "00f067aa0ba902b7");
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, $"{node.Url}/v1/file?bucket=files&key={Uri.EscapeDataString(SecretKey)}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(node.TokenFile)).Trim());
        request.Headers.Add("traceparent", $"00-{sent.Trace}-{sent.Parent}-01");
        request.Content = method == HttpMethod.Put ? new ByteArrayContent(content) : null;
        using var answer = await http.SendAsync(request);
        var body = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(answer.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        Assert.True(method == HttpMethod.Put || body.AsSpan().SequenceEqual(content));
        return sent;
    }

    private static async Task PutByS3Async(NodeProcess node)
    {
        using var client = S3Cluster.Connect(S3Address().Match(node.Log).Value, "NEVERTELLTHISACCESSKEY", S3Secret);
        await client.PutBucketAsync(SecretBucket);
        using var content = new MemoryStream(Content.Bytes(8, 100_000));
        await client.PutObjectAsync(new PutObjectRequest { BucketName = SecretBucket, Key = SecretKey, InputStream = content });
    }

    private static void AllowedOnly(KeyValuePair<string, string> attribute) => Assert.Matches(
        attribute.Key switch
        {
            "dfs.replica" => "^[0-9a-f]{32}$",
            "dfs.bytes" or "dfs.attempt" or "http.response.status_code" => "^[0-9]+$",
            "dfs.stand_in" => "^(true|false)$",
            "dfs.outcome" => "^[a-z]+$",
            "http.request.method" => "^[A-Z]+$",
            var other => throw new InvalidOperationException($"an attribute that is not documented: {other}"),
        },
        attribute.Value);

    [GeneratedRegex("^\\| `([^`]+)`", RegexOptions.Multiline)]
    private static partial Regex DocumentedName();

    [GeneratedRegex("^((GET|PUT|POST|DELETE|HEAD) /[a-z0-9/{}*:-]+|s3( [A-Z]+)?|s3:[A-Za-z]+)$")]
    private static partial Regex RequestName();

    [GeneratedRegex("(?<=offers S3 at )http://[0-9.:]+")]
    private static partial Regex S3Address();

    private sealed record Sent(string Trace, string Parent);
}
