using Dfs.Actors.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Transfer;

/// <summary>Changes of heads that have a history: what has no room in a head any more goes into pages.</summary>
internal static class HistoryChanges
{
    /// <summary>As <see cref="HeadChanges.ChangeAsync"/>, for a change that adds a version.</summary>
    /// <remarks>
    /// Moving versions into pages is a change of its own, after the other one is answered for: when it does not succeed, the
    /// next one does it. Only a head that is full waits for it.
    /// </remarks>
    public static async Task<ProposerOutcome> AddVersionAsync(
        TransferOptions options, BucketKeys bucket, RegisterId register, OperationId operation, Func<Head?, ulong, HeadChange> decide,
        Epoch? pinned = null)
    {
        var outcome = await HeadChanges.ChangeAsync(options, register, operation, decide, pinned).ConfigureAwait(false);
        if (outcome is ChangeRefused { Reason: HeadChange.HistoryFull, View.Value: { } full }
            && await TryFoldAsync(options, bucket, full).ConfigureAwait(false))
        {
            outcome = await HeadChanges.ChangeAsync(options, register, operation, decide, pinned).ConfigureAwait(false);
        }

        if (outcome is ChangeDone done && !await TryDropReplacedAsync(options, bucket, done.Value).ConfigureAwait(false))
        {
            await TryFoldAsync(options, bucket, done.Value).ConfigureAwait(false);
        }

        return outcome;
    }

    /// <summary>Takes the null version out of the pages that a newer one has replaced: until then nobody is shown it.</summary>
    /// <exception cref="TransferException">A page cannot be had or stored; nothing was changed.</exception>
    public static async Task<ProposerOutcome?> DropReplacedAsync(TransferOptions options, BucketKeys bucket, Head head)
    {
        var pages = new HistoryPages(bucket, new HeadReader(options).FetchAsync);
        return head.HasReplacedNull && await pages.WithoutNullAsync(head).ConfigureAwait(false) is { } plan
            ? await CommitAsync(options, head, plan).ConfigureAwait(false)
            : null;
    }

    private static async Task<bool> TryDropReplacedAsync(TransferOptions options, BucketKeys bucket, ReadOnlyMemory<byte> value)
    {
        try
        {
            return HeadCodec.PeekHasNullInHistory(value.Span) && HeadCodec.TryDecode(value.Span, out var signed)
                && await DropReplacedAsync(options, bucket, signed.Head).ConfigureAwait(false) is ChangeDone;
        }
        catch (TransferException)
        {
            // It is hidden, and the next change of the file takes it out.
            return false;
        }
    }

    /// <summary>Stores the pages, then changes the head.</summary>
    /// <exception cref="TransferException">The pages could not be stored; nothing was changed.</exception>
    public static async Task<ProposerOutcome> CommitAsync(TransferOptions options, Head head, HistoryPlan plan)
    {
        var pinned = options.Chunks.Epoch;
        await HeadChanges.PlaceAsync(options, plan.Pieces).ConfigureAwait(false);
        var operation = OwnerSession.NewOperation();
        return await HeadChanges.ChangeAsync(
            options, head.Register, operation,
            (current, _) => HeadTransition.ChangeHistory(current, head.Owner, operation, plan.Change), pinned).ConfigureAwait(false);
    }

    /// <param name="value">A chosen head.</param>
    private static async Task<bool> TryFoldAsync(TransferOptions options, BucketKeys bucket, ReadOnlyMemory<byte> value)
    {
        if (value.Length <= HistoryFold.AboveBytes || !HeadCodec.TryDecode(value.Span, out var signed))
        {
            return false;
        }

        try
        {
            var pages = new HistoryPages(bucket, static _ => throw new InvariantException("moving versions out of a head reads no page"));
            return pages.Fold(signed.Head) is { } plan
                && await CommitAsync(options, signed.Head, plan).ConfigureAwait(false) is ChangeDone;
        }
        catch (TransferException)
        {
            // Nothing is lost and nothing was changed: the versions are in the head until the next change moves them.
            return false;
        }
    }
}
