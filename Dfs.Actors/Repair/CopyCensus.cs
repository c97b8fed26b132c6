using Akka.Actor;
using Akka.Event;
using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Actors.Repair;

/// <summary>Counts how many copies chunks and heads have on nodes that answer, of the partitions that this node counts.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>. One pass at a time: after the members, or who of them answers, have changed; again and again
/// while something has fewer copies than it should or something is stored or removed here; when the last node that repaired has ended; and as often as chunks are compared. Decides nothing: the numbers go into this node's greetings.
/// State: when the next pass is due.
/// </remarks>
public sealed class CopyCensus : ReceiveActor, IWithTimers
{
    /// <summary>At /user/census.</summary>
    public const string Name = "census";

    /// <summary>A pass begins after twenty times as long as the last one took, so it costs a twentieth.</summary>
    private const int RestFactor = 20;

    /// <summary>Two seconds while copies are missing, five while something is stored or removed here.</summary>
    private static readonly TimeSpan RestMissing = TimeSpan.FromSeconds(2), RestChanged = TimeSpan.FromSeconds(5);

    private readonly LayoutSyncOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private Action? _cancelPass;
    private (LayoutNumber Layout, uint Here) _seen;
    private (long Chunks, long Bytes, ulong Change) _content;
    private DateTimeOffset _dueAt, _dueWhenChangedAt;
    private RepairEnds _ends;

    public CopyCensus(LayoutSyncOptions options)
    {
        _options = options;
        Receive<Tick>(_ => OnTick());
        Receive<PassEnded>(OnPassEnded);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static DateTimeOffset Now => Context.System.Scheduler.Now;

    public static Props Props(LayoutSyncOptions options) => Akka.Actor.Props.Create(() => new CopyCensus(options));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _options.Pace);

    protected override void PostStop()
    {
        _cancelPass?.Invoke();
        base.PostStop();
    }

    private void OnTick()
    {
        if (_options.Store.Layout is not { } layout)
        {
            return;
        }

        var here = Here(layout);
        var now = (layout.Number, CopyTally.MarkOf(here));
        if (now != _seen)
        {
            _cancelPass?.Invoke();
            (_seen, _dueAt) = (now, Now + _options.Settle);
        }

        _ends = _ends.See(IsRepairing(layout));
        if (_cancelPass is null && (Now >= _dueAt || _ends.IsCountDue || (Now >= _dueWhenChangedAt && _content != Content())))
        {
            (_content, _ends) = (Content(), _ends.CountBegins());
            var source = new CancellationTokenSource();
            _cancelPass = source.Cancel;
            _ = RunAsync(layout, here, Now, Self, source.Token);
        }
    }

    private void OnPassEnded(PassEnded ended)
    {
        _cancelPass = null;
        if (ended.Failure is { } failure)
        {
            if (failure is not OperationCanceledException)
            {
                _log.Debug("Copies could not be counted: {0}", failure.Message);
                _dueAt = Now + _options.RetryMax;
            }

            return;
        }

        if (ended.Of == _seen)
        {
            _options.State.Counted(ended.Of.Layout, ended.Of.Here, ended.Chunks, ended.Heads);
            var rest = RestFactor * (Now - ended.Begun);
            _dueAt = Now + (ended.Chunks.Fewer + ended.Chunks.Missing == 0 ? _options.CompareEvery : Longer(rest, RestMissing));
            _dueWhenChangedAt = Now + Longer(rest, RestChanged);
        }
    }

    private async Task RunAsync(Layout layout, HashSet<ReplicaId> here, DateTimeOffset begun, IActorRef self, CancellationToken cancellationToken)
    {
        var of = (layout.Number, CopyTally.MarkOf(here));
        try
        {
            var (chunks, heads) = (default(CopyCount), default(HeadCount));
            // No file was ever stored: a thousand questions less.
            var isEmpty = _options.Chunks.State.Chunks == 0 && _options.Directory.View.Peers.Values.All(peer => peer.Card.Chunks == 0);
            foreach (var partition in PartitionId.All)
            {
                if (!isEmpty && CopyTally.TellerOf(layout, partition, here) == _options.Self)
                {
                    chunks = chunks.Plus(await CountAsync(layout, partition, here, cancellationToken).ConfigureAwait(false));
                }

                if (CopyTally.HeadTellerOf(layout, partition, here) == _options.Self)
                {
                    var count = await _options.Store.CountAsync(partition).ConfigureAwait(false);
                    heads = heads.Plus(CopyTally.HeadsOf(layout, partition, here, count));
                }
            }

            self.Tell(new PassEnded(of, begun, chunks, heads, null));
        }
        catch (Exception error)
        {
            self.Tell(new PassEnded(of, begun, default, default, error));
        }
    }

    private async Task<CopyCount> CountAsync(
        Layout layout, PartitionId partition, HashSet<ReplicaId> here, CancellationToken cancellationToken)
    {
        var peers = _options.HoldersOf(layout, partition).Where(here.Contains).ToList();
        var lists = await Task.WhenAll(peers.Select(peer =>
            _options.ListChunksAsync(layout, peer, partition, cancellationToken))).ConfigureAwait(false);
        var held = new Dictionary<ReplicaId, IReadOnlySet<ChunkId>>
        {
            [_options.Self] = await _options.Chunks.ListAsync(partition, cancellationToken).ToHashSetAsync(cancellationToken: cancellationToken).ConfigureAwait(false),
        };
        for (var index = 0; index < peers.Count; index++)
        {
            held[peers[index]] = (lists[index] ?? throw new IOException($"{peers[index]} did not say what it has")).ToHashSet();
        }

        return CopyTally.ChunksOf(layout, partition, held, _options.Chunks.SizeOf);
    }

    private (long Chunks, long Bytes, ulong Change) Content() =>
        _options.Chunks.State is var state ? (state.Chunks, state.Bytes, _options.Store.LastChange) : default;

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private bool IsRepairing(Layout layout)
    {
        var peers = _options.Directory.View.Peers;
        return _options.State.Facts.Phase != RepairPhase.Idle || layout.Everyone.Any(member => member.Id != _options.Self
            && peers.TryGetValue(member.Id, out var peer) && peer.Reachable && peer.Card.Repair.Phase != RepairPhase.Idle);
    }

    private HashSet<ReplicaId> Here(Layout layout)
    {
        var peers = _options.Directory.View.Peers;
        return [.. layout.Everyone.Select(member => member.Id).Where(id => id == _options.Self || (peers.TryGetValue(id, out var peer) && peer.Reachable))];
    }

    private sealed record PassEnded((LayoutNumber Layout, uint Here) Of, DateTimeOffset Begun, CopyCount Chunks, HeadCount Heads, Exception? Failure);

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
