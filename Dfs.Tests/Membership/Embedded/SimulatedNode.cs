using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.SBR;
using Dfs.Actors.Membership;
using Dfs.Core.Membership;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Membership.Embedded;

/// <summary>
/// One node of a <see cref="SimulatedCluster"/>: what the daemon of the engine, its split brain resolver and the product's registry of peers do with
/// what arrives and as time passes, over the pure rules that these three work by.
/// </summary>
internal sealed class SimulatedNode(int number, SimulatedCluster cluster)
{
    private const int FirstPort = 1000;

    /// <summary>As in the product's configuration and registry.</summary>
    private static readonly TimeSpan StableAfter = Seconds(20), Pause = Seconds(4), Settle = Seconds(3), Rebuild = Seconds(2),
        LeaveWithin = Seconds(10), IslandAfter = Seconds(5), LeftOutAfter = Seconds(60), AnswerCounts = Seconds(5), MemberFresh = Seconds(10), StrangerFresh = Seconds(2);

    private static readonly DowningStrategy Strategy = new KeepMajority("");
    private static readonly MinimumMembers NoMinimum = new(1, ImmutableDictionary<string, int>.Empty);
    private static readonly ImmutableHashSet<UniqueAddress> Nobody = [];

    private readonly Dictionary<UniqueAddress, TimeSpan> _lastHeard = [];
    private readonly Dictionary<string, HeardFact> _cards = [];
    private readonly HashSet<UniqueAddress> _quarantined = [];
    private TimeSpan _startedAt;
    private TimeSpan? _joinAskedAt, _leavingSince;
    private Address? _joinWith;
    private DowningTimer _timer = null!;
    private IslandWatch _islands = null!;
    private LeftOutWatch _leftOut = null!;
    private int _downRounds;

    public int Number => number;

    public UniqueAddress Node { get; private set; } = At(number, uid: 0);

    /// <summary>Null while it is in no cluster.</summary>
    public MembershipState? State { get; private set; }

    public bool IsRunning { get; private set; }

    /// <summary>Stopped, as by SIGSTOP: what is sent to it waits.</summary>
    public bool IsFrozen { get; set; }

    public TimeSpan ClockAhead { get; set; }

    /// <summary>Where the last start came from, for whoever reads a failure.</summary>
    public string Because { get; private set; } = "";

    /// <summary>False while the process is gone, or builds a new actor system.</summary>
    public bool HasSystem => IsRunning && cluster.Now >= _startedAt;

    public ReplicaId Replica => new(new Bytes16(0, (ulong)number + 1));

    private string Address => Node.Address.ToString();

    private bool IsMember => State?.SelfStatus is MemberStatus.Up or MemberStatus.WeaklyUp;

    private PeerFact Fact
    {
        get
        {
            var island = !IsMember ? [] : State!.Members.Except(State.Unreachable)
                .Where(member => member.Status is MemberStatus.Up or MemberStatus.WeaklyUp).Select(member => member.Address.ToString()).ToList();
            return new PeerFact(Replica, Address, SimulatedCluster.Id, island.Count, island.Min(StringComparer.Ordinal) ?? "");
        }
    }

    public static int NumberOf(Address address) => address.Port!.Value - FirstPort;

    public void Kill() => IsRunning = false;

    public void Start(string because = "started", TimeSpan after = default)
    {
        (Node, State, IsRunning, IsFrozen, Because) = (At(number, cluster.NextUid()), null, true, false, because);
        (_startedAt, _joinAskedAt, _leavingSince, _joinWith, _downRounds) = (cluster.Now + after, null, null, null, 0);
        (_timer, _islands, _leftOut) = (new DowningTimer(StableAfter, TimeSpan.Zero, _startedAt), IslandWatch.Start(IslandAfter), LeftOutWatch.Start(LeftOutAfter, AnswerCounts));
        _lastHeard.Clear();
        _cards.Clear();
        _quarantined.Clear();
    }

    /// <summary>Is stopped in order: it leaves, and ends when the leader has let it go or after a while.</summary>
    public void Leave()
    {
        _leavingSince ??= cluster.Now;
        if (State?.Gossip.Find(Node) is { } self && self.Status.MayBecome(MemberStatus.Leaving))
        {
            Change(State.Gossip.Replace([self.Copy(MemberStatus.Leaving)]));
        }
    }

