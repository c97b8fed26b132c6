using System.IO.Pipelines;
using Akka.Actor;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using static Dfs.Actors.Transfer.TransferProtocol;

namespace Dfs.Actors.Client;

/// <summary>One version of a file, its manifest opened; content in the manifest needs no transfer.</summary>
/// <param name="parts">Say at which rate it is sent, and when <paramref name="transfers"/> has ended with its actor system.</param>
internal sealed class OpenFile(Manifest manifest, VersionId version, IActorRef transfers, TransferOptions parts) : IOpenFile
{
    public long SizeBytes => (long)manifest.PlainBytes;

    public string ContentType => manifest.Facts.ContentType;

    public DateTimeOffset ModifiedAt => DateTimeOffset.FromUnixTimeMilliseconds(manifest.Facts.ModifiedUnixMs);

    public FileFacts Facts => manifest.Facts;

    public VersionId Version => version;

    public bool IsNull { get; init; }

    public VersionLock Lock { get; init; }

    public Task<TransferEnd> CopyToAsync(
        PipeWriter target, long offsetBytes, long countBytes, CancellationToken cancellationToken) =>
        OperationMetrics.MeasureAsync(
            "get", () => RunCopyAsync(PacedWriter.Of(target, parts.Rates.Downloads), offsetBytes, countBytes, cancellationToken), static end => end.Outcome, static end => end.WrittenBytes);

    private async Task<TransferEnd> RunCopyAsync(
        PipeWriter target, long offsetBytes, long countBytes, CancellationToken cancellationToken)
    {
        Invariant.Holds(offsetBytes >= 0 && countBytes >= 0, $"a range begins in the file ({offsetBytes}, {countBytes})");
        var fromBytes = Math.Min(offsetBytes, SizeBytes);
        var wantedBytes = Math.Min(countBytes, SizeBytes - fromBytes);
        if (manifest.Content is { } content)
        {
            await target.WriteAsync(content.Memory.Slice((int)fromBytes, (int)wantedBytes), cancellationToken);
            return new TransferEnd(DfsOutcome.Done, wantedBytes, "");
        }

        using var budget = RequestBudget.Begin(parts.Answers);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var request = new StartGet(manifest, target, fromBytes, wantedBytes, cancelled.Token);
        using var ending = request.RefuseWhen(parts.Catalog.Ended);
        transfers.Tell(request);
        return await budget.AnswerAsync(
            request.Answer.Task, static (outcome, detail) => new TransferEnd(outcome, 0, detail), cancelled, static end => end.Outcome == DfsOutcome.SourceFailed);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
