using System.Collections.Immutable;
using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;

namespace Dfs.Actors.Transfer;

/// <summary>Between heads, which owners change, and registers, which the catalog changes.</summary>
internal static class HeadChanges
{
    /// <summary>How often a change is asked again because the head has changed and other pieces must be stored first.</summary>
    private const int AttemptsMax = 8;

    /// <summary>Changes a head; what must leave it to make room is stored before.</summary>
    /// <remarks>Not cancelled with the client: a change that was sent off is seen through, so that the answer is true.</remarks>
    /// <param name="decide">From the current head (null when absent) and the counter floor to what is to become of it.</param>
    /// <param name="pinned">The epoch at which the placing of the chunks began that the change refers to anew; null: it refers to none.</param>
    /// <returns><see cref="EpochPassed"/> only for chunks that the caller has placed.</returns>
    /// <exception cref="TransferException">The pieces could not be stored; nothing was changed.</exception>
    public static async Task<ProposerOutcome> ChangeAsync(
        TransferOptions options, RegisterId register, OperationId operation, Func<Head?, ulong, HeadChange> decide, Epoch? pinned = null)
    {
        using var owner = options.Owner.Use();
        // Before a piece is placed: what the change says of its pins must hold for the oldest.
        var epoch = pinned ?? options.Chunks.Epoch;
        var placed = ImmutableHashSet<ChunkId>.Empty;
        var mayBeDone = false;
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var outcome = await options.Catalog.ChangeAsync(
                register, operation, Propose(owner, decide, placed), epoch, CancellationToken.None).ConfigureAwait(false);
            outcome = CatalogClient.After(mayBeDone, outcome);
            mayBeDone = outcome is EpochPassed { MayHaveTakenEffect: true };
            if (outcome is EpochPassed && pinned is null)
            {
                (epoch, placed) = (options.Chunks.Epoch, ImmutableHashSet<ChunkId>.Empty);
                continue;
            }

            if (outcome is not ChangeRefused { Reason: PiecesFirst { Pieces: var pieces } })
            {
                return outcome;
            }

            await PlaceAsync(options, pieces.Where(piece => !placed.Contains(piece.Id))).ConfigureAwait(false);
            placed = placed.Union(pieces.Select(piece => piece.Id));
        }

        throw new TransferException(DfsOutcome.Busy, "Others keep changing the file; try again.");
    }

    /// <summary>Makes a register's change of a head's: decodes, decides, drafts what is to be signed.</summary>
    /// <param name="decide">From the current head (null when absent) and the counter floor to what is to become of it.</param>
    /// <param name="placed">Pieces that are stored; a change that needs others is refused with <see cref="PiecesFirst"/>.</param>
    public static RegisterChange Propose(
        UnlockedOwner owner, Func<Head?, ulong, HeadChange> decide, IReadOnlySet<ChunkId> placed) => view =>
    {
        SignedHead? current = null;
        if (view.Value is { } value && !HeadCodec.TryDecode(value.Span, out current))
        {
            return new RefuseChange(new UnreadableHead());
        }

        return decide(current?.Head, view.CounterFloor) switch
        {
            HeadChange.Made made when made.Pieces.Any(piece => !placed.Contains(piece.Id)) => new RefuseChange(new PiecesFirst(made.Pieces)),
            HeadChange.Made made => new WriteDraft(new HeadDraft(owner, ShareTransition.Renewed(made.Next, owner.WrapsOf(made.Next.Bucket), OwnerSession.Fresh))),
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
                WentBack back => IsOlder(back),
                Unavailable => NoQuorum(outcome),
                NoRoom => new TransferException(
                    DfsOutcome.DiskFull, "Too few nodes have room for the change: their disks are full. Nothing was changed."),
                _ => new TransferException(
                    DfsOutcome.Indeterminate,
                    "No answer in time: the change may or may not have taken effect. Read the key to find out."),
            };
        }
    }

    /// <param name="outcome">Of what got no answer; null where nobody was asked.</param>
    public static TransferException NoQuorum(ProposerOutcome? outcome = null)
    {
        var away = outcome is Unavailable { Away: { Count: > 0 } names } ? $" ({string.Join(", ", names)} cannot be reached)" : "";
        return new TransferException(
            DfsOutcome.NoQuorum, $"no quorum: fewer than a majority of the replicas answered in time{away}. Nothing was changed; try again.");
    }

    public static TransferException IsOlder(WentBack back) => new(
        DfsOutcome.Damaged,
        (back.IsAbsent
            ? $"The nodes say that there is no such file; this node has seen it (change {back.Seen}), and it was not removed since: nodes lie, or disks are lost or were put back from a copy. "
            : $"The nodes gave an older state of this file (change {back.Found}) than this node has seen (change {back.Seen}): a node lies, or disks were put back from a copy. ")
        + "Nothing was changed. Find the node (`dfs events`, `dfs status`); when what they say is meant, start this node again and it is believed.");

    private static TransferException Refusal(object reason) => reason switch
    {
        HeadChange.NothingToDo => new TransferException(DfsOutcome.NotFound, "not found"),
        HeadChange.ConditionFailed => new TransferException(
            DfsOutcome.PreconditionFailed, "The condition does not hold: the key has another version than was asked for."),
        HeadChange.Locked locked => new TransferException(DfsOutcome.NotAllowed, $"This version is locked: {TextOf(locked.Lock)}. Nothing was changed."),
        HeadChange.CannotOpen => new TransferException(DfsOutcome.Damaged, "The keyring of this node does not open this file."),
        HeadChange.SharesFull full => new TransferException(
            DfsOutcome.PreconditionFailed, $"The file has {full.Shares} shares, and no more fit; revoke one."),
        HeadChange.HistoryFull full => new TransferException(
            DfsOutcome.PreconditionFailed, $"The file has {full.Versions} versions, and no more fit."),
        _ => new TransferException(
            DfsOutcome.Damaged, "What the replicas hold for this key is not a file of this owner."),
    };

    private static string TextOf(VersionLock held) => held.IsHeld ? "there is a legal hold on it"
        : held.Mode == LockMode.None ? "it, or another one that would go with it"
        : string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"until {DateTimeOffset.FromUnixTimeMilliseconds(held.UntilUnixMs):yyyy-MM-dd HH:mm:ss'Z'} ({held.Mode.ToString().ToLowerInvariant()})");

    private sealed record HeadDraft(UnlockedOwner Owner, Head Head) : IValueDraft
    {
        public async Task<ReadOnlyMemory<byte>> FinishAsync() => await Owner.SignAsync(Head).ConfigureAwait(false);
    }

    /// <exception cref="TransferException">Too few replicas took one of them.</exception>
    public static async Task PlaceAsync(TransferOptions options, IEnumerable<StoredPiece> pieces)
    {
        var memory = new TransferMemory(options.Buffers);
        await using (memory.ConfigureAwait(false))
        {
            foreach (var piece in pieces)
            {
                await options.Chunks.PlaceAsync(piece.Id, piece.Bytes, null, memory, static () => { }).ConfigureAwait(false);
            }
        }
    }

    private sealed record UnreadableHead;

    private sealed record PiecesFirst(ImmutableArray<StoredPiece> Pieces);
}
