using System.Diagnostics;
using Dfs.Actors.Tracing;
using Dfs.Core.Crypto;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Transfer;
using Dfs.Storage.ChunkStore;

namespace Dfs.Actors.Transfer;

/// <summary>How the placement of one chunk ended.</summary>
internal abstract record PlacementResult
{
    private PlacementResult() { }

    /// <summary>A majority has it durable.</summary>
    public sealed record Placed : PlacementResult;

    /// <param name="Why">What each node that has not taken it said, by its name.</param>
    public sealed record TooFew(IReadOnlyList<string> Why) : PlacementResult;

    public sealed record NoRoom : PlacementResult;

    /// <summary>A replica knows a newer layout.</summary>
    public sealed record Stale(ReplicaId Replica, LayoutNumber Number) : PlacementResult;

    /// <summary>A replica does not know this layout yet.</summary>
    public sealed record Behind : PlacementResult;
}

/// <summary>Sends one chunk to all its replicas at once, and knows when enough have it.</summary>
/// <remarks>
/// A replica that cannot take it is stood in for by the next node in the partition's order, whose copy counts for the
/// replica (C1) and is handed back later. Answers as soon as the quorum is met or cannot be met any more;
/// <see cref="AllEnded"/> completes when nobody reads the bytes any more.
/// </remarks>
internal sealed class ChunkPlacement(
    ChunkTrafficOptions options, PeerHealth health, Layout layout, ChunkId id, ReadOnlyMemory<byte> bytes, LeafHashes? leaves, Epoch epoch)
{
    private readonly Lock _lock = new();
    private readonly QuorumSet _quorum = layout.ChunkQuorumOf(id.Partition);
    private readonly HashSet<ReplicaId> _placed = [];
    private readonly HashSet<ReplicaId> _holders = [];
    private readonly HashSet<ReplicaId> _refused = [];
    private readonly Dictionary<ReplicaId, string> _said = [];
    private readonly Queue<ReplicaId> _standIns = new();
    private readonly List<Task> _tries = [];
    private readonly TaskCompletionSource<PlacementResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource? _stragglers;
    private PlacementResult? _failure;
    private CancellationToken _transferEnded;
    private long _begunAt, _movedAt;
    private int _open;
    private volatile bool _isNew;

    public required PlaceCounters Counters { get; init; }

    /// <summary>When it must have ended, from the beginning or from the last bytes that moved slowly; null when nobody waits for it.</summary>
    public TimeSpan? Within { get; init; }

    /// <summary>Told of bytes that moved slowly.</summary>
    public Action? Moved { get; init; }

    /// <summary>Replicas may have it: they are asked to prove it before it is sent to them.</summary>
    public bool AsksFirst { get; init; }

    /// <summary>Some replica did not have it before.</summary>
    public bool IsNew => _isNew;

    public Task AllEnded => _allEnded.Task;

    private TimeSpan? TimeLeft => Within - options.Time.GetElapsedTime(Volatile.Read(ref _movedAt));

    private bool IsTimeOver => TimeLeft <= TimeSpan.Zero;

    public Task<PlacementResult> RunAsync(CancellationToken cancellationToken)
    {
        _transferEnded = cancellationToken;
        _begunAt = _movedAt = options.Time.GetTimestamp();
        _stragglers = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var replicas = Chosen();
        foreach (var standIn in layout.ChunkOrderOf(id.Partition).Where(node => !_quorum.Replicas.Contains(node)))
        {
            _standIns.Enqueue(standIn);
        }

        _open = replicas.Count;
        foreach (var replica in replicas)
        {
            _ = PlaceAsync(replica, _stragglers.Token);
        }

        return _result.Task;
    }

    // A resting peer is left out as long as the others can be a quorum.
    private List<ReplicaId> Chosen()
    {
        var resting = _quorum.Replicas.Where(health.IsResting).ToHashSet();
        var isEnough = resting.Count == 0 || _quorum.IsMet(_quorum.Replicas.Except(resting).ToHashSet());
        foreach (var replica in resting)
        {
            Say(replica, "not asked, it did not answer before");
        }

        return [.. _quorum.Replicas.Where(replica => !isEnough || !resting.Contains(replica))];
    }

    // A node that takes longer than its share of the time goes on, and the next one is asked as well: a slow one may still be first.
    private async Task PlaceAsync(ReplicaId replica, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var open = new List<PlacementTry>();
        var (tries, placedAt) = (0, default(ReplicaId?));
        Begin(options.IsBelieved(replica) ? replica : NextStandIn());
        while (open.Count > 0 && placedAt is null)
        {
            await FirstEndedAsync(open, tries).ConfigureAwait(false);
            var ended = open.FindIndex(attempt => attempt.Task.IsCompleted);
            if (ended >= 0)
            {
                placedAt = await open[ended].Task.ConfigureAwait(false) ? open[ended].Node : null;
                open.RemoveAt(ended);
            }
            else if (IsTimeOver)
            {
                break;
            }

            if (placedAt is null && !cancellationToken.IsCancellationRequested && !IsTimeOver)
            {
                Begin(NextStandIn());
            }
        }

        if (open.Count > 0)
        {
            await enough.CancelAsync().ConfigureAwait(false);
        }

        End(replica, isPlaced: placedAt is not null, isHolder: placedAt == replica);

        void Begin(ReplicaId? target)
        {
            if (target is { } node)
            {
                tries++;
                Say(node, "no answer yet");
                var attempt = new PlacementTry(node, options.Time.GetTimestamp());
                attempt.Task = TryPlaceAsync(attempt, node == replica ? null : replica, enough.Token);
                Track(attempt.Task);
                open.Add(attempt);
            }
        }
    }

    /// <summary>Waits for one of them, or until it is time for the next.</summary>
    private async Task FirstEndedAsync(List<PlacementTry> open, int tries)
    {
        if (open.Exists(attempt => attempt.Task.IsCompleted))
        {
            return;
        }

        Task first = Task.WhenAny(open.Select(attempt => attempt.Task));
        if (TimeLeft is not { } left)
        {
            await first.ConfigureAwait(false);
            return;
        }

        var (share, begunAt) = (AnswerBudget.ShareOf(left, tries - 1), options.Time.GetTimestamp());
        while (!first.IsCompleted && (HasStandIns ? share - open[^1].StandsStill(options.Time, begunAt) : TimeLeft.Value) is var wait && wait > TimeSpan.Zero)
        {
            await first.WaitAsync(wait, options.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> TryPlaceAsync(PlacementTry attempt, ReplicaId? standsInFor, CancellationToken cancellationToken)
    {
        var (node, isPlaced) = (attempt.Node, false);
        using var span = Spans.Begin("replica put", node == options.Self ? ActivityKind.Internal : ActivityKind.Client).OfReplica(node);
        span?.SetTag("dfs.stand_in", standsInFor is not null);
        try
        {
            isPlaced = node == options.Self
                ? await PutLocalAsync(cancellationToken).ConfigureAwait(false)
                : await PutRemoteAsync(attempt, standsInFor, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The quorum was met without it, another one was faster, or the time or the transfer is over.
        }
        catch (Exception error) when (error is IOException or UriFormatException or ObjectDisposedException)
        {
            // A disk that fails, an address that is none, a node that is stopping: not placed there.
            health.Failed(node);
            Say(node, node == options.Self ? "its disk fails" : "no answer");
        }

        span?.End(isPlaced ? "placed" : cancellationToken.IsCancellationRequested ? "notawaited" : "failed", !isPlaced && !cancellationToken.IsCancellationRequested);
        return isPlaced;
    }

    private async Task<bool> PutLocalAsync(CancellationToken cancellationToken)
    {
        using var span = Spans.Begin("store commit");
        var outcome = await options.Local.PutAsync(id, bytes, leaves, epoch, cancellationToken).ConfigureAwait(false);
        Note(outcome is PutOutcome.DiskFull ? new PlacementResult.NoRoom() : null);
        Say(options.Self, outcome switch
        {
            PutOutcome.Stored or PutOutcome.AlreadyHad => null,
            PutOutcome.ReadOnly => "its disk only reads",
            _ => "its disk is full",
        });
        _isNew |= outcome is PutOutcome.Stored;
        return outcome is PutOutcome.Stored or PutOutcome.AlreadyHad;
    }

    private async Task<bool> PutRemoteAsync(PlacementTry attempt, ReplicaId? standsInFor, CancellationToken cancellationToken)
    {
        var node = attempt.Node;
        if (options.Directory.EndpointOf(node, layout) is not { } endpoint)
        {
            Say(node, "its address is not known");
            return false;
        }

        var call = new PeerCall(layout.Cluster, options.Self, node, layout.Number, epoch);
        try
        {
            var outcome = await SendAsync(new Uri(endpoint), call, attempt, standsInFor, cancellationToken).ConfigureAwait(false);
            Say(node, outcome.WhyNotPlaced());
            switch (outcome)
            {
                case PeerOutcome.Stored stored: health.Succeeded(node); _isNew |= !stored.WasThere; return true;
                case PeerOutcome.StaleLayout stale: Note(new PlacementResult.Stale(node, stale.Current)); return false;
                case PeerOutcome.Refused { Refusal: PeerRefusal.Behind }: Note(new PlacementResult.Behind()); return false;
                case PeerOutcome.Refused { Refusal: PeerRefusal.DiskFull }: Note(new PlacementResult.NoRoom()); return false;
                default: health.Failed(node); return false;
            }
        }
        catch (OperationCanceledException) when (!_transferEnded.IsCancellationRequested)
        {
            // Left behind by the quorum; a transfer that its client gave up says nothing about the peer.
            health.Failed(node);
            throw;
        }
    }

    private async Task<PeerOutcome> SendAsync(Uri peer, PeerCall call, PlacementTry attempt, ReplicaId? standsInFor, CancellationToken cancellationToken)
    {
        if (AsksFirst && standsInFor is null)
        {
            var proof = await options.Peers.ProveAsync(peer, call, id, bytes, epoch, cancellationToken).ConfigureAwait(false);
            // A peer of an older version does not know the question; one with something else under the name would say that it has it.
            if (proof is not (PeerOutcome.NotFound or PeerOutcome.Refused { Refusal: PeerRefusal.Malformed }))
            {
                Counters.Spare(proof is PeerOutcome.Stored ? bytes.Length : 0);
                return proof;
            }
        }

        Counters.Send(bytes.Length);
        var outcome = await options.Peers.PutAsync(peer, call, id, bytes, epoch, standsInFor, cancellationToken, () => NoteMoved(attempt)).ConfigureAwait(false);
        Counters.Resend(outcome is PeerOutcome.Stored { WasThere: true } ? bytes.Length : 0);
        return outcome;
    }

    private void NoteMoved(PlacementTry attempt)
    {
        var now = options.Time.GetTimestamp();
        attempt.Moved(now);
        Volatile.Write(ref _movedAt, now);
        Moved?.Invoke();
    }

    // Of a node that is asked again the last word counts; null: it has it.
    private void Say(ReplicaId node, string? word)
    {
        lock (_lock)
        {
            if (word is null)
            {
                _said.Remove(node);
            }
            else
            {
                _said[node] = word;
            }
        }
    }

    private void Note(PlacementResult? failure)
    {
        if (failure is not null)
        {
            lock (_lock)
            {
                _failure = failure;
            }
        }
    }

    // A disk that hangs cannot be interrupted: the others go on without it, and the bytes stay with it.
    private void Track(Task attempt)
    {
        lock (_lock)
        {
            _tries.Add(attempt);
        }
    }

    private bool HasStandIns
    {
        get
        {
            lock (_lock)
            {
                return _standIns.Count > 0;
            }
        }
    }

    private ReplicaId? NextStandIn()
    {
        lock (_lock)
        {
            while (_standIns.TryDequeue(out var next))
            {
                if (options.IsBelieved(next))
                {
                    return next;
                }
            }

            return null;
        }
    }

    private void End(ReplicaId replica, bool isPlaced, bool isHolder = false)
    {
        lock (_lock)
        {
            (isPlaced ? _placed : _refused).Add(replica);
            if (isHolder)
            {
                _holders.Add(replica);
            }

            var isLast = --_open == 0;
            if (_quorum.IsMet(_placed))
            {
                if (_result.TrySetResult(new PlacementResult.Placed()))
                {
                    _stragglers!.CancelAfter(SlowLinks.StragglersGrace(options.Time.GetElapsedTime(_begunAt), options.StragglerGrace));
                }
            }
            else if (isLast || !_quorum.CanBeMetWithout(_refused))
            {
                _result.TrySetResult(_failure ?? new PlacementResult.TooFew([.. Why().Order(StringComparer.Ordinal)]));
            }

            if (isLast)
            {
                _stragglers!.Dispose();
                SayMissed();
                _ = EndAsync();
            }
        }
    }

    private IEnumerable<string> Why() => _said.Select(said => $"{layout.Find(said.Key)?.Name ?? said.Key.ToString()}: {said.Value}");

    private async Task EndAsync()
    {
        Task[] tries;
        lock (_lock)
        {
            tries = [.. _tries];
        }

        await Task.WhenAll(tries).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _allEnded.TrySetResult();
    }

    // Also who is stood in for: it should have a copy of its own before the stand-in comes to hand it back.
    private void SayMissed()
    {
        if (_quorum.IsMet(_placed))
        {
            foreach (var replica in _quorum.Replicas.Where(replica => !_holders.Contains(replica)))
            {
                options.Missed(replica, id);
            }
        }
    }
}

/// <summary>One node that is asked to take a chunk.</summary>
/// <param name="begunAt">A timestamp, as of the last bytes that moved slowly.</param>
internal sealed class PlacementTry(ReplicaId node, long begunAt)
{
    private long _movedAt = begunAt;

    public ReplicaId Node => node;

    /// <summary>Whether it has it, once it has ended.</summary>
    public Task<bool> Task { get; set; } = null!;

    public void Moved(long at) => Volatile.Write(ref _movedAt, at);

    /// <summary>How long it has not moved, of the time since a moment.</summary>
    public TimeSpan StandsStill(TimeProvider time, long since) => time.GetElapsedTime(Math.Max(since, Volatile.Read(ref _movedAt)));
}
