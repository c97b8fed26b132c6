using Dfs.Actors.Tracing;
using Dfs.Node.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Dfs.Node.Hosting;

/// <summary>Sends this process's spans to a collector, in the background; what it does not take in time is dropped.</summary>
internal static class TraceExport
{
    /// <returns>Disposing of it sends the rest.</returns>
    /// <param name="node">Its name: the "service.instance.id" of its spans.</param>
    public static IDisposable Begin(TraceSettings settings, string node) => Sdk.CreateTracerProviderBuilder()
        .AddSource(Spans.SourceName)
        .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(settings.Ratio)))
        .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService(
            "akkadfs", serviceVersion: typeof(TraceExport).Assembly.GetName().Version?.ToString(3), autoGenerateServiceInstanceId: false, serviceInstanceId: node))
        .AddOtlpExporter(exporter =>
        {
            exporter.Endpoint = settings.Endpoint;
            exporter.Protocol = settings.IsGrpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        })
        .Build();
}
