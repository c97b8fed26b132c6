using System.Buffers;
using System.Diagnostics;
using Dfs.Actors.Client;
using Dfs.Actors.Tracing;
using Dfs.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;

namespace Dfs.Actors.Transfer;

/// <summary>Puts chunks on their replicas and gets them from wherever an intact copy is left.</summary>
/// <remarks>Thread-safe. Works by the layout and the last known addresses alone, whatever the actor system is doing.</remarks>
public sealed class ChunkTraffic(ChunkTrafficOptions options)
{
    /// <summary>Twenty-five, five seconds: as long as a change of a head waits for a layout to be known everywhere.</summary>
    private const int LayoutAttemptsMax = 25;

    /// <summary>Time for a newer layout to arrive where it is not known yet.</summary>
    private static readonly TimeSpan LayoutWait = TimeSpan.FromMilliseconds(200);

    private readonly PeerHealth _health = new(options.Time);
    private readonly HedgedReads _hedged = new(options.Time, options.Hedging, options.IsReadMemoryShort);

    public ReadCounters Reads { get; } = new();

    public PlaceCounters Places { get; } = new();

    public HedgeCounters Hedges => _hedged.Counters;

    /// <summary>How long a read waits at the moment before another replica is asked, too.</summary>
    public TimeSpan HedgeDelay => _hedged.Delay;

    /// <summary>Somebody waits for memory to read into.</summary>
    public bool IsReadMemoryShort => options.IsReadMemoryShort();

    /// <summary>What is placed from now on is pinned at this epoch, or a later one.</summary>
    public Epoch Epoch => options.Epoch();

