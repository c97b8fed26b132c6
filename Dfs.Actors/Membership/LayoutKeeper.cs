using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Catalog;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using static Dfs.Actors.Membership.MembershipProtocol;

namespace Dfs.Actors.Membership;

/// <summary>Keeps the layout: forms the first one, learns newer ones, and proposes changes by <see cref="NextLayout"/>.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>. State beyond the durable layout is what it has heard, lost on restart and heard
/// again. The first layout needs the durable yes of everyone in it (<see cref="Bootstrap"/>); each later one is decided
/// by the council of the one before, on a register that is written once. Tells everyone on the event stream
/// (<see cref="CatalogMessages.LayoutChanged"/>) after a layout is durable.
/// </remarks>
public sealed partial class LayoutKeeper : ReceiveActor, IWithTimers
{
    /// <summary>At /user/layout.</summary>
    public const string Name = "layout";

    private readonly LayoutKeeperOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<ReplicaId> _yes = [];
    private readonly PresenceClock _presence = new();
    private readonly Dictionary<ReplicaId, IActorRef> _askers = [];
    private PeerView _view = PeerView.Empty;
    private Layout? _proposal;

    public LayoutKeeper(LayoutKeeperOptions options)
    {
        _options = options;
        Receive<ViewChanged>(changed => OnView(changed.View));
        Receive<GetLayout>(ask => AnswerLayout(ask.After));
        Receive<NewerLayoutSeen>(seen => KeeperAt(seen.Address).Tell(Question));
        ReceiveAsync<LayoutIs>(LearnAsync);
        ReceiveAsync<AskFirstLayout>(AnswerFirstAsync);
        ReceiveAsync<FirstLayoutAnswer>(CountYesAsync);
        Receive<GetPlan>(_ => Sender.Tell(new PlanIs(_options.Store.Layout is { } layout ? LayoutPlans.Of(layout, Decide(layout, Facts(), onCommand: true), _view) : null)));
        ReceiveAsync<RunLayoutCommand>(RunCommandAsync);
        ReceiveAsync<SetLeaving>(SetLeavingAsync);
        Receive<LeavingIs>(OnLeavingIs);
        Receive<SyncProgress>(progress => OnProgress(progress.Report));
        ReceiveAsync<Tick>(_ => OnTickAsync());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(LayoutKeeperOptions options) => Akka.Actor.Props.Create(() => new LayoutKeeper(options));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _options.Round);

    private void OnView(PeerView view)
    {
        _view = view;
        var unmet = (_options.Store.Layout?.Everyone ?? []).Select(member => member.Id).Where(id => !view.Peers.ContainsKey(id));
        _presence.See(
            view.Peers.Values.Select(peer => (peer.Card.Replica, PeerFacts.IsHere(peer))).Concat(unmet.Select(id => (id, false))), Clock);
    }

    private async Task OnTickAsync()
    {
        await VouchAsync();
        if (_options.Store.Layout is not { } layout)
        {
            AskForFirstLayout();
        }
        else if (!Acts(layout))
        {
            // Another one proposes; what it decides is announced.
        }
        else if (layout.IsJoint && ReportsOf(layout).MayFinish)
        {
            _log.Info("Everything is where {0} wants it", layout);
            await DecideAsync(layout, layout.Finish());
        }
        else if (Decide(layout, Facts(), onCommand: false).Proposal is { } next)
        {
            _log.Info("Proposes {0}: {1}", next, string.Join(", ", next.Members.Select(member => member.Name)));
            await DecideAsync(layout, next);
        }
    }

    private List<DirectoryFact> Facts() => PeerFacts.Of(_view, _options.Self, _options.Store.Layout, replica => _presence.For(replica, Clock));

    private NextLayout Decide(Layout layout, IReadOnlyCollection<DirectoryFact> facts, bool onCommand) =>
        NextLayout.Decide(layout, facts, _options.Policy, onCommand);

    // A keeper that is restarted hears every report again: they are repeated until the layout is single.
    private JointReports ReportsOf(Layout joint) =>
        _options.Progress.Reports is { } reports && reports.Progress.Joint.Number == joint.Number ? reports : _options.Progress.Reports = JointReports.Start(joint);

    private void OnProgress(SyncReport report)
    {
        if (_options.Store.Layout is not { } layout || report.Number.CompareTo(layout.Number) > 0)
        {
            TellSender(report.By, Question);
        }
        else if (report.Number.CompareTo(layout.Number) < 0)
        {
            TellSender(report.By, Told(layout, report.Number));
        }
        else if (layout.IsJoint)
        {
            _options.Progress.Reports = ReportsOf(layout).Add(report);
        }
    }

    private void TellSender(ReplicaId replica, object message)
    {
        if (_view.Peers.TryGetValue(replica, out var peer))
        {
            KeeperAt(peer.Card.Address).Tell(message);
        }
    }

