using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;
using Dfs.Core.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using static Dfs.Actors.Membership.MembershipProtocol;

namespace Dfs.Actors.Membership;

/// <summary>Knows who is there: meets peers, joins the cluster by <see cref="JoinRule"/>, and keeps the view of it.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>, below the user guardian. State: the <see cref="PeerBook"/>, lost on restart and
/// learnt again within a round. Membership decides who talks, never who holds data; an unreachable peer stays in the view.
/// Ends the actor system, for the host to build a new one, when a larger island of the same cluster shows up or when
/// the others have quarantined this one.
/// </remarks>
public sealed class PeerRegistry : UntypedActor, IWithTimers
{
    /// <summary>Peers find it at /user/peers.</summary>
    public const string Name = "peers";

    /// <summary>Members hear from us every fourth round, strangers every tenth.</summary>
    private const int MemberRounds = 4, StrangerRounds = 10;

    /// <summary>An island is larger for this many rounds before this node gives its own up; its nodes are asked like members meanwhile, so that two questions may be lost.</summary>
    private const int RestartRounds = 10;

    /// <summary>Members say for as many times the resolver's stable-after that this node is none of theirs before it believes them.</summary>
    private const int LeftOutTimes = 3;

    private readonly PeerRegistryOptions _options;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly string _selfAddress;
    private readonly TimeSpan _startedAt = Context.System.Scheduler.MonotonicClock;
    private PeerBook _book;
    private string? _doubleAt;
    private TimeSpan? _joinAskedAt;
    private IslandWatch _islands;
    private LeftOutWatch _leftOut;
    private int _round;
    private bool _isRestarting;

