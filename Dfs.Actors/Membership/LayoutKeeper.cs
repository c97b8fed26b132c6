using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
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
public sealed class LayoutKeeper : ReceiveActor, IWithTimers
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
    private JointReports? _reports;

    public LayoutKeeper(LayoutKeeperOptions options)
    {
        _options = options;
        Receive<ViewChanged>(changed => OnView(changed.View));
        Receive<GetLayout>(_ => AnswerLayout());
        Receive<NewerLayoutSeen>(seen => KeeperAt(seen.Address).Tell(new GetLayout()));
        ReceiveAsync<LayoutIs>(heard => LearnAsync(heard.Layout, heard.Epoch));
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
            view.Peers.Values.Select(peer => (peer.Card.Replica, IsHere(peer))).Concat(unmet.Select(id => (id, false))), Clock);
    }

    private async Task OnTickAsync()
    {
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
            await DecideAsync(layout.Finish());
        }
        else if (Decide(layout, Facts(), onCommand: false).Proposal is { } next)
        {
            _log.Info("Proposes {0}: {1}", next, string.Join(", ", next.Members.Select(member => member.Name)));
            await DecideAsync(next);
        }
    }

    private NextLayout Decide(Layout layout, IReadOnlyCollection<DirectoryFact> facts, bool onCommand) =>
        NextLayout.Decide(layout, facts, _options.Policy, onCommand);

    private List<DirectoryFact> Facts() =>
    [
        .. _view.Peers.Values.Select(peer => new DirectoryFact(
            MemberOf(peer), IsHere(peer),
            peer.Card.Replica == _options.Self ? _options.Store.Layout?.Number ?? LayoutNumber.None : peer.Card.Layout,
            _presence.For(peer.Card.Replica, Clock)) { IsLeaving = peer.Card.IsLeaving }),
        .. (_options.Store.Layout?.Everyone ?? []).Where(member => !_view.Peers.ContainsKey(member.Id)).Select(member =>
            new DirectoryFact(member, false, LayoutNumber.None, _presence.For(member.Id, Clock))),
    ];

    private async Task RunCommandAsync(RunLayoutCommand command)
    {
        var asker = Sender;
        if (_options.Store.Layout is not { IsJoint: false } layout)
        {
            asker.Tell(new LayoutCommandEnded(DfsOutcome.NotReady, "A change of the layout is under way, or there is none yet; try again."));
            return;
        }

        if (command.Command == LayoutCommand.Apply)
        {
            asker.Tell(await ApplyAsync(layout));
            return;
        }

        var named = Facts().Where(fact => fact.Member.Name == command.Node || fact.Member.Id.ToString() == command.Node).ToList();
        var refusal = named.Count switch
        {
            0 => $"No node is called {command.Node}; `dfs peers` lists them.",
            > 1 => $"{named.Count} directories are called {command.Node}; give the replica id, which `dfs peers --json` shows.",
            _ => null,
        };
        if (refusal is not null)
        {
            asker.Tell(new LayoutCommandEnded(DfsOutcome.NotFound, refusal));
        }
        else if (command.Command == LayoutCommand.Remove)
        {
            asker.Tell(await RemoveAsync(layout, named[0]));
        }
        else
        {
            TellLeaving(layout, named[0], command.Command == LayoutCommand.Drain, asker);
        }
    }

    private async Task<LayoutCommandEnded> ApplyAsync(Layout layout)
    {
        var next = Decide(layout, Facts(), onCommand: true);
        if (next.Proposal is not { } proposal)
        {
            return new LayoutCommandEnded(
                DfsOutcome.PreconditionFailed, next.Waits.IsEmpty ? "There is nothing to change." : string.Join(' ', next.Waits));
        }

        await DecideAsync(proposal);
        return _options.Store.Layout is { } decided && decided.Number == proposal.Number
            && decided.Members.SequenceEqual(proposal.Members)
                ? new LayoutCommandEnded(DfsOutcome.Done, "The change has begun; `dfs status` shows when it is finished.")
                : new LayoutCommandEnded(DfsOutcome.NoQuorum, "The layout was not changed, or was changed by another node meanwhile; look, and try again.");
    }

    private async Task<LayoutCommandEnded> RemoveAsync(Layout layout, DirectoryFact gone)
    {
        if (gone.IsHere || layout.Find(gone.Member.Id) is null)
        {
            return new LayoutCommandEnded(DfsOutcome.PreconditionFailed, gone.IsHere
                ? $"{gone.Member.Name} is here; use `dfs drain {gone.Member.Name}`, then stop it."
                : $"{gone.Member.Name} is not in the layout.");
        }

        var next = Decide(layout, [.. Facts().Where(fact => fact.Member.Id != gone.Member.Id), gone with { IsGone = true }], onCommand: false);
        if (next.Proposal is not { } proposal || proposal.Members.Any(member => member.Id == gone.Member.Id))
        {
            return new LayoutCommandEnded(DfsOutcome.PreconditionFailed, string.Join(' ', next.Waits));
        }

        await DecideAsync(proposal);
        return _options.Store.Layout is { } decided && decided.Members.All(member => member.Id != gone.Member.Id)
            ? new LayoutCommandEnded(DfsOutcome.Done, $"{gone.Member.Name} is left out; what it held is being copied from the others.")
            : new LayoutCommandEnded(DfsOutcome.NoQuorum, "The layout was not changed, or was changed by another node meanwhile; look, and try again.");
    }

    // Whether it leaves is that node's own memory: it survives every keeper, and a node that is told twice does nothing new.
    private void TellLeaving(Layout layout, DirectoryFact fact, bool leaving, IActorRef asker)
    {
        var name = fact.Member.Name;
        var asIfLeaving = Facts().Select(other => other.Member.Id == fact.Member.Id ? other with { IsLeaving = true } : other).ToList();
        var refusal = !fact.IsHere ? $"{name} does not answer. If it is gone for good: `dfs layout remove {name}`."
            : !leaving || layout.Find(fact.Member.Id) is null ? null
            : Decide(layout, asIfLeaving, onCommand: false) is var next && next.Proposal?.Members.All(member => member.Id != fact.Member.Id) != true
                ? string.Join(' ', next.Waits)
            : LayoutPlans.NoRoom(next.Proposal, _view);
        if (refusal is not null)
        {
            asker.Tell(new LayoutCommandEnded(DfsOutcome.PreconditionFailed, refusal));
            return;
        }

        _askers[fact.Member.Id] = asker;
        KeeperAt(fact.Member.Address).Tell(new SetLeaving(fact.Member.Id, leaving));
    }

    private async Task SetLeavingAsync(SetLeaving order)
    {
        var sender = Sender;
        if (order.To == _options.Self)
        {
            _log.Info(order.Leaving ? "Gives its data away" : "Takes part again");
            sender.Tell(new LeavingIs(_options.Self, await _options.Store.SetLeavingAsync(order.Leaving)));
        }
    }

    private void OnLeavingIs(LeavingIs answer)
    {
        if (_askers.Remove(answer.Replica, out var asker))
        {
            asker.Tell(new LayoutCommandEnded(DfsOutcome.Done, ""));
        }
    }

    // A keeper that is restarted hears every report again: they are repeated until the layout is single.
    private JointReports ReportsOf(Layout joint) =>
        _reports is { } reports && reports.Progress.Joint.Number == joint.Number ? reports : _reports = JointReports.Start(joint);

    private void OnProgress(SyncReport report)
    {
        if (_options.Store.Layout is not { } layout || report.Number.CompareTo(layout.Number) > 0)
        {
            TellSender(report.By, new GetLayout());
        }
        else if (report.Number.CompareTo(layout.Number) < 0)
        {
            TellSender(report.By, Told(layout));
        }
        else if (layout.IsJoint)
        {
            _reports = ReportsOf(layout).Add(report);
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
            [.. candidates.Select(peer => MemberOf(peer) with { StartFloor = 0 }).OrderBy(member => member.Name, StringComparer.Ordinal).Take(_options.BootstrapExpect)]);
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
            await AdoptAsync(first);
            Announce(first);
        }
    }

    private void ForgetProposal()
    {
        _proposal = null;
        _yes.Clear();
    }

    private async Task LearnAsync(ReadOnlyMemory<byte> encoded, Epoch epoch)
    {
        if (!Layout.TryDecode(encoded.Span, out var layout))
        {
            _log.Warning("A layout from {0} could not be read", Sender);
            return;
        }

        if (!EpochFact.CanBe(epoch, _options.Store.Epoch))
        {
            _log.Warning("A layout from {0} in epoch {1} is not learned: the epoch here is {2}", Sender, epoch, _options.Store.Epoch);
            return;
        }

        var current = _options.Store.Layout;
        if (current is null || (current.Cluster == layout.Cluster && layout.Number.CompareTo(current.Number) > 0))
        {
            // First the epoch: under a layout a replica accepts by the epoch that it knows.
            await _options.Store.RaiseEpochAsync(epoch);
            await AdoptAsync(layout);
        }
    }

    private async Task AdoptAsync(Layout layout)
    {
        using (await _options.Fence.EnterAsync(CancellationToken.None))
        {
            if (!await _options.Store.InstallAsync(layout))
            {
                return;
            }
        }

        ForgetProposal();
        _log.Info("Works under {0} of cluster {1}", layout, layout.Cluster);
        Context.System.EventStream.Publish(new CatalogMessages.LayoutChanged(layout));
    }

    private void Announce(Layout layout)
    {
        foreach (var peer in _view.Peers.Values.Where(peer => peer.Card.Replica != _options.Self))
        {
            KeeperAt(peer.Card.Address).Tell(Told(layout));
        }
    }

    private LayoutIs Told(Layout layout) => new(layout.Encode()) { Epoch = _options.Store.Epoch };

    private void AnswerLayout()
    {
        if (_options.Store.Layout is { } layout)
        {
            Sender.Tell(Told(layout));
        }
    }

    // The lowest reachable member acts, so that usually one does; that only one succeeds is the register's doing.
    private bool Acts(Layout layout) =>
        layout.Members.Where(member => IsHere(member.Id)).Select(member => member.Id).Order().FirstOrDefault(_options.Self) == _options.Self
        && layout.Members.Any(member => member.Id == _options.Self);

    // Whoever wrote the register first has decided; the others learn it here.
    private async Task DecideAsync(Layout next)
    {
        var outcome = await _options.Catalog().ChangeCouncilAsync(
            CouncilRegisters.Layout(next.Cluster, next.Number),
            view => view.Value is null ? new WriteValue(next.Encode()) : new RefuseChange("decided"),
            CancellationToken.None);
        var decided = outcome switch
        {
            ChangeDone done => done.Value,
            ChangeRefused refused => refused.View.Value,
            _ => null,
        };
        if (decided is { } value && Layout.TryDecode(value.Span, out var layout))
        {
            await AdoptAsync(layout);
            Announce(layout);
        }
    }

    // Not the time of day: a clock that is set must not make anyone old.
    private static TimeSpan Clock => Context.System.Scheduler.MonotonicClock;

    private bool IsHere(ReplicaId replica) => _view.Peers.TryGetValue(replica, out var peer) && IsHere(peer);

    private static bool IsHere(PeerInfo peer) => peer is { Reachable: true, IsMember: true };

    private string CurrentAddress(LayoutMember member) =>
        _view.Peers.TryGetValue(member.Id, out var peer) ? peer.Card.Address : member.Address;

    private static LayoutMember MemberOf(PeerInfo peer) => LayoutMember.Newcomer(
        peer.Card.Replica, peer.Card.Start, peer.Card.Name, peer.Card.Zone, peer.Card.Weight, peer.Card.Address,
        peer.Card.PeerEndpoint);

    private static ActorSelection KeeperAt(string address) => Context.ActorSelection($"{address}/user/{Name}");

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
