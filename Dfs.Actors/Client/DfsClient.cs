using System.IO.Pipelines;
using Akka.Actor;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using static Dfs.Actors.Transfer.TransferProtocol;

namespace Dfs.Actors.Client;

/// <summary>The store as a program on a node sees it: reads heads, and hands content to the transfer actors.</summary>
/// <param name="transfers">This node's <see cref="TransferSupervisor"/>.</param>
public sealed class DfsClient(TransferOptions parts, IActorRef transfers, NameIndex names) : IDfsClient
{
    private readonly HeadReader _heads = new(parts);

    public ILocks Locks { get; } = new VersionHistory(parts, transfers);

    public ICompositions Compositions { get; } = new FileComposer(parts, new VersionHistory(parts, transfers));

    public IVersions Versions { get; } = new VersionHistory(parts, transfers);

    public ISnapshots Snapshots => new Snapshots(parts, transfers, names, this);

    public ISubscriptions Subscriptions => new Subscriptions(names, this, parts.Answers);

    public IBuckets Buckets => parts.Buckets;

    public IShares Shares { get; } = new FileShares(parts, transfers, names);

    public Task<PutResult> PutAsync(
        ObjectKey key, PipeReader content, PutOptions options, CancellationToken cancellationToken) =>
        OperationMetrics.MeasureAsync(
            "put", () => RunPutAsync(key, content, options, cancellationToken), static put => put.Outcome, static put => put.SizeBytes);

    private async Task<PutResult> RunPutAsync(ObjectKey key, PipeReader content, PutOptions options, CancellationToken cancellationToken)
    {
        using var budget = RequestBudget.Begin(parts.Answers);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var check = options.Check is { } asked ? new AwaitedCheck(asked) : null;
        options = options with { Check = check };
        var request = new StartPut(key, new WatchedReader(PacedReader.Of(content, parts.Rates.Uploads), budget), options, cancelled.Token);
        using var ending = request.RefuseWhen(parts.Catalog.Ended);
        transfers.Tell(request);
        var result = await budget.AnswerAsync(
            request.Answer.Task, PutResult.Refused, cancelled, static put => put.Outcome == DfsOutcome.SourceFailed);
        if (result.Outcome != DfsOutcome.Done)
        {
            await content.CompleteAsync();
        }

        return result;
    }

    public Task<OpenResult> OpenAsync(ObjectKey key, CancellationToken cancellationToken) =>
        OperationMetrics.MeasureAsync("open", () => RunOpenAsync(key, cancellationToken), static open => open.Outcome);

    private Task<OpenResult> RunOpenAsync(ObjectKey key, CancellationToken cancellationToken) => Answers.AnswerAsync(
        parts.Answers, async () => new OpenResult(DfsOutcome.Done, await OpenOrThrowAsync(key, cancellationToken), ""), OpenResult.Refused);

    public Task<RemoveResult> RemoveAsync(ObjectKey key, CancellationToken cancellationToken) =>
        OperationMetrics.MeasureAsync(
            "remove", () => FileRemoval.RunAsync(parts, _heads, key, HeadCondition.None), static remove => remove.Outcome);

    public Task<ListPage> ListAsync(string bucket, ListOptions options, CancellationToken cancellationToken) =>
        OperationMetrics.MeasureAsync("list", () => RunListAsync(bucket, options, cancellationToken), static page => page.Outcome);

    private Task<ListPage> RunListAsync(string bucket, ListOptions options, CancellationToken cancellationToken) => Answers.AnswerAsync(
        parts.Answers, async () =>
        {
            var page = await names.ListAsync(bucket, options, cancellationToken);
            return new ListPage(DfsOutcome.Done, page.Entries, page.CommonPrefixes, page.IsTruncated, page.Next, "");
        },
        ListPage.Refused);

    private async Task<IOpenFile> OpenOrThrowAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var head = await _heads.ReadAsync(key, cancellationToken);
        var version = head?.Readable ?? throw HeadReader.NotFound();
        return new OpenFile(await _heads.OpenAsync(key, head!, version, cancellationToken), version.Id, transfers, parts)
        {
            IsNull = version.IsNull,
            Lock = version.Lock,
        };
    }
}