    // Asked again at every round until everyone has answered: an answer may be lost, a yes is not.
    private void AskForFirstLayout()
    {
        if (!_options.IsFirstSeed || !_view.SelfIsMember)
        {
            return;
        }

        var candidates = _view.Peers.Values.Where(peer => peer is { IsMember: true, Reachable: true, Card.Cluster: null }).ToList();
        if (candidates.Count < _options.BootstrapExpect)
        {
            return;
        }

        // Without start counters: a proposer that is restarted in the middle must make the same proposal again.
        _proposal ??= Bootstrap.Propose(
            _options.Factors,
            [.. candidates.Select(peer => PeerFacts.MemberOf(peer) with { StartFloor = 0 }).OrderBy(member => member.Name, StringComparer.Ordinal).Take(_options.BootstrapExpect)]);
        foreach (var member in _proposal.Members.Where(member => !_yes.Contains(member.Id)))
        {
            KeeperAt(CurrentAddress(member)).Tell(new AskFirstLayout(_proposal.Encode()));
        }
    }

    private async Task AnswerFirstAsync(AskFirstLayout ask)
    {
        var sender = Sender;
        if (!Layout.TryDecode(ask.Layout.Span, out var proposed))
        {
            return;
        }

        sender.Tell(new FirstLayoutAnswer(_options.Self, await _options.Store.VoteAsync(proposed)));
    }

    private async Task CountYesAsync(FirstLayoutAnswer answer)
    {
        if (_proposal is null || _options.Store.Layout is not null)
        {
            return;
        }

        if (!answer.Yes)
        {
            // It belongs to a cluster, or agreed to other members before: look again who is there.
            _log.Warning("{0} does not agree to the first layout; it has agreed to another one before", answer.Replica);
            ForgetProposal();
            return;
        }

        _yes.Add(answer.Replica);
        if (Bootstrap.IsDecided(_proposal, _yes))
        {
            var first = _proposal;
            await AdoptAsync(first, []);
            await VouchAsync();
            Announce(first);
        }
    }

    private void ForgetProposal()
    {
        _proposal = null;
        _yes.Clear();
    }

    // The lowest reachable member acts that may ask for signatures, so that usually one does; that only one succeeds is the register's
    // doing. Not who is in no cluster: it sees no members, and would undo what those who see one another decide.
    private bool Acts(Layout layout) =>
        _view.SelfIsMember
        && !StoresOnly(_options.Self)
        && layout.Members.Where(member => IsHere(member.Id) && !StoresOnly(member.Id)).Select(member => member.Id).Order().FirstOrDefault(_options.Self) == _options.Self
        && layout.Members.Any(member => member.Id == _options.Self);

    // Whoever wrote the register first has decided; the others learn it here.
    /// <returns>Why nothing was decided, a sentence; empty when something was, whatever it is, or when nobody knows why.</returns>
    private async Task<string> DecideAsync(Layout current, Layout next)
    {
        var (proposed, detail) = _options.Notary is { } notary ? await notary.EndorsementsAsync(current, next, CancellationToken.None) : (next.Encode(), "");
        if (proposed is null)
        {
            _log.Info("Does not propose {0}: {1}", next, detail);
            return detail;
        }

        var outcome = await _options.Catalog().ChangeCouncilAsync(
            CouncilRegisters.Layout(next.Cluster, next.Number),
            // What no majority has endorsed cannot have been chosen: a member of the council says so that lies.
            view => view.Value is { } value && ValueOf(current, value) is not null ? new RefuseChange("decided") : new WriteValue(proposed),
            CancellationToken.None);
        var written = outcome switch
        {
            ChangeDone done => done.Value,
            ChangeRefused refused => refused.View.Value,
            _ => null,
        };
        if (written is not { } value || ValueOf(current, value) is not { } layout)
        {
            return "";
        }

        if (_options.Notary is null)
        {
            await AdoptAsync(layout, []);
        }
        else if (await _options.Notary.ProofAsync(current, layout, CancellationToken.None) is { } proof)
        {
            await AdoptAsync(layout, [proof]);
        }
        else
        {
            return "The change was decided, and waits for the council's signatures.";
        }

        Announce(layout);
        return "";
    }

    // Without certificates there is nobody to sign: a register holds a layout and nothing else.
    private Layout? ValueOf(Layout current, ReadOnlyMemory<byte> value) =>
        _options.Notary is { } notary ? notary.Endorsed(current, value)?.Layout
        : Layout.TryDecode(value.Span, out var layout) ? layout
        : null;

    // Not the time of day: a clock that is set must not make anyone old.
    private static TimeSpan Clock => Context.System.Scheduler.MonotonicClock;

    private bool StoresOnly(ReplicaId replica) => _view.Peers.TryGetValue(replica, out var peer) && peer.Card.StoresOnly;

    private bool IsHere(ReplicaId replica) => _view.Peers.TryGetValue(replica, out var peer) && PeerFacts.IsHere(peer);

    private string CurrentAddress(LayoutMember member) =>
        _view.Peers.TryGetValue(member.Id, out var peer) ? peer.Card.Address : member.Address;

    private static ActorSelection KeeperAt(string address) => Context.ActorSelection($"{address}/user/{Name}");

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
