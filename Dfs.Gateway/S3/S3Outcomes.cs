using System.IO.Pipelines;
using Dfs.Client;

namespace Dfs.Gateway.S3;

/// <summary>Makes errors of the S3 interface of the store's outcomes.</summary>
internal static class S3Outcomes
{
    /// <param name="notFound">What is not there.</param>
    public static S3Error ErrorOf(DfsOutcome outcome, string detail, S3Error notFound) => outcome switch
    {
        DfsOutcome.NotFound => notFound,
        DfsOutcome.PreconditionFailed => S3Error.PreconditionFailed,
        DfsOutcome.Busy => S3Error.SlowDown,
        // As for what was cut off: it may have been done, and who tries again finds out.
        DfsOutcome.Indeterminate => S3Error.SlowDown.Saying(detail),
        DfsOutcome.SourceFailed => S3Error.IncompleteBody,
        DfsOutcome.NotAllowed => S3Error.AccessDenied,
        DfsOutcome.NoQuorum or DfsOutcome.NotReady or DfsOutcome.Locked or DfsOutcome.DiskFull => S3Error.ServiceUnavailable.Saying(detail),
        _ => S3Error.InternalError.Saying(detail),
    };

    /// <exception cref="S3Exception">It is not done.</exception>
    public static void Require(DfsOutcome outcome, string detail, S3Error notFound)
    {
        if (outcome != DfsOutcome.Done)
        {
            throw new S3Exception(ErrorOf(outcome, detail, notFound));
        }
    }

    /// <summary>A small file's content.</summary>
    /// <exception cref="S3Exception">It is larger, or cannot be had.</exception>
    public static async Task<byte[]> ReadAsync(IOpenFile file, int bytesMax, CancellationToken cancellationToken)
    {
        if (file.SizeBytes > bytesMax)
        {
            throw new S3Exception(S3Error.InternalError);
        }

        using var content = new MemoryStream();
        var writer = PipeWriter.Create(content, new StreamPipeWriterOptions(leaveOpen: true));
        var end = await file.CopyToAsync(writer, 0, file.SizeBytes, cancellationToken);
        await writer.CompleteAsync();
        Require(end.Outcome, end.Detail, S3Error.InternalError);
        return content.ToArray();
    }
}
