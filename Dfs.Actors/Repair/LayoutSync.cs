using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Catalog;
using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using static Dfs.Actors.Repair.RepairProtocol;

namespace Dfs.Actors.Repair;

/// <summary>Makes this directory whole: pulls what a layout change gives it, and what it missed while it was away.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>. While a layout is joint it pulls at once and tells every layout keeper each
/// second what it has; under a single one it compares in the background, after a start, a return, a change, and now and
/// then. State: how far it is, lost on restart and found out again; what was pulled is durable. Never deletes anything.
/// </remarks>
public sealed class LayoutSync : ReceiveActor, IWithTimers
{
    /// <summary>At /user/sync.</summary>
    public const string Name = "sync";

    /// <summary>Five missed ticks: the process was stopped or starved, and others went on without it.</summary>
    private const int TicksMissedMax = 5;

    private readonly LayoutSyncOptions _options;
    private readonly RowPulls _rows;
    private readonly ChunkPulls _chunks;
    private readonly CopyCounts _copies;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<ReplicaId, ulong> _cursors = [];
    private readonly ProgressReports _reports;
    private HashSet<ReplicaId> _here = [];
    private Layout? _layout;
    private Run? _run;
    private SyncLedger? _ledger;
    private TimeSpan _retry;
    private TimeSpan? _compareAt;
    private TimeSpan _lastTick, _lastCompared;
    private bool _rowsToo;
    private ulong _runs;

