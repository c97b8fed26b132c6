using Dfs.Actors.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Manifests;

namespace Dfs.Actors.Transfer;

/// <summary>Between heads, which owners change, and registers, which the catalog changes.</summary>
internal static class HeadChanges
{
    /// <summary>Makes a register's change of a head's: decodes, decides, drafts what is to be signed.</summary>
    /// <param name="decide">From the current head (null when absent) and the counter floor to what is to become of it.</param>
    public static RegisterChange Propose(OwnerSession owner, Func<Head?, ulong, HeadChange> decide) => view =>
    {
        SignedHead? current = null;
        if (view.Value is { } value && !HeadCodec.TryDecode(value.Span, out current))
        {
            return new RefuseChange(new UnreadableHead());
        }

        return decide(current?.Head, view.CounterFloor) switch
        {
            HeadChange.Made made => new WriteDraft(new HeadDraft(owner, made.Next)),
            // Its own operation is in the value: writing it again says so and changes nothing.
            HeadChange.AlreadyMade => new WriteValue(view.Value!.Value),
            var refusal => new RefuseChange(refusal),
        };
    };

    /// <exception cref="TransferException">The change was not made, or nobody can say.</exception>
    public static void ThrowUnlessDone(ProposerOutcome outcome)
    {
        if (outcome is not ChangeDone)
        {
            throw outcome switch
            {
                ChangeRefused refused => Refusal(refused.Reason),
                ValueNotAllowed { MayHaveTakenEffect: false } refused =>
                    new TransferException(DfsOutcome.Damaged, $"The replicas refused the change: {refused.Reason.Reason}."),
                Unavailable => NoQuorum(),
                _ => new TransferException(
                    DfsOutcome.Indeterminate,
                    "No answer in time: the change may or may not have taken effect. Read the key to find out."),
            };
        }
    }

    public static TransferException NoQuorum() => new(
        DfsOutcome.NoQuorum,
        "no quorum: fewer than a majority of the replicas answered in time. Nothing was changed; try again.");

    private static TransferException Refusal(object reason) => reason switch
    {
        HeadChange.NothingToDo => new TransferException(DfsOutcome.NotFound, "not found"),
        HeadChange.ConditionFailed => new TransferException(
            DfsOutcome.PreconditionFailed, "The condition does not hold: the key has another version than was asked for."),
        HeadChange.HistoryFull full => new TransferException(
            DfsOutcome.PreconditionFailed, $"The file has {full.Versions} versions, and no more fit."),
        _ => new TransferException(
            DfsOutcome.Damaged, "What the replicas hold for this key is not a file of this owner."),
    };

    private sealed record HeadDraft(OwnerSession Owner, Head Head) : IValueDraft
    {
        public async Task<ReadOnlyMemory<byte>> FinishAsync() => await Owner.SignAsync(Head).ConfigureAwait(false);
    }

    private sealed record UnreadableHead;
}
