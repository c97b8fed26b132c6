using System.Diagnostics;
using System.Text.RegularExpressions;
using Dfs.Actors.Client;
using Dfs.Actors.Tracing;
using Dfs.Client;
using Dfs.Node.Configuration;
using Dfs.Node.Hosting;
using Dfs.Tests.Kit;
using Dfs.Tests.Processes;
using Microsoft.AspNetCore.Http;

namespace Dfs.Tests.Tracing;

/// <summary>Who listens is heard by the whole process, so these run alone.</summary>
[Collection(OneByOne.Name)]
public sealed partial class SpansTests
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    // That each span of a running cluster is in the manual, Processes/Traces shows.
    [Fact]
    public void Every_span_of_the_manual_is_one_that_the_program_makes()
    {
        var words = SourceTree.Files("Dfs.Actors", "*.cs").SelectMany(path => Literal().Matches(SourceTree.Read(path))).Select(match => match.Groups[1].Value).ToHashSet();

        var documented = DocumentedName().Matches(SourceTree.Read("docs/operating/tracing.md")).Select(match => match.Groups[1].Value).ToList();

        Assert.True(documented.Count > 20);
        Assert.All(documented, name => Assert.Contains(PeerName().Match(name) is { Success: true } peer ? peer.Groups[1].Value : name, words));
    }

    [Fact]
    public void Without_a_listener_nothing_is_allocated()
    {
        var request = new DefaultHttpContext().Request;
        request.Headers[Spans.Header] = $"00-{Trace}-00f067aa0ba902b7-01";
        Assert.False(Spans.IsOn);
        Around(1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Around(10_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        // What a put, a get and a peer's request pass on their way.
        void Around(int times)
        {
            var chunks = new ChunkSpans(Spans.Current);
            before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < times; i++)
            {
                using var operation = Spans.BeginOperation("put");
                using var transfer = Spans.Begin("transfer", Spans.Current);
                using var seal = Spans.Begin("seal", chunks.Next());
                using var replica = Spans.Begin("replica put", ActivityKind.Client).OfReplica(default);
                using var peer = Spans.BeginPeer(request, static _ => "peer");
                using var commit = Spans.BeginApart("catalog commit", default, ActivityKind.Server);
                Assert.True(operation is null && transfer is null && seal is null && replica is null && peer is null && commit is null);
                Assert.True(RoundSpans.Of(Spans.Current) is null && Spans.CurrentSpan is null);
            }
        }
    }

    [Fact]
    public async Task Of_a_ratio_of_zero_only_what_a_client_traces_is_traced_and_all_of_it()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using (TraceExport.Begin(new TraceSettings(new Uri($"{receiver.Url}/v1/traces"), IsGrpc: false, Ratio: 0), "node"))
        {
            await RequestAsync(traceParent: null);
            await RequestAsync($"00-{Trace}-00f067aa0ba902b7-00");
            await RequestAsync("nonsense");
            await RequestAsync($"00-{Trace}-00f067aa0ba902b7-01");
        }

        Assert.Equal(["put", "request"], receiver.Spans.Select(span => span.Name).Order());
        Assert.All(receiver.Spans, span => Assert.Equal(Trace, span.Trace));
    }

    [Fact]
    public async Task A_large_file_has_spans_for_its_first_chunks_only()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        using var export = TraceExport.Begin(new TraceSettings(new Uri($"{receiver.Url}/v1/traces"), IsGrpc: false, Ratio: 1), "node");
        using var operation = Spans.BeginOperation("put");
        var chunks = new ChunkSpans(Spans.Current);

        var traced = Enumerable.Range(0, 1000).Count(_ => Spans.IsRecorded(chunks.Next()));

        Assert.Equal(Spans.ChunksPerTransferMax, traced);
    }

    private static async Task RequestAsync(string? traceParent)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers[Spans.Header] = traceParent;
        using var span = Spans.BeginRequest("request", request);
        await OperationMetrics.MeasureAsync("put", () => Task.FromResult(DfsOutcome.Done), outcome => outcome);
    }

    [GeneratedRegex("\"([a-z ]+)\"")]
    private static partial Regex Literal();

    // Rows of the table of spans; those of settings and attributes have dots.
    [GeneratedRegex("^\\| `([a-z ]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex DocumentedName();

    [GeneratedRegex("^peer [a-z]+ ([a-z]+)$")]
    private static partial Regex PeerName();
}
