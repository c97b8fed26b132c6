using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Catalog;
using Dfs.Core.Placement;

namespace Dfs.Actors.Repair;

/// <summary>Sees to it that no row and no chunk stays for good where it does not belong: after a layout change, and after standing in.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>. Works under a single layout, also on a node that is in none; one pass at a time, and again
/// until nothing is left. State: when the next pass is due, lost on restart, which begins one.
/// </remarks>
public sealed class StrayKeeper : ReceiveActor, IWithTimers
{
    /// <summary>At /user/strays.</summary>
    public const string Name = "strays";

    private readonly LayoutSyncOptions _options;
    private readonly StrayChunks _chunks;
    private readonly KeptRows _rows;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private Action? _cancelPass;
    private TimeSpan _retry;

    public StrayKeeper(LayoutSyncOptions options)
    {
        (_options, _chunks, _rows, _retry) = (options, new StrayChunks(options), new KeptRows(options), options.StrayRetryMin);
        Receive<CatalogMessages.LayoutChanged>(_ => OnLayout());
        Receive<PassDue>(_ => OnPassDue());
        Receive<PassEnded>(OnPassEnded);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(LayoutSyncOptions options) => Akka.Actor.Props.Create(() => new StrayKeeper(options));

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(CatalogMessages.LayoutChanged));
        Schedule(_options.StrayRetryMin);
    }

    protected override void PostStop()
    {
        _cancelPass?.Invoke();
        Context.System.EventStream.Unsubscribe(Self);
        base.PostStop();
    }

    private void OnLayout()
    {
        _cancelPass?.Invoke();
        _retry = _options.StrayRetryMin;
        Schedule(_retry);
    }

    private void OnPassDue()
    {
        if (_cancelPass is null && _options.Store.Layout is { IsJoint: false } layout)
        {
            var source = new CancellationTokenSource();
            _cancelPass = source.Cancel;
            _ = RunAsync(layout, Self, source.Token);
        }
        else
        {
            Schedule(_options.StrayRetryMin);
        }
    }

    private async Task RunAsync(Layout layout, IActorRef self, CancellationToken cancellationToken)
    {
        try
        {
            var rows = await _rows.RunAsync(layout, cancellationToken).ConfigureAwait(false);
            self.Tell(new PassEnded(rows, await _chunks.RunAsync(layout, cancellationToken).ConfigureAwait(false), null));
        }
        catch (Exception error)
        {
            self.Tell(new PassEnded(null, null, error));
        }
    }

    private void OnPassEnded(PassEnded ended)
    {
        _cancelPass = null;
        if (ended is { Failure: { } failure and not OperationCanceledException })
        {
            _log.Warning("Stray chunks could not be looked at: {0}", failure.Message);
        }

        if (ended.Pass is { } pass && pass != new StrayPass(0, 0, 0))
        {
            _log.Info("Of the chunks that do not belong here {0} are gone, {1} were handed back, {2} wait", pass.Deleted, pass.HandedBack, pass.Left);
        }

        if (ended.Rows is { } rows && rows != KeptPass.Empty)
        {
            _log.Info("Of the rows of partitions that were left {0} are gone, {1} were handed back, {2} wait", rows.Forgotten, rows.HandedBack, rows.Left);
        }

        if (ended.Pass is { } counted)
        {
            _options.State.StraysAre(counted.Left);
        }

        var isDone = ended is { Pass.Left: 0, Rows.Left: 0 };
        _retry = isDone || ended.Pass is { Deleted: > 0 } || ended.Rows is { Forgotten: > 0 } ? _options.StrayRetryMin : TimeSpan.FromTicks(Math.Min(2 * _retry.Ticks, _options.StrayEvery.Ticks));
        Schedule(isDone ? _options.StrayEvery : _retry);
    }

    private void Schedule(TimeSpan after) => Timers.StartSingleTimer(nameof(PassDue), PassDue.Instance, after);

    private sealed class PassDue
    {
        public static readonly PassDue Instance = new();
    }

    private sealed record PassEnded(KeptPass? Rows, StrayPass? Pass, Exception? Failure);
}
