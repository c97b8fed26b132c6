using System.IO.Pipelines;
using Dfs.Client;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Bodies;
using Dfs.Gateway.S3.Requests;
using Dfs.Gateway.S3.Sealing;

namespace Dfs.Gateway.S3.Operations;

/// <summary>Copies that cannot be made of chunks that are there: of a range, to another owner, or under other keys. The content is read and stored again.</summary>
internal static class ContentCopies
{
    /// <param name="algorithm">Of a checksum that is wanted; null for none.</param>
    /// <param name="options">Asked once the content was read.</param>
    /// <returns>The content with its digests; the caller's to dispose.</returns>
    /// <exception cref="S3Exception">It is not stored.</exception>
    public static async Task<(PutResult Result, UploadBody Content)> SendAsync(
        S3Call call, IOpenFile file, ObjectRange range, ObjectKey target, string? algorithm, Func<UploadBody, PutOptions> options,
        ContentSeal? seal = null, int partNumber = 0)
    {
        var body = new UploadBody(BodySpec.OfSize(range.CountBytes, algorithm), null, seal, partNumber);
        var (read, checkedContent) = (new Pipe(), new Pipe());
        var pumping = PumpAsync();
        var putting = call.Client.PutAsync(target, checkedContent.Reader, options(body) with { SizeBytes = range.CountBytes }, call.Aborted);
        var end = await file.CopyToAsync(read.Writer, range.OffsetBytes, range.CountBytes, call.Aborted);
        await read.Writer.CompleteAsync(end.Outcome == DfsOutcome.Done ? null : new IOException(end.Detail));
        await pumping;
        var put = await putting;
        // Of a put that was refused, the reading broke off because of it; of a reading that failed, the put.
        var (outcome, detail) = put.Outcome is DfsOutcome.Done or DfsOutcome.SourceFailed && end.Outcome != DfsOutcome.Done ? (end.Outcome, end.Detail) : (put.Outcome, put.Detail);
        S3Outcomes.Require(outcome, detail, S3Error.NoSuchKey);
        return (put, body);

        // When nobody takes the content any more, nobody may wait to give it.
        async Task PumpAsync()
        {
            await body.PumpAsync(read.Reader, checkedContent.Writer, call.Aborted);
            await read.Reader.CompleteAsync();
        }
    }
}
