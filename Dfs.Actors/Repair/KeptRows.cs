using Dfs.Actors.Catalog;
using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Storage.CatalogStore;

namespace Dfs.Actors.Repair;

/// <summary>What one pass over the kept rows came to.</summary>
/// <param name="Left">Still here, because some replica did not show it.</param>
/// <param name="HandedBack">Copies that replicas took.</param>
internal sealed record KeptPass(int Left, int Forgotten, int HandedBack)
{
    public static readonly KeptPass Empty = new(0, 0, 0);

    public KeptPass And(KeptPass other) => new(Left + other.Left, Forgotten + other.Forgotten, HandedBack + other.HandedBack);
}

/// <summary>Erases rows of partitions that this directory has left, when all their replicas have shown theirs; by <see cref="KeptRule"/>.</summary>
/// <remarks>Holds a page of kept rows and one of a replica at a time. Repeating anything is harmless.</remarks>
internal sealed class KeptRows(LayoutSyncOptions options)
{
    public async Task<KeptPass> RunAsync(Layout layout, CancellationToken cancellationToken)
    {
        var sum = KeptPass.Empty;
        for (var index = 0; index < PartitionId.Count && options.Store.Kept.Rows > 0; index++)
        {
            var partition = new PartitionId(index);
            IReadOnlyList<KeptRow> page = [];
            do
            {
                page = await options.Store.ReadKeptAsync(partition, page.Count > 0 ? page[^1] : null, RowPages.RowsMax).ConfigureAwait(false);
                if (page.Count > 0)
                {
                    sum = sum.And(await SettleAsync(layout, partition, page, cancellationToken).ConfigureAwait(false));
                }
            }
            while (page.Count == RowPages.RowsMax);
        }

        return sum;
    }

    private async Task<KeptPass> SettleAsync(Layout layout, PartitionId partition, IReadOnlyList<KeptRow> page, CancellationToken cancellationToken)
    {
        var verdicts = page.Select(_ => new Dictionary<ReplicaId, KeptVerdict>()).ToList();
        foreach (var replica in layout.ReplicasOf(partition))
        {
            if (await ShownAsync(layout, partition, replica, page[0].Row.Key.Register, page[^1].Row.Key.Register, cancellationToken).ConfigureAwait(false) is not { } shown)
            {
                continue;
            }

            for (var at = 0; at < page.Count; at++)
            {
                var row = shown.Rows.GetValueOrDefault(page[at].Row.Key.Register, RegisterRow.Absent(page[at].Row.Key));
                verdicts[at][replica] = KeptRule.Judge(page[at].Row, new AcceptorRows(shown.Partition, row), options.Rules);
            }
        }

        var known = page.Where((_, at) => KeptRule.MayForget(layout, partition, verdicts[at])).ToList();
        var forgotten = known.Count > 0 && await options.Store.ForgetKeptAsync(known, layout.Number).ConfigureAwait(false) ? known.Count : 0;
        var handedBack = 0;
        foreach (var replica in layout.ReplicasOf(partition))
        {
            var missing = page.Where((_, at) => verdicts[at].GetValueOrDefault(replica, KeptVerdict.Apart) == KeptVerdict.Missing
                && KeptRule.MayHandBack(layout, partition, verdicts[at])).ToList();
            handedBack += await HandBackAsync(layout, partition, replica, missing, cancellationToken).ConfigureAwait(false);
        }

        return new KeptPass(page.Count - forgotten, forgotten, handedBack);
    }

    /// <summary>The rows of a replica from one register to another, as it shows them itself.</summary>
    /// <returns>Null when it did not answer to the end under this layout's number.</returns>
    private async Task<(PartitionRow Partition, Dictionary<RegisterId, RegisterRow> Rows)?> ShownAsync(
        Layout layout, PartitionId partition, ReplicaId replica, RegisterId first, RegisterId last, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<RegisterId, RegisterRow>();
        var after = Before(first);
        while (true)
        {
            var page = replica == options.Self
                ? await options.Store.ReadPartitionAsync(partition, after, RowPages.RowsMax).ConfigureAwait(false)
                : await options.CallPeerAsync(layout, replica, (peer, call) =>
                    options.Peers.ReadRowsAsync(peer, call, partition, after, cancellationToken)).ConfigureAwait(false) is PeerOutcome.Rows { Page: var answered }
                    ? answered
                    : null;
            if (page is null || page.Number != layout.Number)
            {
                return null;
            }

            foreach (var row in page.Rows)
            {
                rows[row.Key.Register] = row;
            }

            if (page.IsLast || page.Rows[^1].Key.Register.CompareTo(last) >= 0)
            {
                return (page.Partition, rows);
            }

            after = page.Rows[^1].Key.Register;
        }
    }

    private async Task<int> HandBackAsync(
        Layout layout, PartitionId partition, ReplicaId replica, List<KeptRow> missing, CancellationToken cancellationToken)
    {
        var (taken, at) = (0, 0);
        while (at < missing.Count)
        {
            var rows = new List<RegisterRow>();
            for (var sizeBytes = 0; at < missing.Count; at++)
            {
                sizeBytes += missing[at].Row.Value.Length + RowPages.RowBytesAround;
                if (sizeBytes > RowPages.HandedBackBytesMax)
                {
                    break;
                }

                // Left twice: the later row, which comes behind. Where it begins the next page, it is given after the earlier one.
                if (rows.Count > 0 && rows[^1].Key == missing[at].Row.Key)
                {
                    rows.RemoveAt(rows.Count - 1);
                }

                rows.Add(missing[at].Row with { Promise = Ballot.None, Change = 0 });
            }

            if (replica == options.Self)
            {
                taken += await options.Store.TakeBackAsync(rows, layout.Number).ConfigureAwait(false);
                continue;
            }

            var page = RowPages.Encode(new PartitionPage(layout.Number, PartitionRow.Empty(partition), rows, IsLast: true));
            var outcome = await options.CallPeerAsync(layout, replica, (peer, call) =>
                options.Peers.HandBackRowsAsync(peer, call, partition, page, cancellationToken)).ConfigureAwait(false);
            if (outcome is not PeerOutcome.RowsTaken { Count: var count })
            {
                return taken;
            }

            taken += count;
        }

        return taken;
    }

    /// <returns>The id before, so that a page begins with this one; null before the first.</returns>
    private static RegisterId? Before(RegisterId register)
    {
        var bytes = register.Value.ToArray();
        for (var at = bytes.Length - 1; at >= 0; at--)
        {
            if (bytes[at] > 0)
            {
                bytes[at]--;
                return new RegisterId(new Bytes32(bytes));
            }

            bytes[at] = byte.MaxValue;
        }

        return null;
    }
}