    /// <summary>Places a chunk on a majority of its replicas, durably; the others follow in the background.</summary>
    /// <param name="leaves">For the replica on this node; null when not known.</param>
    /// <param name="memory">Waits for the background at its end.</param>
    /// <param name="released">Called once nobody reads the bytes any more, also when this fails.</param>
    /// <param name="asksFirst">Replicas may have it: it is sent to those only that do not prove it.</param>
    /// <returns>Whether it was there: no replica had to store it.</returns>
    /// <exception cref="TransferException">Too few replicas took it.</exception>
    public async Task<bool> PlaceAsync(
        ChunkId id, ReadOnlyMemory<byte> bytes, LeafHashes? leaves, TransferMemory memory, Action released, bool asksFirst = false)
    {
        var (within, begunAt, moved) = (RequestBudget.StepTimeNow, options.Time.GetTimestamp(), MovedNow());
        for (var attempt = 1; ; attempt++)
        {
            var layout = LayoutOrRefuse();
            var left = within - options.Time.GetElapsedTime(begunAt);
            var placement = new ChunkPlacement(options, _health, layout, id, bytes, leaves, Epoch) { Counters = Places, AsksFirst = asksFirst, Within = left, Moved = moved };
            memory.Track(placement.AllEnded);
            var result = await placement.RunAsync(memory.Ended).ConfigureAwait(false);
            if (result is PlacementResult.Stale or PlacementResult.Behind && attempt < LayoutAttemptsMax
                && !(within - options.Time.GetElapsedTime(begunAt) <= LayoutWait))
            {
                if (result is PlacementResult.Stale stale)
                {
                    options.NewerLayoutSeen(stale.Replica, stale.Number);
                }

                await placement.AllEnded.ConfigureAwait(false);
                await Task.Delay(LayoutWait, options.Time, memory.Ended).ConfigureAwait(false);
                continue;
            }

            _ = placement.AllEnded.ContinueWith(
                _ => released(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            ThrowUnlessPlaced(result);
            return !placement.IsNew;
        }
    }

    /// <inheritdoc cref="ChunkPins.PinAsync"/>
    public Task PinAsync(IReadOnlyCollection<ChunkId> ids, Epoch pin, TransferMemory memory) =>
        new ChunkPins(options, this).PinAsync(ids, pin, memory);

    /// <summary>Fetches a chunk and checks it against its name; the nearest replica first, the next one too when that takes long, then all others.</summary>
    /// <param name="isRepair">Not for a transfer: counted apart.</param>
    /// <param name="sizeBytes">What it should have, where that is known: <see cref="PeerClient.GetAsync(Uri, PeerCall, ChunkId, CancellationToken, Action?, int)"/>.</param>
    /// <returns>The chunk's bytes, the caller's to dispose.</returns>
    /// <exception cref="TransferException">Every node that was asked denied having it intact, or none answered.</exception>
    public async Task<ChunkLease> FetchAsync(ChunkId id, CancellationToken cancellationToken, bool isRepair = false, int sizeBytes = 0)
    {
        var (within, begunAt) = (RequestBudget.StepTimeNow, options.Time.GetTimestamp());
        for (var attempt = 1; ; attempt++)
        {
            var layout = LayoutOrRefuse();
            var asked = 0;
            var reading = await _hedged.ReadAsync(
                SourcesOf(layout, id),
                (replica, moved, cancelled) => Spans.CurrentSpan is null
                    ? ReadAsync(layout, replica, id, sizeBytes, moved, cancelled)
                    : TracedAsync(replica, Interlocked.Increment(ref asked), () => ReadAsync(layout, replica, id, sizeBytes, moved, cancelled)),
                cancellationToken, within - options.Time.GetElapsedTime(begunAt), MovedNow()).ConfigureAwait(false);
            if (reading.Bytes is { } lease)
            {
                Reads.Add(lease.Memory.Length, isRepair);
                return lease;
            }

            if (!reading.HasOtherLayout || attempt == LayoutAttemptsMax || within - options.Time.GetElapsedTime(begunAt) <= LayoutWait)
            {
                throw NotFetched(reading.Unanswered);
            }

            await Task.Delay(LayoutWait, options.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Fetches some leaves of a chunk, each proved against its name, and nothing else of it.</summary>
    /// <param name="chunkSizeBytes">As the manifest says.</param>
    /// <returns>The leaves, the caller's to dispose; null when no replica gave them: fetch the whole chunk.</returns>
    public async Task<IMemoryOwner<byte>?> FetchLeavesAsync(
        ChunkId id, int chunkSizeBytes, int first, int count, CancellationToken cancellationToken)
    {
        var layout = LayoutOrRefuse();
        var replicas = layout.ChunkReplicasOf(id.Partition);
        var asked = 0;
        var reading = await _hedged.ReadAsync(
            [.. SourcesOf(layout, id).Where(source => source.Replica == options.Self || replicas.Contains(source.Replica))],
            (replica, moved, cancelled) => Spans.CurrentSpan is null
                ? ReadLeavesAsync(layout, replica, id, chunkSizeBytes, first, count, moved, cancelled)
                : TracedAsync(replica, Interlocked.Increment(ref asked), () => ReadLeavesAsync(layout, replica, id, chunkSizeBytes, first, count, moved, cancelled)),
            cancellationToken, RequestBudget.StepTimeNow / 2, MovedNow()).ConfigureAwait(false);
        Reads.Add(reading.Bytes?.Memory.Length ?? 0);
        return reading.Bytes;
    }

    // The second attempt and later ones are hedges, or went on from one that did not have it.
    private async Task<Reading<T>> TracedAsync<T>(ReplicaId replica, int attempt, Func<Task<Reading<T>>> readAsync)
        where T : class, IDisposable
    {
        using var span = Spans.Begin("replica read", replica == options.Self ? ActivityKind.Internal : ActivityKind.Client).OfReplica(replica);
        span?.SetTag("dfs.attempt", attempt);
        var reading = await readAsync().ConfigureAwait(false);
        span?.End(reading.Bytes is not null ? "found" : reading.Unanswered > 0 ? "unanswered" : "missing", reading.Bytes is null);
        return reading;
    }

    // What it began in is asked, also by whoever hears of it elsewhere.
    private static Action? MovedNow() => RequestBudget.Current is { } budget ? budget.LinkMoved : null;

    private static TransferException NotFetched(int unanswered) => unanswered > 0
            ? new TransferException(
                DfsOutcome.NoQuorum, $"A chunk of the file is on none of the nodes that answer; {unanswered} did not. Try again when they are back.")
            : new TransferException(DfsOutcome.Damaged, "No node has an intact copy of a chunk of the file.");

    private Layout LayoutOrRefuse() =>
        options.Layout() ?? throw new TransferException(DfsOutcome.NotReady, "The cluster has no layout yet; try again.");

    // This node first, then its replicas, then everyone else: a copy may be where it was handed over or has not yet left.
    private List<ReadSource> SourcesOf(Layout layout, ChunkId id)
    {
        var replicas = layout.ChunkReplicasOf(id.Partition);
        return
        [
            .. replicas.Concat(layout.Everyone.Select(member => member.Id)).Distinct()
                .Select(replica => (Replica: replica, Rank: RankOf(replica)))
                .OrderBy(source => source.Rank)
                .Select(source => new ReadSource(source.Replica, source.Rank < 2 && replicas.Contains(source.Replica))),
        ];
    }

    private int RankOf(ReplicaId replica) =>
        _hedged.IsSlow(replica) ? 2
        : replica == options.Self ? 0
        : !options.Directory.SeemsReachable(replica) || !options.IsBelieved(replica) || _health.IsResting(replica) ? 2
        : 1;

    private Task<Reading<ChunkLease>> ReadAsync(
        Layout layout, ReplicaId replica, ChunkId id, int sizeBytes, Action moved, CancellationToken cancellationToken) =>
        replica == options.Self ? ReadLocalAsync(id, cancellationToken) : ReadRemoteAsync(layout, replica, id, sizeBytes, moved, cancellationToken);

    private Task<Reading<IMemoryOwner<byte>>> ReadLeavesAsync(
        Layout layout, ReplicaId replica, ChunkId id, int chunkSizeBytes, int first, int count, Action moved, CancellationToken cancellationToken) =>
        replica == options.Self
            ? ReadLocalLeavesAsync(id, chunkSizeBytes, first, count, cancellationToken)
            : ReadRemoteLeavesAsync(layout, replica, id, chunkSizeBytes, first, count, moved, cancellationToken);

    private async Task<Reading<ChunkLease>> ReadLocalAsync(ChunkId id, CancellationToken cancellationToken)
    {
        using var span = Spans.Begin("store read");
        var lease = await options.Local.ReadAsync(id, cancellationToken).ConfigureAwait(false);
        if (lease is not null && ChunkTree.IdOf(lease.Memory.Span) != id)
        {
            lease.Dispose();
            lease = null;
        }

        return new(lease);
    }

    private async Task<Reading<ChunkLease>> ReadRemoteAsync(
        Layout layout, ReplicaId replica, ChunkId id, int sizeBytes, Action moved, CancellationToken cancellationToken)
    {
        if (options.Directory.EndpointOf(replica, layout) is not { } endpoint)
        {
            return new(null, Unanswered: 1);
        }

        var call = new PeerCall(layout.Cluster, options.Self, replica, layout.Number, Epoch);
        switch (await options.Peers.GetAsync(new Uri(endpoint), call, id, cancellationToken, moved, sizeBytes).ConfigureAwait(false))
        {
            case PeerOutcome.Found found:
                _health.Succeeded(replica);
                return new(found.Lease);
            case PeerOutcome.NotFound or PeerOutcome.Corrupt:
                return default;
            case PeerOutcome.StaleLayout stale:
                options.NewerLayoutSeen(replica, stale.Current);
                return new(null, Unanswered: 1, HasOtherLayout: true);
            case PeerOutcome.Refused { Refusal: PeerRefusal.Behind }:
                return new(null, Unanswered: 1, HasOtherLayout: true);
            default:
                _health.Failed(replica);
                return new(null, Unanswered: 1);
        }
    }

    private async Task<Reading<IMemoryOwner<byte>>> ReadLocalLeavesAsync(
        ChunkId id, int chunkSizeBytes, int first, int count, CancellationToken cancellationToken)
    {
        using var span = Spans.Begin("store read");
        var lease = await options.Local.ReadLeavesAsync(id, first, count, cancellationToken).ConfigureAwait(false);
        if (lease is null || (lease.Hashes.ChunkSizeBytes == chunkSizeBytes && lease.IsOf(id)))
        {
            return new(lease);
        }

        lease.Dispose();
        // Reading the whole makes the store look at its sum, and set the copy aside.
        (await ReadLocalAsync(id, cancellationToken).ConfigureAwait(false)).Bytes?.Dispose();
        return default;
    }

    private async Task<Reading<IMemoryOwner<byte>>> ReadRemoteLeavesAsync(
        Layout layout, ReplicaId replica, ChunkId id, int chunkSizeBytes, int first, int count, Action moved, CancellationToken cancellationToken)
    {
        if (options.Directory.EndpointOf(replica, layout) is not { } endpoint)
        {
            return default;
        }

        var call = new PeerCall(layout.Cluster, options.Self, replica, layout.Number, Epoch);
        switch (await options.Peers.GetLeavesAsync(new Uri(endpoint), call, id, chunkSizeBytes, first, count, cancellationToken, moved).ConfigureAwait(false))
        {
            case PeerOutcome.FoundLeaves found:
                _health.Succeeded(replica);
                return new(found.Memory);
            case PeerOutcome.Corrupt:
                // As above, at the peer.
                (await ReadRemoteAsync(layout, replica, id, 0, moved, cancellationToken).ConfigureAwait(false)).Bytes?.Dispose();
                return default;
            case PeerOutcome.Unreachable or PeerOutcome.TimedOut:
                _health.Failed(replica);
                return default;
            default:
                return default;
        }
    }

    private static void ThrowUnlessPlaced(PlacementResult result)
    {
        switch (result)
        {
            case PlacementResult.Placed: return;
            case PlacementResult.NoRoom:
                throw new TransferException(
                DfsOutcome.DiskFull, "Too few nodes have room for the file: their disks are full. Nothing was stored.");
            default:
                var why = result switch
                {
                    PlacementResult.TooFew { Why: { Count: > 0 } said } => $" ({string.Join("; ", said)})",
                    PlacementResult.Stale or PlacementResult.Behind => " (some know another layout)",
                    _ => "",
                };
                throw new TransferException(
                DfsOutcome.NoQuorum, $"no quorum: fewer than a majority of the replicas took the data in time{why}. Nothing was changed; try again.");
        }
    }
}
