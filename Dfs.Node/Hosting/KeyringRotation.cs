using Dfs.Actors.Client;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Storage.Keyring;

namespace Dfs.Node.Hosting;

/// <summary>Rotates an owner's keys: a new key epoch, every slot wrapped under it, the old one destroyed when nobody uses it any more.</summary>
/// <remarks>
/// In this order, so that it can be interrupted anywhere and run again: the new epoch is durable in the keyring before anything is wrapped
/// under it; the old one is destroyed only after every other node of the layout has answered that it writes under the new one, and a
/// complete look through all heads after that found nothing under the old one. Unreachable is never a yes.
/// </remarks>
internal sealed class KeyringRotation(NodeOwner owner, IHeadRotation rotation)
{
    public async Task<OwnerAnswer> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await RunOrThrowAsync(cancellationToken);
        }
        catch (TransferException error)
        {
            return new OwnerAnswer(error.Outcome, error.Message);
        }
    }

    private async Task<OwnerAnswer> RunOrThrowAsync(CancellationToken cancellationToken)
    {
        // One that was begun is finished first.
        owner.ChangeKeys(static keys => keys.Epochs.Count > 1 ? null : keys.WithNewEpoch(FreshRandom.Draw));
        var epoch = CurrentEpoch();
        // Whoever shares the keyring's file reads it now, before anything is wrapped under a key that it does not know.
        var behind = (await rotation.AskAsync(cancellationToken))
            .Where(answer => answer.Value?.Newest is { } newest && newest.CompareTo(epoch) < 0).Select(answer => answer.Key).ToList();
        if (behind.Count > 0)
        {
            return new OwnerAnswer(
                DfsOutcome.Busy,
                $"{string.Join(", ", behind)} has a copy of the keyring without the new key. Copy {owner.KeyringFile} there, then run this again; nothing was wrapped anew yet.");
        }

        var files = await rotation.RewrapAsync(cancellationToken);
        var reasons = ReasonsToKeep(await rotation.AskAsync(cancellationToken), epoch);
        if (reasons.Count == 0)
        {
            // From here on nobody wraps under the old epoch: what is there now is all.
            files += await rotation.RewrapAsync(cancellationToken);
            var left = await rotation.CountBehindAsync(epoch, cancellationToken);
            reasons = left == 0 ? reasons : [$"{left} files are not wrapped anew yet"];
        }

        var done = $"{files} files were wrapped anew, under key epoch {epoch}.";
        if (reasons.Count > 0)
        {
            return new OwnerAnswer(
                DfsOutcome.Busy, $"{done} The key before is kept for now: {string.Join("; ", reasons)}. Run this again then.");
        }

        owner.ChangeKeys(keys => keys.OldestEpoch == epoch ? null : keys.WithoutEpochsBefore(epoch));
        var copies = (await rotation.AskAsync(cancellationToken))
            .Where(answer => answer.Value?.Oldest is { } oldest && oldest.CompareTo(epoch) < 0).Select(answer => answer.Key).ToList();
        return new OwnerAnswer(
            DfsOutcome.Done,
            copies.Count == 0
                ? $"{done} The key before is destroyed in {owner.KeyringFile}."
                : $"{done} The key before is destroyed in {owner.KeyringFile}; {string.Join(", ", copies)} still has it in a copy of the keyring: replace that copy.");
    }

    private KeyEpoch CurrentEpoch()
    {
        using var keys = owner.Session.Use();
        return keys.CurrentEpoch;
    }

    private List<string> ReasonsToKeep(IReadOnlyDictionary<string, OwnerEpochs?> answers, KeyEpoch epoch)
    {
        var reasons = answers.Where(answer => answer.Value?.Writing is not { } writing || writing.CompareTo(epoch) < 0)
            .Select(answer => answer.Value switch
            {
                null => $"{answer.Key} does not answer",
                { Writing: null } => $"the keyring is locked on {answer.Key}",
                { Writing: var writing } => $"{answer.Key} still writes under key epoch {writing}: give it the keyring of this node, or wait for its transfers",
            }).ToList();
        if (owner.Session.WritingEpoch is { } here && here.CompareTo(epoch) < 0)
        {
            reasons.Add("a transfer that began before is under way here");
        }

        return reasons;
    }
}
