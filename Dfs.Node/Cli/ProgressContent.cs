using System.Net;
using Dfs.Actors.Transfer;

namespace Dfs.Node.Cli;

/// <summary>Request content that streams from a source and tells how far it is.</summary>
/// <param name="limit">What it is sent at; null: as fast as the node takes it.</param>
public sealed class ProgressContent(Stream source, long? sizeBytes, Action<long> progressed, RateLimit? limit = null) : HttpContent
{
    private const int PieceBytes = 128 * 1024;

    /// <summary>Bytes sent so far.</summary>
    public long SentBytes { get; private set; }

    protected override bool TryComputeLength(out long length)
    {
        length = sizeBytes ?? 0;
        return sizeBytes is not null;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var piece = new byte[PieceBytes];
        int read;
        while ((read = await source.ReadAsync(piece, cancellationToken)) > 0)
        {
            await stream.WriteAsync(piece.AsMemory(0, read), cancellationToken);
            SentBytes += read;
            progressed(read);
            await (limit ?? RateLimit.None).WaitAsync(read, cancellationToken);
        }
    }
}
