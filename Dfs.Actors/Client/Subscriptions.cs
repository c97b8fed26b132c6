using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Client;

/// <summary>Tells subscribers what the index of names has seen change, and keeps how far they have come.</summary>
/// <remarks>
/// Holds nothing of a subscriber: each question has its place with it, or in a small file of the owner that every node can read. So the node
/// that a subscriber spoke to may die. docs/design/subscriptions.md
/// </remarks>
internal sealed class Subscriptions(NameIndex names, IDfsClient files, AnswerLimit limit) : ISubscriptions
{
    /// <summary>Thirty seconds at most for one question.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(30);

    /// <summary>One second between two looks at the change feeds: how late a change is told.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    public async Task<ChangesResult> ReadAsync(
        Subscription subscription, string? after, int countMax, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (subscription.Refusal() is { } refusal)
        {
            return ChangesResult.Refused(DfsOutcome.PreconditionFailed, refusal);
        }

        try
        {
            var (time, begun) = (limit.Time, limit.Time.GetTimestamp());
            var position = after is not null ? Parse(after) : await PlaceOfAsync(subscription, cancellationToken);
            while (true)
            {
                using var look = RequestBudget.Begin(limit);
                var read = await names.ChangesAsync(subscription.Bucket, position, subscription.Wants, countMax, cancellationToken);
                if (position is null && subscription.Subscriber.Length > 0)
                {
                    // A new one: from here on nothing is lost to it.
                    await RequireRoomAsync(cancellationToken);
                    await KeepAsync(subscription, read.Next, cancellationToken);
                }

                position = read.Next;
                if (position.ListingAfter is { } listed)
                {
                    return await ListAsync(subscription, position, listed, isBegun: !read.IsResync, countMax, cancellationToken);
                }

                if (read.Changes.Count > 0 || time.GetElapsedTime(begun) + LookEvery > (wait < WaitMax ? wait : WaitMax))
                {
                    return new ChangesResult(DfsOutcome.Done, [.. read.Changes.Select(ChangeOf)], position.ToString(), "");
                }

                await Task.Delay(LookEvery, time, cancellationToken);
            }
        }
        catch (TransferException error)
        {
            return ChangesResult.Refused(error.Outcome, error.Message);
        }
    }

    public async Task<RemoveResult> AcknowledgeAsync(Subscription subscription, string position, CancellationToken cancellationToken)
    {
        try
        {
            if (subscription.Refusal() is { } refusal || subscription.Subscriber.Length == 0)
            {
                return new RemoveResult(DfsOutcome.PreconditionFailed, subscription.Refusal() ?? "Who acknowledges has a name.");
            }

            if (await PlaceOfAsync(subscription, cancellationToken) is null)
            {
                await RequireRoomAsync(cancellationToken);
            }

            await KeepAsync(subscription, Parse(position), cancellationToken);
            return new RemoveResult(DfsOutcome.Done, "");
        }
        catch (TransferException error)
        {
            return new RemoveResult(error.Outcome, error.Message);
        }
    }

    public Task<RemoveResult> EndAsync(Subscription subscription, CancellationToken cancellationToken) =>
        files.RemoveAsync(KeyOf(subscription), cancellationToken);

    private static SubscriptionPosition Parse(string text) => SubscriptionPosition.TryParse(text, out var position)
        ? position!
        : throw new TransferException(DfsOutcome.PreconditionFailed, "This is no position of a subscription.");

    // Sealed like every name; a prefix may be as long as a name.
    private static ObjectKey KeyOf(Subscription subscription) => ObjectKey.OfSubscriber(Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{subscription.Bucket}\0{subscription.Subscriber}\0{subscription.Prefix}"))));

    private static FileChange ChangeOf(NameChange change) =>
        new(change.IsRemoval ? ChangeKind.Removed : ChangeKind.Stored, change.Name, change.Now is { } now ? NameIndex.EntryOf(now) : null);

    private async Task<ChangesResult> ListAsync(
        Subscription subscription, SubscriptionPosition position, string after, bool isBegun, int countMax, CancellationToken cancellationToken)
    {
        var page = await names.ListAsync(
            subscription.Bucket,
            new ListOptions
            {
                Prefix = subscription.Prefix,
                Within = subscription.Within,
                After = after.Length > 0 ? after : null,
                CountMax = Math.Clamp(countMax, 1, ChangeLog.ReadMax),
            },
            cancellationToken);
        List<FileChange> told =
        [
            .. isBegun ? Array.Empty<FileChange>() : [new FileChange(ChangeKind.Resync, "", null)],
            .. page.Entries.Select(file => new FileChange(ChangeKind.Listed, file.Name, file)),
            .. page.Next is null ? [new FileChange(ChangeKind.Resynced, "", null)] : Array.Empty<FileChange>(),
        ];
        return new ChangesResult(DfsOutcome.Done, told, (position with { ListingAfter = page.Next }).ToString(), "");
    }

    /// <returns>Null for one that is new, or has no name.</returns>
    private async Task<SubscriptionPosition?> PlaceOfAsync(Subscription subscription, CancellationToken cancellationToken)
    {
        if (subscription.Subscriber.Length == 0)
        {
            return null;
        }

        var opened = await files.OpenAsync(KeyOf(subscription), cancellationToken);
        if (opened.File is null)
        {
            return opened.Outcome == DfsOutcome.NotFound ? null : throw new TransferException(opened.Outcome, opened.Detail);
        }

        await using var file = opened.File;
        using var bytes = new MemoryStream();
        var writer = PipeWriter.Create(bytes, new StreamPipeWriterOptions(leaveOpen: true));
        var end = await file.CopyToAsync(writer, 0, file.SizeBytes, cancellationToken);
        await writer.CompleteAsync();
        return end.Outcome != DfsOutcome.Done ? throw new TransferException(end.Outcome, end.Detail)
            : SubscriptionPosition.Decode(bytes.ToArray()) ?? throw new TransferException(DfsOutcome.Damaged, "The subscriber's place cannot be read.");
    }

    private async Task RequireRoomAsync(CancellationToken cancellationToken)
    {
        var kept = await names.ListAsync(ObjectKey.SubscribersBucket, ListOptions.All, cancellationToken);
        if (kept.Entries.Count >= Subscription.SubscribersMax)
        {
            throw new TransferException(DfsOutcome.PreconditionFailed, $"An owner has at most {Subscription.SubscribersMax} subscribers; end one.");
        }
    }

    private async Task KeepAsync(Subscription subscription, SubscriptionPosition position, CancellationToken cancellationToken)
    {
        var put = await files.PutAsync(
            KeyOf(subscription), PipeReader.Create(new ReadOnlySequence<byte>(position.Encode())), PutOptions.Default, cancellationToken);
        if (put.Outcome != DfsOutcome.Done)
        {
            throw new TransferException(put.Outcome, put.Detail);
        }
    }
}