    /// <summary>What a node does in a second.</summary>
    public void Live(int round)
    {
        if (cluster.Nodes.Any(other => other != this && cluster.Connects(this, other) && other._quarantined.Contains(Node)))
        {
            Restart("quarantined");
            return;
        }

        if (_leavingSince is { } since && (cluster.Now - since > LeaveWithin || State is null || State.SelfStatus == MemberStatus.Exiting))
        {
            Kill();
            return;
        }

        Greet(round);
        Decide();
        if (State is null || !HasSystem)
        {
            return;
        }

        Observe();
        Resolve();
        Lead();
        Gossip();
        if (State.SelfStatus == MemberStatus.Down && ++_downRounds > 1)
        {
            Restart("downed");
        }
    }

    public void Receive(SimulatedNode from, object message)
    {
        switch (message)
        {
            case Greeting { Standing: null } hello:
                Hear(hello);
                cluster.Send(this, from.Number, new Greeting(Fact, MemberStanding.Of(State?.SelfStatus ?? MemberStatus.Removed, State?.Members ?? [], hello.Fact.Address)));
                break;
            case Greeting answer:
                Hear(answer);
                _leftOut = _leftOut.Hear(answer.Fact.Address, answer.Standing!.Value, StayingAddresses(), cluster.Now);
                break;
            case Join join when State is { SelfStatus: var status } && !status.IsGoing(): LetIn(join); break;
            case Welcome welcome when State is null && welcome.From.Address == _joinWith && welcome.Gossip.Has(Node):
                Become(welcome.Gossip.SeenBy(Node));
                GossipTo(welcome.From);
                break;
            case GossipEnvelope envelope when State is not null: Receive(envelope); break;
            default: break;
        }
    }

    public override string ToString() => $"{Node} {(IsRunning ? Because : "killed")}, {ClockAhead.TotalDays} days ahead: {State?.Gossip}";

    private static UniqueAddress At(int number, int uid) => new(new Address("akka.tcp", "dfs", "host", FirstPort + number), uid);

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private void Restart(string because)
    {
        if (_leavingSince is null)
        {
            Start(because, Rebuild);
        }
        else
        {
            Kill();
        }
    }

    private void Greet(int round)
    {
        var members = IsMember ? MemberAddresses() : [];
        foreach (var other in cluster.Nodes.Where(other => other != this))
        {
            var rounds = !IsMember ? 1 : members.Contains(other.Address) || _islands.InSight.ContainsKey(other.Address) ? 2 : 5;
            if (round % rounds == 0)
            {
                cluster.Send(this, other.Number, new Greeting(Fact, null));
            }
        }
    }

    private void Hear(Greeting greeting) => _cards[greeting.Fact.Address] = new HeardFact(greeting.Fact, cluster.Now);

    private HashSet<string> MemberAddresses() => State is null ? [] : [.. State.Members.Select(member => member.Address.ToString())];

    private HashSet<string> StayingAddresses() => State is null ? [] : MemberStanding.StayingAddresses(State.Members.Except(State.Unreachable));

    private void Decide()
    {
        var fresh = _cards.Values.Where(heard => cluster.Now - heard.At <= (IsMember ? MemberFresh : StrangerFresh)).ToList();
        _islands = _islands.Look(Fact, MemberAddresses(), fresh, cluster.Now);
        if (_islands.IsSure || _leftOut.IsSure)
        {
            Restart(_islands.IsSure ? "larger island" : "left out");
            return;
        }

        var decision = JoinRule.Decide(Fact, isFirstSeed: false, [.. fresh.Select(heard => heard.Fact)], cluster.Layout, cluster.Now - _startedAt >= Settle);
        if (decision.Action == JoinAction.Wait || State is not null || cluster.Now - _joinAskedAt < Settle)
        {
            return;
        }

        _joinAskedAt = cluster.Now;
        if (decision.Action == JoinAction.Begin)
        {
            State = new MembershipState(Akka.Cluster.Gossip.Empty, Node);
            Change(State.Gossip.Add(Member.Joining(Node, [])));
            Lead();
        }
        else
        {
            _joinWith = Akka.Actor.Address.Parse(decision.Address);
            cluster.Send(this, NumberOf(_joinWith), new Join(Node, []));
        }
    }

