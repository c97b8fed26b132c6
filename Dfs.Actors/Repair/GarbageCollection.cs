using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Manifests;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Storage.ChunkStore;

namespace Dfs.Actors.Repair;

/// <summary>One collection: raises the epoch, finds what is alive, and tells every node which of its chunks are not.</summary>
/// <remarks>
/// In this order, each step complete at every member of the layout before the next; what one of them does not answer ends
/// the collection, and nothing is lost by that. Several at once, from several nodes, are harmless. Memory: the filter (at most 32 MiB),
/// a page of rows of each replica, a page of ids. Why each rule is there: docs/design/garbage.md.
/// </remarks>
/// <param name="layout">Single; under another number nothing is answered.</param>
/// <param name="run">This collection's number; random.</param>
/// <param name="dropTombstone">Tells the replicas of a removed register to drop it.</param>
internal sealed class GarbageCollection(
    GarbageOptions options, Layout layout, ulong run, Action<RowKey, Ballot> dropTombstone, CancellationToken cancellationToken)
{
    /// <summary>A register that is written to all the time is written once more for each of these.</summary>
    private const int SettleAttemptsMax = 3;

    private long _registers, _references, _tombstones;

    public async Task<CollectionResult> RunAsync()
    {
        Epoch? epoch = null;
        try
        {
            var (current, mayCondemn) = await RaiseAsync().ConfigureAwait(false);
            epoch = current;
            var filter = new LiveFilter(ChunksOfMembers(), run);
            await MarkAsync(filter, current).ConfigureAwait(false);
            var totals = mayCondemn ? await CondemnAsync(filter, current).ConfigureAwait(false) : default;
            return new CollectionResult(
                DfsOutcome.Done, epoch, mayCondemn ? "" : "The epoch before was not everyone's under this layout and since their start: the next collection takes what this one found.",
                totals, _registers, _references, _tombstones);
        }
        catch (TransferException stopped)
        {
            return new CollectionResult(stopped.Outcome, epoch, stopped.Message, default, _registers, _references, _tombstones);
        }
    }

    private async Task<(Epoch Current, bool MayCondemn)> RaiseAsync()
    {
        if (layout.IsJoint)
        {
            throw Stopped("the layout is changing");
        }

        var epoch = GarbageRule.Begin(await RaiseAllAsync(default).ConfigureAwait(false));
        var raised = await RaiseAllAsync(epoch).ConfigureAwait(false);
        return (epoch, GarbageRule.MayCondemn(epoch, raised));
    }

    private async Task<EpochFact[]> RaiseAllAsync(Epoch epoch) => await Task.WhenAll(layout.Members.Select(async member =>
        await CallAsync(member.Id, (peer, call) => options.Peers.RaiseEpochAsync(peer, call, epoch, cancellationToken)).ConfigureAwait(false)
            is PeerOutcome.EpochIs { Fact: var fact } ? fact : throw Stopped($"{member.Name} does not answer"))).ConfigureAwait(false);

    private async Task MarkAsync(LiveFilter filter, Epoch epoch)
    {
        var walk = new ReferenceWalk(FetchAsync);
        foreach (var partition in PartitionId.All)
        {
            var before = _registers;
            await foreach (var (key, rows) in RegistersAsync(partition).ConfigureAwait(false))
            {
                _registers++;
                if (await AliveAsync(key, rows, epoch).ConfigureAwait(false) is not { } value)
                {
                    continue;
                }

                // What cannot be read may refer to anything.
                if (!HeadCodec.TryDecode(value.Span, out var head))
                {
                    throw Stopped($"register {key.Register} holds something that this version of the program cannot read");
                }

                await foreach (var id in walk.OfHeadAsync(head.Head, cancellationToken).ConfigureAwait(false))
                {
                    filter.Add(id);
                    _references++;
                }
            }

            if (_registers > before)
            {
                await Task.Delay(options.Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <returns>The value whose references are alive; null for a register that refers to nothing.</returns>
    private async Task<ReadOnlyMemory<byte>?> AliveAsync(RowKey key, IReadOnlyDictionary<ReplicaId, RegisterRow> rows, Epoch epoch)
    {
        switch (RegisterVerdict.Of(layout, key, rows, options.Rules))
        {
            case RegisterVerdict.Holds held:
                return held.Value;
            case RegisterVerdict.Removed removed:
                _tombstones++;
                dropTombstone(key, removed.Tombstone);
                return default(ReadOnlyMemory<byte>?);
            case RegisterVerdict.Unsettled:
                return await WriteAgainAsync(key, epoch).ConfigureAwait(false);
            default:
                return default(ReadOnlyMemory<byte>?);
        }
    }

    // The same value, under a ballot of its own: what is chosen later can only come from it.
    private async Task<ReadOnlyMemory<byte>> WriteAgainAsync(RowKey key, Epoch epoch)
    {
        for (var attempt = 0; attempt < SettleAttemptsMax; attempt++)
        {
            var outcome = await options.Catalog.ChangeAsync(
                key.Register, null, view => view.Value is { } value ? new WriteValue(value) : new RefuseChange("absent"), epoch,
                cancellationToken).ConfigureAwait(false);
            if (outcome is ChangeDone done)
            {
                return done.Value;
            }
        }

        throw Stopped($"register {key.Register} differs between its replicas and could not be settled");
    }

    private async Task<GarbageTotals> CondemnAsync(LiveFilter filter, Epoch epoch)
    {
        var totals = new GarbageTotals[layout.Members.Length];
        for (var index = 0; index < totals.Length; index++)
        {
            totals[index] = await SendAsync(layout.Members[index].Id, epoch, [], isFirst: true, isLast: false).ConfigureAwait(false);
        }

        foreach (var partition in PartitionId.All)
        {
            var taken = await Task.WhenAll(layout.Members.Select(member => CondemnAsync(filter, epoch, member.Id, partition))).ConfigureAwait(false);
            for (var index = 0; index < totals.Length; index++)
            {
                totals[index] = taken[index] ?? totals[index];
            }

            if (taken.Any(sum => sum is not null))
            {
                await Task.Delay(options.Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }

        for (var index = 0; index < totals.Length; index++)
        {
            totals[index] = await SendAsync(layout.Members[index].Id, epoch, [], isFirst: false, isLast: true).ConfigureAwait(false);
        }

        return totals.Aggregate(default(GarbageTotals), (sum, of) => new GarbageTotals(
            sum.RestingChunks + of.RestingChunks, sum.RestingBytes + of.RestingBytes, sum.FreedChunks + of.FreedChunks, sum.FreedBytes + of.FreedBytes));
    }

    /// <returns>Null when there was nothing to send.</returns>
    private async Task<GarbageTotals?> CondemnAsync(LiveFilter filter, Epoch epoch, ReplicaId member, PartitionId partition)
    {
        GarbageTotals? totals = null;
        ChunkId? after = null;
        while (true)
        {
            var outcome = await CallAsync(member, (peer, call) =>
                options.Peers.ListAsync(peer, call, partition, after, cancellationToken)).ConfigureAwait(false);
            if (outcome is not PeerOutcome.Listed page)
            {
                throw Stopped($"{NameOf(member)} does not say what it holds");
            }

            ImmutableArray<ChunkId> dead = [.. page.Ids.Where(id => !filter.MayContain(id))];
            if (dead.Length > 0)
            {
                totals = await SendAsync(member, epoch, dead, isFirst: false, isLast: false).ConfigureAwait(false);
            }

            if (!page.HasMore || page.Ids.IsEmpty)
            {
                return totals;
            }

            after = page.Ids[^1];
        }
    }

    private async Task<GarbageTotals> SendAsync(ReplicaId member, Epoch epoch, ImmutableArray<ChunkId> ids, bool isFirst, bool isLast) =>
        await CallAsync(member, (peer, call) => options.Peers.CondemnAsync(
            peer, call, new GarbagePage(run, epoch, ids, isFirst, isLast), cancellationToken)).ConfigureAwait(false)
            is PeerOutcome.Condemned { Totals: var totals } ? totals : throw Stopped($"{NameOf(member)} does not take what was found");

    /// <summary>The registers of a partition with the row of every replica, in the order of their ids.</summary>
    private async IAsyncEnumerable<(RowKey Key, Dictionary<ReplicaId, RegisterRow> Rows)> RegistersAsync(PartitionId partition)
    {
        var replicas = layout.ReplicasOf(partition);
        var feeds = replicas.Select(replica => RowsAsync(replica, partition, cancellationToken).GetAsyncEnumerator(cancellationToken)).ToList();
        try
        {
            var hasRow = await Task.WhenAll(feeds.Select(feed => feed.MoveNextAsync().AsTask())).ConfigureAwait(false);
            while (hasRow.Contains(true))
            {
                var key = Enumerable.Range(0, feeds.Count).Where(index => hasRow[index]).Min(index => feeds[index].Current.Key);
                var rows = new Dictionary<ReplicaId, RegisterRow>();
                for (var index = 0; index < feeds.Count; index++)
                {
                    var isHere = hasRow[index] && feeds[index].Current.Key == key;
                    rows.Add(replicas[index], isHere ? feeds[index].Current : RegisterRow.Absent(key));
                    hasRow[index] = isHere ? await feeds[index].MoveNextAsync().ConfigureAwait(false) : hasRow[index];
                }

                yield return (key, rows);
            }
        }
        finally
        {
            foreach (var feed in feeds)
            {
                await feed.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async IAsyncEnumerable<RegisterRow> RowsAsync(
        ReplicaId replica, PartitionId partition, [EnumeratorCancellation] CancellationToken cancellation)
    {
        RegisterId? after = null;
        while (true)
        {
            var outcome = await CallAsync(replica, (peer, call) =>
                options.Peers.ReadRowsAsync(peer, call, partition, after, cancellation)).ConfigureAwait(false);
            if (outcome is not PeerOutcome.Rows { Page: var page } || page.Number != layout.Number || page.Partition.Partition != partition)
            {
                throw Stopped($"{NameOf(replica)} does not say what its files refer to");
            }

            foreach (var row in page.Rows)
            {
                yield return row;
            }

            if (page.IsLast)
            {
                yield break;
            }

            after = page.Rows[^1].Key.Register;
        }
    }

    private async Task<ReadOnlyMemory<byte>> FetchAsync(ChunkId id)
    {
        using var chunk = await options.Traffic.FetchAsync(id, cancellationToken, isRepair: true).ConfigureAwait(false);
        return chunk.Memory.ToArray();
    }

    private async Task<PeerOutcome> CallAsync(ReplicaId peer, Func<Uri, PeerCall, Task<PeerOutcome>> call) =>
        options.Directory.EndpointOf(peer, layout) is { } endpoint
            ? await call(new Uri(endpoint), new PeerCall(layout.Cluster, options.Self, peer, layout.Number, options.Store.Epoch)).ConfigureAwait(false)
            : new PeerOutcome.Unreachable("Its address is not known.");

    private long ChunksOfMembers() =>
        options.Directory.View.Peers.Values.Where(peer => layout.Find(peer.Card.Replica) is not null).Sum(peer => peer.Card.Chunks);

    private string NameOf(ReplicaId member) => layout.Find(member)?.Name ?? member.ToString();

    private static TransferException Stopped(string why) => new(DfsOutcome.NotReady, $"Nothing was collected: {why}.");
}
