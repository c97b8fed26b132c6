using System.IO.Pipelines;

namespace Dfs.Client;

/// <summary>Reads an open file as a stream.</summary>
public static class OpenFileReading
{
    /// <summary>One MiB: what is read ahead of the stream's reader, beside what the system's sockets hold.</summary>
    private const int AheadBytes = 1024 * 1024;

    /// <summary>The content from an offset on.</summary>
    /// <param name="countBytes">At most so many; null for all.</param>
    /// <returns>
    /// Cannot seek. A reading throws <see cref="DfsException"/> when the content stops short: a stream that ends without is whole.
    /// Disposing of it ends the transfer; the file is the caller's still.
    /// </returns>
    public static Stream OpenStream(this IOpenFile file, long offsetBytes = 0, long? countBytes = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        var leftBytes = Math.Max(0, file.SizeBytes - offsetBytes);
        var pipe = new Pipe(new PipeOptions(
            pauseWriterThreshold: AheadBytes, resumeWriterThreshold: AheadBytes / 2, minimumSegmentSize: DfsFiles.PieceBytes,
            useSynchronizationContext: false));
        _ = FillAsync(file, pipe.Writer, offsetBytes, Math.Min(countBytes ?? leftBytes, leftBytes));
        return pipe.Reader.AsStream();
    }

    // Who disposes of the stream completes the pipe's reader, which ends the copying at its next piece.
    private static async Task FillAsync(IOpenFile file, PipeWriter writer, long offsetBytes, long countBytes)
    {
        Exception? failure = null;
        try
        {
            var end = await file.CopyToAsync(writer, offsetBytes, countBytes, CancellationToken.None);
            failure = end.Outcome == DfsOutcome.Done ? null : new DfsException(end.Outcome, end.Detail);
        }
        catch (Exception error)
        {
            failure = error;
        }

        await writer.CompleteAsync(failure);
    }
}
