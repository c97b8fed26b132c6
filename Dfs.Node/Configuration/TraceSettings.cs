using System.Globalization;

namespace Dfs.Node.Configuration;

/// <summary>Where traces are sent, checked.</summary>
/// <param name="Endpoint">Of the collector, with the whole path where it is HTTP.</param>
/// <param name="IsGrpc">OTLP over gRPC, not HTTP with protobuf.</param>
/// <param name="Ratio">Of the requests that are traced, 0 to 1; those that a client says are traced come to them.</param>
public sealed record TraceSettings(Uri Endpoint, bool IsGrpc, double Ratio)
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ProtocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string HttpPath = "v1/traces";

    /// <returns>Null where none are sent.</returns>
    /// <exception cref="Cli.CliException">A value is no URL, protocol or ratio.</exception>
    internal static TraceSettings? Of(SettingsSource source, Func<string, string?> environment)
    {
        var ratio = RatioOf(source.Text("trace.ratio"));
        var isGrpc = (source.Text("trace.protocol") is { Length: > 0 } protocol ? protocol : environment(ProtocolVariable)) switch
        {
            null or "" or "http" or "http/protobuf" => false,
            "grpc" => true,
            var other => throw SettingsSource.Bad("trace.protocol", $"'{other}' is not one of http, grpc"),
        };
        var text = source.Text("trace.endpoint") is { Length: > 0 } endpoint ? endpoint : environment(EndpointVariable);
        if (text is null or "")
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? new TraceSettings(isGrpc || url.AbsolutePath.EndsWith(HttpPath, StringComparison.Ordinal) ? url : new Uri($"{text.TrimEnd('/')}/{HttpPath}"), isGrpc, ratio)
            : throw SettingsSource.Bad("trace.endpoint", $"'{text}' is not a URL, such as http://127.0.0.1:4318");
    }

    private static double RatioOf(string? text) => text is null or "" ? 1
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1 ? ratio
        : throw SettingsSource.Bad("trace.ratio", $"'{text}' is not a number from 0 to 1");
}
