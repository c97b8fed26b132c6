using System.Diagnostics;
using Dfs.Core.Primitives;
using Microsoft.AspNetCore.Http;

namespace Dfs.Actors.Tracing;

/// <summary>The spans of this process, for whoever listens to the source "Dfs". docs/operating/tracing.md has their names.</summary>
/// <remarks>
/// A trace begins with a request or an operation of a client; everything else only goes on with one that is recorded, so without a listener, and for
/// what was not sampled, nothing is allocated. Spans say what was done, where and how long it took, never which file, whose, or which chunk.
/// </remarks>
public static class Spans
{
    public const string SourceName = "Dfs";

    /// <summary>As the W3C's recommendation "Trace Context" names it.</summary>
    public const string Header = "traceparent";

    /// <summary>Chunks of one transfer that have spans of their own, its first ones: a large file must not fill the collector.</summary>
    public const int ChunksPerTransferMax = 64;

    private static readonly ActivitySource Source = new(SourceName);
    private static readonly string[] Methods = ["GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH"];

    /// <summary>Somebody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>The recorded span around the caller; null when there is none.</summary>
    public static Activity? CurrentSpan => Activity.Current is { Recorded: true } span && ReferenceEquals(span.Source, Source) ? span : null;

    /// <summary>Of <see cref="CurrentSpan"/>, to hand to where it does not flow: actors, stages and other nodes. Default when there is none.</summary>
    public static ActivityContext Current => CurrentSpan?.Context ?? default;

    /// <summary>A request of a client: goes on with the client's trace, or begins one.</summary>
    public static Activity? BeginRequest(string name, HttpRequest request)
    {
        Activity.Current = null;
        var span = Source.StartActivity(name, ActivityKind.Server, ParentOf(request));
        span?.SetTag("http.request.method", MethodOf(request));
        return span;
    }

    /// <summary>An operation of a client: part of the request around it, or a trace of its own where a program uses the library.</summary>
    public static Activity? BeginOperation(string name) => !IsOn ? null
        : Activity.Current is { } around && ReferenceEquals(around.Source, Source) ? Begin(name)
        : Source.StartActivity(name, ActivityKind.Internal, default(ActivityContext));

    /// <summary>What another node asks for; null unless it is part of a trace.</summary>
    /// <param name="nameOf">Of the request, without anything that its sender chose.</param>
    public static Activity? BeginPeer(HttpRequest request, Func<HttpRequest, string> nameOf) =>
        IsOn && ParentOf(request) is var parent && IsRecorded(parent) ? Source.StartActivity(nameOf(request), ActivityKind.Server, parent) : null;

    /// <summary>A part of what <see cref="CurrentSpan"/> does.</summary>
    public static Activity? Begin(string name, ActivityKind kind = ActivityKind.Internal) => Begin(name, Current, kind);

    /// <summary>A part of a trace that does not flow here by itself; current until it is disposed of.</summary>
    /// <returns>Null when there is no trace, or it is not recorded.</returns>
    public static Activity? Begin(string name, ActivityContext parent, ActivityKind kind = ActivityKind.Internal) =>
        IsRecorded(parent) ? Source.StartActivity(name, kind, parent) : null;

    /// <summary>As <see cref="Begin(string, ActivityContext, ActivityKind)"/>, but not current: for actors, where many are open at once.</summary>
    public static Activity? BeginApart(string name, ActivityContext parent, ActivityKind kind)
    {
        var around = Activity.Current;
        var span = Begin(name, parent, kind);
        Activity.Current = around;
        return span;
    }

    /// <summary>One of the methods that there are: a client may send any other word.</summary>
    public static string MethodOf(HttpRequest request) => Methods.FirstOrDefault(request.Method.Equals, "_OTHER");

    /// <param name="outcome">A word of the program's own.</param>
    public static void End(this Activity span, string outcome, bool isError)
    {
        span.SetTag("dfs.outcome", outcome);
        if (isError)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    public static Activity? OfReplica(this Activity? span, ReplicaId replica) => span?.SetTag("dfs.replica", replica.ToString());

    /// <summary>As the header has it.</summary>
    public static string TextOf(ActivityContext context) => $"00-{context.TraceId}-{context.SpanId}-{(IsRecorded(context) ? "01" : "00")}";

    public static bool IsRecorded(ActivityContext context) => (context.TraceFlags & ActivityTraceFlags.Recorded) != 0;

    // Its state ("tracestate") may be anything, and is not handed on.
    private static ActivityContext ParentOf(HttpRequest request) =>
        request.Headers.TryGetValue(Header, out var text) && ActivityContext.TryParse(text.ToString(), null, isRemote: true, out var parent) ? parent : default;
}
