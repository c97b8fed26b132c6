using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Repair;

/// <summary>Takes over catalog rows from other replicas, durably, by the rules of <see cref="Adoption"/>.</summary>
/// <remarks>Thread-safe. Holds a page at a time; repeating anything is harmless.</remarks>
internal sealed class RowPulls(LayoutSyncOptions options)
{
    private long _taken;

    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Everything of a partition that a replica has: rows, their promises, the partition's own.</summary>
    /// <returns>False when it did not answer to the end under this layout's number.</returns>
    public async Task<bool> PullAsync(Layout layout, PartitionId partition, ReplicaId from, CancellationToken cancellationToken)
    {
        RegisterId? after = null;
        while (true)
        {
            var outcome = await options.CallPeerAsync(layout, from, (peer, call) =>
                options.Peers.ReadRowsAsync(peer, call, partition, after, cancellationToken)).ConfigureAwait(false);
            if (outcome is not PeerOutcome.Rows { Page: var page }
                || page.Number != layout.Number
                || page.Partition.Partition != partition
                || !await TakeAsync(page.Rows, withPromises: true, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            if (page.IsLast)
            {
                // After the rows: below the partition's promise each of them would need a round of its own.
                await options.Store.AdoptAsync(page.Partition).ConfigureAwait(false);
                return true;
            }

            after = page.Rows[^1].Key.Register;
        }
    }

    /// <summary>What has changed at a replica since a cursor, of the partitions that this directory has too.</summary>
    /// <returns>How far it got, and whether that is the end.</returns>
    public async Task<(ulong Cursor, bool IsEnd)> FollowAsync(
        Layout layout, ReplicaId from, ulong cursor, CancellationToken cancellationToken)
    {
        while (true)
        {
            var outcome = await options.CallPeerAsync(layout, from, (peer, call) =>
                options.Peers.ReadChangesAsync(peer, call, cursor, cancellationToken)).ConfigureAwait(false);
            if (outcome is not PeerOutcome.Changes { Page: var page })
            {
                return (cursor, false);
            }

            var ours = page.Rows.Where(row => layout.ReplicasOf(row.Key.Partition).Contains(options.Self)).ToList();
            if (!await TakeAsync(ours, withPromises: false, cancellationToken).ConfigureAwait(false))
            {
                return (cursor, false);
            }

            cursor = page.Cursor;
            if (page.IsLast)
            {
                return (cursor, true);
            }

            await Task.Delay(options.BackgroundPause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes over what is chosen for a register, whichever replica has it.</summary>
    /// <returns>False when no majority answers, or another layout rules by now.</returns>
    public async Task<bool> CatchUpAsync(Layout layout, RegisterId register, CancellationToken cancellationToken)
    {
        if (await options.Catalog.ReadAsync(register, cancellationToken).ConfigureAwait(false) is not ReadDone done)
        {
            return false;
        }

        Interlocked.Increment(ref _taken);
        // As if the proposer's own message came late: no promise, and no floor, comes with it.
        return done.View.Value is not { } value || await options.Store.AdoptChosenAsync(
            new RegisterRow(new RowKey(false, register), Ballot.None, done.Accepted, value, 0, 0), layout.Number).ConfigureAwait(false);
    }

    // A page at once, so that its rows share a sync.
    private async Task<bool> TakeAsync(IReadOnlyList<RegisterRow> rows, bool withPromises, CancellationToken cancellationToken)
    {
        var results = await Task.WhenAll(rows.Select(row =>
            options.Store.AdoptAsync(row, heldByMajority: false, withPromises).AsTask())).ConfigureAwait(false);
        var degree = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.IdentityRoundsMax,
            CancellationToken = cancellationToken,
        };
        var unsettled = 0;
        await Parallel.ForEachAsync(
            rows.Where((_, index) => results[index] != AdoptionResult.Held), degree, async (row, cancellation) =>
            {
                if (!await SettleAsync(row, withPromises, cancellation).ConfigureAwait(false))
                {
                    Interlocked.Increment(ref unsettled);
                }
            }).ConfigureAwait(false);
        Interlocked.Add(ref _taken, rows.Count);
        return unsettled == 0;
    }

    // A read finds out what is chosen, and where replicas differ it makes them agree.
    private async Task<bool> SettleAsync(RegisterRow row, bool withPromises, CancellationToken cancellationToken)
    {
        var outcome = await options.Catalog.ReadAsync(row.Key.Register, cancellationToken)
            .ConfigureAwait(false);
        if (outcome is not ReadDone done)
        {
            return false;
        }

        if (done.Accepted == row.Accepted)
        {
            await options.Store.AdoptAsync(row, heldByMajority: true, withPromises).ConfigureAwait(false);
        }

        return true;
    }
}