    public LayoutSync(LayoutSyncOptions options)
    {
        _options = options;
        (_rows, _chunks, _reports) = (new RowPulls(options), new ChunkPulls(options), new ProgressReports(options));
        _copies = new CopyCounts(options.Self, options.Directory);
        (_lastTick, _lastCompared) = (Now, Now);
        _runs = options.Pacer.Switch.Order.Runs;
        Receive<CatalogMessages.LayoutChanged>(changed => OnLayout(changed.Layout));
        Receive<RowsFollowed>(OnRowsFollowed);
        Receive<PartitionEnded>(OnPartitionEnded);
        Receive<RoundDue>(OnRoundDue);
        Receive<ProgressReports.Ended>(_reports.End);
        Receive<Tick>(_ => OnTick());
        Receive<CompareSoon>(_ => OnCompareSoon());
        Receive<GetSyncState>(_ => Sender.Tell(new SyncStateIs(
            _layout?.Number ?? LayoutNumber.None, _layout?.IsJoint ?? false, _run is not null || _compareAt is not null,
            _run is null ? 0 : _ledger!.LeftCount, _rows.Taken, _chunks.Fetched)));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    // Of no wall clock: one that is set back would keep the next comparison waiting.
    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    public static Props Props(LayoutSyncOptions options) => Akka.Actor.Props.Create(() => new LayoutSync(options));

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(CatalogMessages.LayoutChanged));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _options.Pace);
        if (_options.Store.Layout is { } layout)
        {
            OnLayout(layout);
        }
    }

    protected override void PostStop()
    {
        EndRun();
        Context.System.EventStream.Unsubscribe(Self);
        base.PostStop();
    }

    private void OnLayout(Layout layout)
    {
        if (_layout is { } known && layout.Number.CompareTo(known.Number) <= 0)
        {
            return;
        }

        // Who has pulled everything for this very layout has its rows; what arrived meanwhile went to both lists.
        var hasRows = _ledger is { IsComplete: true, Layout: { IsJoint: true } joint } && joint.Number.Next == layout.Number;
        EndRun();
        (_layout, _ledger, _compareAt, _retry) = (layout, null, null, _options.RetryMin);
        if (layout.Members.All(member => member.Id != _options.Self))
        {
            return;
        }

        if (layout.IsJoint)
        {
            BeginRun(SyncLedger.Start(layout, _options.Self));
            _log.Info("Pulls what {0} gives to this directory: {1} partitions", layout, _ledger!.LeftCount);
            StartPartitions();
        }
        else
        {
            Schedule(rowsToo: !hasRows);
        }
    }

    private void OnTick()
    {
        if (_ledger is { Layout.IsJoint: true } ledger)
        {
            _reports.Tell(ledger, Self);
        }

        SayState();
        NoticeReturns();
        if (Now - _lastCompared > _options.CompareEvery && _run is null)
        {
            Schedule(rowsToo: true);
        }

        if (_options.Pacer.Switch.Order.Runs is var runs && runs > _runs)
        {
            _runs = runs;
            Schedule(rowsToo: true);
        }

        var isFree = _run is null || _ledger!.RoundHasEnded;
        if (_compareAt <= Now && isFree && _layout is { IsJoint: false } layout)
        {
            Compare(layout);
        }
    }

    // Either side of a separation may have missed what the other has, so both compare.
    private void NoticeReturns()
    {
        var peers = _options.Directory.View.Peers;
        var here = (_layout?.Members ?? []).Select(member => member.Id)
            .Where(id => peers.TryGetValue(id, out var peer) && peer.Reachable).ToHashSet();
        if (here.Except(_here).Any() || Now - _lastTick > _options.Pace * TicksMissedMax)
        {
            Schedule(rowsToo: true);
        }

        (_here, _lastTick) = (here, Now);
    }

    private void Schedule(bool rowsToo)
    {
        if (_layout is { IsJoint: false } layout && layout.Find(_options.Self) is not null)
        {
            _rowsToo = rowsToo || (_compareAt is not null && _rowsToo);
            (_compareAt, _retry) = (Now + _options.Settle, _options.RetryMin);
        }
    }

    // Others ask for it: not as often as they like, and what is due is not put off.
    private void OnCompareSoon()
    {
        if (_compareAt is null && _layout is { IsJoint: false } layout && layout.Find(_options.Self) is not null)
        {
            var soonest = _lastCompared + _options.RetryMax;
            (_rowsToo, _compareAt) = (true, soonest > Now + _options.Settle ? soonest : Now + _options.Settle);
        }
    }

    private void Compare(Layout layout)
    {
        (_compareAt, _lastCompared) = (null, Now);
        BeginRun(SyncLedger.Start(layout, _options.Self));
        if (_rowsToo)
        {
            _ = FollowAsync(_run!, layout, [.. _here.Where(peer => peer != _options.Self)], new(_cursors), Self);
        }
        else
        {
            StartPartitions();
        }
    }

    private void OnRowsFollowed(RowsFollowed followed)
    {
        if (followed.Run != _run)
        {
            return;
        }

        foreach (var (peer, cursor) in followed.Cursors)
        {
            _cursors[peer] = cursor;
        }

        if (followed.Failure is not null || !followed.IsWhole)
        {
            _log.Debug("Rows could not all be compared: {0}", followed.Failure);
            EndRun();
            _compareAt = Now + NextRetry();
        }
        else if (followed.IsEmpty)
        {
            // No file was ever stored: no chunk is needed by anyone.
            EndRun();
        }
        else
        {
            StartPartitions();
        }
    }

    private void StartPartitions()
    {
        var max = _ledger!.Layout.IsJoint ? _options.JointPartitionsMax : _options.BackgroundPartitionsMax;
        while (_ledger.OpenCount < max)
        {
            (_ledger, var partition) = _ledger.TakeNext(each => _copies.Of(_ledger.Layout, each));
            if (partition is not { } next)
            {
                break;
            }

            _ = WorkAsync(_run!, _ledger, next, Self);
        }

        if (_ledger.RoundHasEnded)
        {
            Timers.StartSingleTimer(nameof(RoundDue), new RoundDue(_run!), NextRetry());
        }
        else if (_ledger.IsComplete)
        {
            _log.Info("This directory is whole under {0}", _ledger.Layout);
            EndRun();
        }
    }

    private void SayState() => _options.State.IsAt(
        _run is null ? RepairPhase.Idle : _ledger!.Layout.IsJoint ? RepairPhase.Moving : RepairPhase.Comparing, _run is null ? 0 : _ledger!.LeftCount);

    private void OnPartitionEnded(PartitionEnded ended)
    {
        if (ended.Run != _run)
        {
            return;
        }

        if (ended.Failure is not null)
        {
            _log.Warning("Partition {0} could not be pulled: {1}", ended.Partition, ended.Failure);
        }

        _ledger = _ledger!.Close(ended.Partition, ended.PulledFrom, ended.HasChunks);
        StartPartitions();
    }

    private void OnRoundDue(RoundDue due)
    {
        if (due.Run == _run)
        {
            _ledger = _ledger!.NextRound();
            StartPartitions();
        }
    }

    private async Task FollowAsync(
        Run run, Layout layout, IReadOnlyList<ReplicaId> peers, Dictionary<ReplicaId, ulong> cursors, IActorRef self)
    {
        var isWhole = true;
        string? failure = null;
        var isEmpty = false;
        try
        {
            foreach (var peer in peers)
            {
                (cursors[peer], var isEnd) =
                    await _rows.FollowAsync(layout, peer, cursors.GetValueOrDefault(peer), run.Token).ConfigureAwait(false);
                isWhole &= isEnd;
            }

            var own = await _options.Store.ReadChangesAsync(0, 1).ConfigureAwait(false);
            isEmpty = own.Cursor == 0 && cursors.Values.All(cursor => cursor == 0);
        }
        catch (Exception error)
        {
            failure = error.Message;
        }

        self.Tell(new RowsFollowed(run, cursors, isWhole, isEmpty, failure));
    }

    private async Task WorkAsync(Run run, SyncLedger ledger, PartitionId partition, IActorRef self)
    {
        IReadOnlyList<ReplicaId> pulledFrom = [];
        var hasChunks = false;
        string? failure = null;
        try
        {
            // Side by side: rows are many small questions, chunks few large answers, and neither needs the other.
            var rows = PullRowsAsync(run, ledger, partition);
            var chunks = ledger.NeedsChunks(partition)
                ? _chunks.CompleteAsync(ledger.Layout, partition, run.Token)
                : Task.FromResult(false);
            await Task.WhenAll(rows, chunks).ConfigureAwait(false);
            (pulledFrom, hasChunks) = (await rows.ConfigureAwait(false), await chunks.ConfigureAwait(false));
            if (!ledger.Layout.IsJoint)
            {
                await Task.Delay(_options.BackgroundPause, TimeProvider.System, run.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            failure = error.Message;
        }

        self.Tell(new PartitionEnded(run, partition, pulledFrom, hasChunks, failure));
    }

    private async Task<IReadOnlyList<ReplicaId>> PullRowsAsync(Run run, SyncLedger ledger, PartitionId partition)
    {
        var pulledFrom = new List<ReplicaId>();
        foreach (var from in ledger.RowSources(partition).OrderBy(from => _options.Directory.SeemsReachable(from) ? 0 : 1))
        {
            if (pulledFrom.Count < ledger.RowsShort(partition)
                && await _rows.PullAsync(ledger.Layout, partition, from, run.Token).ConfigureAwait(false))
            {
                pulledFrom.Add(from);
            }
        }

        return pulledFrom;
    }

    private void BeginRun(SyncLedger ledger)
    {
        EndRun();
        var source = new CancellationTokenSource();
        (_run, _ledger) = (new Run(source.Cancel, source.Token), ledger);
        SayState();
    }

    private void EndRun()
    {
        Timers.Cancel(nameof(RoundDue));
        _run?.Cancel();
        _run = null;
        SayState();
    }

    private TimeSpan NextRetry()
    {
        var retry = _retry;
        _retry = retry * 2 < _options.RetryMax ? retry * 2 : _options.RetryMax;
        return retry;
    }

    /// <summary>One pass under one layout; answers of an earlier one are told by it.</summary>
    private sealed class Run(Action cancel, CancellationToken token)
    {
        public CancellationToken Token => token;

        public void Cancel() => cancel();
    }

    private sealed record RowsFollowed(
        Run Run, IReadOnlyDictionary<ReplicaId, ulong> Cursors, bool IsWhole, bool IsEmpty, string? Failure);

    private sealed record PartitionEnded(
        Run Run, PartitionId Partition, IReadOnlyList<ReplicaId> PulledFrom, bool HasChunks, string? Failure);

    private sealed record RoundDue(Run Run);

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
