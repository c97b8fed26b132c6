using System.IO.Pipelines;
using System.Net;

namespace Dfs.Client.Http;

/// <summary>A put's body; knows whether it was its source that failed.</summary>
/// <param name="sizeBytes">Null when nobody knows.</param>
internal sealed class SourceContent(PipeReader source, long? sizeBytes) : HttpContent
{
    /// <summary>What the source threw, or that it was shorter than it should be.</summary>
    public string? SourceFailure { get; private set; }

    protected override bool TryComputeLength(out long length)
    {
        length = sizeBytes ?? 0;
        return sizeBytes is not null;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var sentBytes = 0L;
        while (await ReadAsync(cancellationToken) is ({ IsCompleted: false } or { Buffer.IsEmpty: false }) and var piece)
        {
            foreach (var memory in piece.Buffer)
            {
                await stream.WriteAsync(memory, cancellationToken);
                sentBytes += memory.Length;
            }

            source.AdvanceTo(piece.Buffer.End);
        }

        if (sizeBytes is { } size && sentBytes < size)
        {
            SourceFailure = $"It ended after {sentBytes:N0} of {size:N0} bytes.";
        }
    }

    private async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            SourceFailure = error.Message;
            throw;
        }
    }
}