    private void LetIn(Join join)
    {
        var gossip = State!.Gossip;
        var present = gossip.Members.FirstOrDefault(member => member.Address == join.Node.Address);
        if (present is not null && present.UniqueAddress != join.Node)
        {
            if (present.Status != MemberStatus.Down)
            {
                Change(gossip.With(gossip.Reachability.Observe(Node, present.UniqueAddress, ReachabilityStatus.Terminated)));
                Down(present);
            }

            return;
        }

        if (present is null)
        {
            Change(gossip.Add(Member.Joining(join.Node, [])));
        }

        cluster.Send(this, NumberOf(join.Node.Address), new Welcome(Node, State.Gossip));
    }

    private void Receive(GossipEnvelope envelope)
    {
        var reception = GossipReception.Decide(State!, envelope.From, envelope.To, envelope.Gossip);
        if (!reception.IsRefused)
        {
            Become(reception.Winner.SeenBy(Node));
            if (reception.AnswerSender)
            {
                GossipTo(envelope.From);
            }
        }
    }

    private void Observe()
    {
        var reachability = State!.Gossip.Reachability;
        foreach (var other in State.Members.Select(member => member.UniqueAddress).Where(other => other != Node))
        {
            if (cluster.Answers(this, other) || !_lastHeard.ContainsKey(other))
            {
                _lastHeard[other] = cluster.Now;
            }

            reachability = reachability.Observe(
                Node, other, cluster.Now - _lastHeard[other] <= Pause ? ReachabilityStatus.Reachable : ReachabilityStatus.Unreachable);
        }

        if (!ReferenceEquals(reachability, State.Gossip.Reachability))
        {
            Change(State.Gossip.With(reachability));
        }
    }

    private void Resolve()
    {
        var view = DowningView.Of(State!);
        if (!State!.IsLeader || State.SelfStatus == MemberStatus.Joining || view.Unreachable.IsEmpty || !_timer.IsStable(cluster.Now))
        {
            return;
        }

        var down = Strategy.NodesToDown(view, Strategy.Decide(view));
        foreach (var member in State.Members.Where(member => down.Contains(member.UniqueAddress)).OrderBy(member => member.UniqueAddress == Node).ToList())
        {
            Down(member);
        }

        if (!down.IsEmpty)
        {
            _timer = _timer.Restart(cluster.Now);
        }
    }

    private void Down(Member member)
    {
        if (State!.Gossip.StatusOf(member.UniqueAddress) != MemberStatus.Down)
        {
            Change(State.Gossip.MarkDown(State.Gossip.Find(member.UniqueAddress)!));
            GossipTo(member.UniqueAddress);
        }
    }

    private void Lead()
    {
        if (!State!.IsLeader)
        {
            return;
        }

        var plan = State.IsConverged(Nobody)
            ? LeaderActions.OnConvergence(State, Nobody, NoMinimum, (cluster.Now + ClockAhead).Ticks)
            : LeaderActions.WithoutConvergence(State, NoMinimum);
        if (!plan.IsEmpty)
        {
            Change(plan.Next);
        }
    }

    private void Gossip()
    {
        var targets = State!.Members.Select(member => member.UniqueAddress).Where(State.MayGossipTo).ToArray();
        if (targets.Length > 0)
        {
            GossipTo(cluster.OneOf(targets));
        }
    }

    private void GossipTo(UniqueAddress other)
    {
        if (State!.MayGossipTo(other))
        {
            cluster.Send(this, NumberOf(other.Address), new GossipEnvelope(Node, other, State.Gossip));
        }
    }

    private void Change(Gossip next) => Become(next.ChangedBy(Node, seen: true));

    private void Become(Gossip next)
    {
        _quarantined.UnionWith(State is null ? [] : State.Members.Where(member => member.Status == MemberStatus.Down && !next.Has(member.UniqueAddress)).Select(member => member.UniqueAddress));
        State = new MembershipState(next, Node);
        _timer = _timer.Observe(DowningView.Of(State), cluster.Now);
    }

    /// <summary>A greeting, or the answer to one.</summary>
    private sealed record Greeting(PeerFact Fact, AskerStanding? Standing);
}