    public PeerRegistry(PeerRegistryOptions options)
    {
        _options = options;
        _selfAddress = _cluster.SelfAddress.ToString();
        _book = PeerBook.Start(options.Replica, _selfAddress, options.Seeds);
        _islands = IslandWatch.Start(options.Round * RestartRounds);
        _leftOut = LeftOutWatch.Start(
            LeftOutTimes * Context.System.Settings.Config.GetTimeSpan("akka.cluster.split-brain-resolver.stable-after"), options.Round * RestartRounds);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(PeerRegistryOptions options) => Akka.Actor.Props.Create(() => new PeerRegistry(options));

    protected override void PreStart()
    {
        _cluster.Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
            typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TimeSpan.Zero, _options.Round);
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        Context.System.EventStream.Unsubscribe(Self);
        base.PostStop();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Hello hello: Hear(hello.Card); Sender.Tell(new HelloAnswer(Card()) { Asker = MemberStanding.Of(_cluster.SelfMember.Status, Members(), hello.Card.Address) }); break;
            case HelloAnswer answer: Hear(answer.Card); HearStanding(answer); break;
            case Tick: OnTick(); break;
            case ClusterEvent.IMemberEvent or ClusterEvent.IReachabilityEvent: Publish(); break;
            case ThisActorSystemQuarantinedEvent: Restart("the others have shut this node out while it did not answer"); break;
            default: Unhandled(message); break;
        }
    }

    private void Hear(NodeCard card)
    {
        if (card.Address == _selfAddress)
        {
            return;
        }

        if (card.Replica == _options.Replica)
        {
            WarnOfDouble(card.Address);
            return;
        }

        _book = _book.Hear(card, Now, ClockUnixMs);
        if (_options.Layout()?.Cluster == card.Cluster)
        {
            _options.HearOrder(card.Repair.Order);
        }

        if (card.Layout.CompareTo(_options.Layout()?.Number ?? LayoutNumber.None) > 0)
        {
            _options.Keeper.Tell(new NewerLayoutSeen(card.Layout, card.Address));
        }

        Publish();
        Decide();
    }

    private void HearStanding(HelloAnswer answer)
    {
        _leftOut = _leftOut.Hear(answer.Card.Address, answer.Asker, MemberStanding.StayingAddresses(Members().Except(_cluster.State.Unreachable)), Now);
        if (_leftOut.IsSure)
        {
            Restart("the members of its cluster do not count it; who let it in is gone and had not told them");
        }
    }

    private void WarnOfDouble(string address)
    {
        if (_doubleAt != address)
        {
            _doubleAt = address;
            _log.Warning("{0} says that it is this node, {1}. Is its data directory a copy of this one? Stop one of the two, and empty its directory.", address, _options.Replica);
        }
    }

    private void OnTick()
    {
        if (_options.Layout() is { } layout)
        {
            _book = _book.Learn(layout.Everyone.Select(member => PeerDirectory.SameScheme(_selfAddress, member.Address)));
        }

        Greet();
        Publish();
        Decide();
        _round++;
    }

    private void Greet()
    {
        var members = IsMember ? MemberAddresses() : [];
        var hello = new Hello(Card());
        foreach (var address in _book.Addresses.Union(members.Where(address => address != _selfAddress)))
        {
            var rounds = !IsMember ? 1 : members.Contains(address) || _islands.InSight.ContainsKey(address) ? MemberRounds : StrangerRounds;
            if (_round % rounds == 0 || (members.Contains(address) && !HeardFrom(address)))
            {
                Context.ActorSelection($"{address}/user/{Name}").Tell(hello);
            }
        }
    }

    private void Decide()
    {
        var (self, fresh) = (Card().Fact, Fresh());
        _islands = _islands.Look(self, MemberAddresses(), fresh.Select(heard => new HeardFact(heard.Card.Fact, heard.At)), Now);
        if (_islands.IsSure)
        {
            Restart("a larger part of the cluster goes on");
        }

        var decision = JoinRule.Decide(self, IsFirstSeed, [.. fresh.Select(heard => heard.Card.Fact)], ViewOf(_options.Layout()), HasSettled());
        switch (decision.Action)
        {
            case JoinAction.Begin: Join(_selfAddress); break;
            case JoinAction.Join: Join(decision.Address); break;
            default: break;
        }
    }

    private void Join(string address)
    {
        // A join that is under way is not asked for again at every round.
        if (Now - _joinAskedAt < _options.Settle)
        {
            return;
        }

        _joinAskedAt = Now;
        _log.Info(address == _selfAddress ? "Begins a cluster" : "Joins the cluster at {0}", address);
        _cluster.Join(Address.Parse(address));
    }

    private void Restart(string reason)
    {
        if (_isRestarting)
        {
            return;
        }

        _isRestarting = true;
        _log.Warning("Starts its actor system anew: {0}", reason);
        _ = Context.System.Terminate();
    }

    private void Publish()
    {
        var unreachable = _cluster.State.Unreachable;
        var members = SeenMember.ByAddress(
            Members().Select(member => new SeenMember(member.Address.ToString(), member.Status, !unreachable.Contains(member))));
        var fresh = Fresh().Select(heard => heard.Card.Replica).ToHashSet();
        var clocks = ClockSkew.AheadOfMost(
            [.. _book.Cards.Values.Where(heard => heard.Ahead.Length > 0 && fresh.Contains(heard.Card.Replica))
                .Select(heard => KeyValuePair.Create(heard.Card.Replica, ClockSkew.Best(heard.Ahead))).Append(KeyValuePair.Create(_options.Replica, TimeSpan.Zero))]);
        var peers = _book.Cards.Values.Select(heard => heard.Card).Append(Card()).ToImmutableSortedDictionary(
            card => card.Replica,
            card =>
            {
                var member = members.GetValueOrDefault(card.Address);
                var reachable = card.Address == _selfAddress || (member?.IsReachable ?? fresh.Contains(card.Replica));
                var state = member is not null ? (reachable ? Word(member.Status) : "unreachable") : reachable ? "known" : "absent";
                return new PeerInfo(card, state, reachable) { ClockAhead = reachable && clocks.TryGetValue(card.Replica, out var ahead) ? ahead : null };
            });
        var view = new PeerView(_selfAddress, IsMember, peers);
        _options.Directory.Update(view);
        _options.Keeper.Tell(new ViewChanged(view));
    }

    private NodeCard Card()
    {
        var layout = _options.Layout();
        var reachable = IsMember ? ReachableMembers() : [];
        var (chunks, bytes) = _options.Held();
        return new NodeCard(
            _options.Replica, _options.Start, _options.Name, _options.Zone, _options.Weight, _selfAddress,
            _options.PeerEndpoint, layout?.Cluster, layout?.Number ?? LayoutNumber.None, reachable.Count,
            reachable.Min(StringComparer.Ordinal) ?? "", [.. _book.Addresses.Take(NodeCard.KnownMax)])
        {
            IsLeaving = _options.IsLeaving(),
            StoresOnly = _options.StoresOnly,
            KeptRows = _options.KeptRows(),
            Chunks = chunks,
            Bytes = bytes,
            Repair = _options.Repair(),
            FreeBytes = _options.Free(),
            ClockUnixMs = ClockUnixMs,
        };
    }

    // Of no wall clock: one that is set would make every peer stale, or none for hours.
    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    private long ClockUnixMs => _options.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private bool IsFirstSeed => _options.Seeds.Count > 0 && _options.Seeds[0] == _selfAddress;

    private bool IsMember => _cluster.SelfMember.Status is MemberStatus.Up or MemberStatus.WeaklyUp;

    private ImmutableSortedSet<Member> Members() => _cluster.State.Members;

    private HashSet<string> MemberAddresses() => [.. Members().Select(member => member.Address.ToString())];

    private List<string> ReachableMembers() =>
    [
        .. Members().Except(_cluster.State.Unreachable)
            .Where(member => member.Status is MemberStatus.Up or MemberStatus.WeaklyUp)
            .Select(member => member.Address.ToString()),
    ];

    // Who looks for a cluster asks at every round, and must not join one that was there ten seconds ago.
    private IReadOnlyList<HeardCard> Fresh() => _book.Fresh(Now, _options.Round * (IsMember ? 2 * StrangerRounds : MemberRounds));

    private bool HeardFrom(string address) => _book.Cards.Values.Any(heard => heard.Card.Address == address);

    // Every seed has answered, or those that are up have had time to.
    private bool HasSettled() =>
        Now - _startedAt >= _options.Settle
        || _options.Seeds.All(seed => seed == _selfAddress || HeardFrom(seed));

    private static LayoutView? ViewOf(Layout? layout) => layout is null
        ? null
        : new LayoutView(
            layout.Everyone.Select(member => member.Id).ToHashSet(),
            seen => Majority(layout.Members, seen) && (!layout.IsJoint || Majority(layout.OldMembers, seen)));

    private static bool Majority(ImmutableArray<LayoutMember> members, IReadOnlySet<ReplicaId> seen) =>
        members.Count(member => seen.Contains(member.Id)) >= QuorumSet.Majority(members.Length);

    private static string Word(MemberStatus status) => status.ToString().ToLowerInvariant();

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
