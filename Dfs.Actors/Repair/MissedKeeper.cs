using Akka.Actor;
using Akka.Event;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using static Dfs.Actors.Repair.RepairProtocol;

namespace Dfs.Actors.Repair;

/// <summary>Tells replicas what they missed of this node's writes, and fetches what this one missed of others'.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>. Without it a copy that one replica was too slow for, or refused, would be made by the
/// next comparison of everything, minutes later. Sees to one page at a time; a sender has one here at most. State: pages that
/// wait, lost on restart and told again. What cannot be fetched now is left to <see cref="LayoutSync"/>.
/// </remarks>
public sealed class MissedKeeper : ReceiveActor, IWithTimers
{
    /// <summary>At /user/missed.</summary>
    public const string Name = "missed";

    private readonly LayoutSyncOptions _options;
    private readonly MissedNotes _notes;
    private readonly IActorRef _sync;
    private readonly ChunkPulls _chunks;
    private readonly RowPulls _rows;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<(CopiesMissed Page, IActorRef From)> _waiting = new();
    private readonly HashSet<IActorRef> _senders = [];
    private readonly Action _end;
    private readonly CancellationToken _ended;
    private bool _isBusy;

    public MissedKeeper(LayoutSyncOptions options, MissedNotes notes, IActorRef sync)
    {
        (_options, _notes, _sync) = (options, notes, sync);
        (_chunks, _rows) = (new ChunkPulls(options), new RowPulls(options));
        var source = new CancellationTokenSource();
        (_end, _ended) = (source.Cancel, source.Token);
        Receive<Tick>(_ => TellDue());
        Receive<MissedSettled>(OnSettled);
        Receive<CopiesMissed>(OnMissed);
        Receive<PageEnded>(OnPageEnded);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <param name="notes">What this node's writers saw.</param>
    /// <param name="sync">Compares everything when ids are not enough.</param>
    public static Props Props(LayoutSyncOptions options, MissedNotes notes, IActorRef sync) =>
        Akka.Actor.Props.Create(() => new MissedKeeper(options, notes, sync));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _options.Pace);

    protected override void PostStop()
    {
        _end();
        base.PostStop();
    }

    private void TellDue()
    {
        if (_options.Store.Layout is not { } layout)
        {
            return;
        }

        foreach (var page in _notes.TakeDue(replica => layout.Everyone.Any(member => member.Id == replica), _options.Directory.SeemsReachable))
        {
            var missed = new CopiesMissed(page.By, page.Page, page.Chunks, page.Registers, page.IsMore);
            if (page.By == _options.Self)
            {
                Self.Tell(missed);
            }
            else if (_options.Directory.AddressOf(page.By, layout) is { } address)
            {
                Context.ActorSelection($"{address}/user/{Name}").Tell(missed);
            }
        }
    }

    private void OnSettled(MissedSettled settled)
    {
        _notes.Settle(settled.By, settled.Page);
        TellDue();
    }

    // A page that is under way is told again when that takes long: it will be answered.
    private void OnMissed(CopiesMissed page)
    {
        if (page.To == _options.Self && _senders.Count < Layout.MembersMax && _senders.Add(Sender))
        {
            _waiting.Enqueue((page, Sender));
            StartNext();
        }
    }

    private void StartNext()
    {
        if (!_isBusy && _options.Store.Layout is { } layout && _waiting.TryDequeue(out var next))
        {
            _isBusy = true;
            _ = FetchAsync(layout, next.Page, next.From, Self, _ended);
        }
    }

    private void OnPageEnded(PageEnded ended)
    {
        _isBusy = false;
        _senders.Remove(ended.From);
        if (ended.Failure is { } failure)
        {
            _log.Debug("What was missed could not all be fetched: {0}", failure);
        }

        if (!ended.IsWhole || ended.Page.IsMore)
        {
            _sync.Tell(new CompareSoon());
        }

        ended.From.Tell(new MissedSettled(_options.Self, ended.Page.Page));
        StartNext();
    }

    private async Task FetchAsync(Layout layout, CopiesMissed page, IActorRef from, IActorRef self, CancellationToken cancellationToken)
    {
        var isWhole = true;
        string? failure = null;
        try
        {
            isWhole = await CatchUpAsync(layout, page.Registers, cancellationToken).ConfigureAwait(false);
            isWhole &= await _chunks.FetchAllAsync(page.Chunks.Where(IsMissing), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            (isWhole, failure) = (false, error.Message);
        }

        self.Tell(new PageEnded(page, from, isWhole, failure));

        bool IsMissing(ChunkId chunk) =>
            layout.ChunkReplicasOf(chunk.Partition).Contains(_options.Self) && !_options.Chunks.Contains(chunk);
    }

    // The first without an answer ends it: each further one could take as long.
    private async Task<bool> CatchUpAsync(Layout layout, IEnumerable<RegisterId> registers, CancellationToken cancellationToken)
    {
        foreach (var register in registers.Where(register => layout.ReplicasOf(register.Partition).Contains(_options.Self)))
        {
            if (!await _rows.CatchUpAsync(layout, register, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    private sealed record PageEnded(CopiesMissed Page, IActorRef From, bool IsWhole, string? Failure);

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
