using Akka.Cluster;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

/// <summary>
/// Nodes that gossip, join, observe, lead and down as the daemon does, over a network that loses, delays and reorders, with clocks
/// that are days to years apart. Whoever is killed comes back under another uid.
/// </summary>
/// <remarks>
/// Nobody is downed but who is dead and not cut off: which half of a partition goes on is another question, see <see cref="DowningStrategyTests"/>.
/// And a node starts anew by the rules of whoever uses the engine here, docs/design/membership.md: left out, or on a smaller island.
/// </remarks>
internal sealed class GossipCluster
{
    private const long LeftOutMax = 15 * TimeSpan.TicksPerSecond, IslandMax = 5 * TimeSpan.TicksPerSecond;

    private readonly Random _random;
    private readonly Slot[] _slots;
    private readonly List<GossipEnvelope> _onTheWay = [];
    private HashSet<(int, int)> _cuts = [];
    private long _now;
    private int _lastUid;

    public GossipCluster(int seed, int nodes)
    {
        _random = new Random(seed);
        _slots = [.. Enumerable.Range(0, nodes).Select(number => new Slot(number))];
        Array.ForEach(_slots, Start);
        First.State = new MembershipState(Gossip.Empty.Add(Member.Joining(First.Node, [])).ChangedBy(First.Node, seen: true), First.Node);
    }

    public int Removals { get; private set; }

    private Slot First => _slots[0];

    /// <summary>Kills, starts, cuts, set clocks, and what nodes do meanwhile.</summary>
    public void Disturb(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            _now += TimeSpan.TicksPerSecond;
            var slot = _slots[_random.Next(_slots.Length)];
            switch (_random.Next(40))
            {
                case 0 when slot.IsAlive && _slots.Count(IsUp) > (IsUp(slot) ? 1 : 0): slot.IsAlive = false; break;
                case 1 or 2 when !slot.IsAlive: Start(slot); break;
                case 3: _cuts.Add((slot.Number, _random.Next(_slots.Length))); break;
                case 4 or 5: _cuts.Clear(); break;
                case 6: slot.ClockAhead = TimeSpan.FromDays(_random.Next(-800, 800)); break;
                case < 25: Act(slot); break;
                default: Deliver(mayLose: true); break;
            }
        }
    }

    /// <summary>Nothing goes wrong any more: within so many rounds all are members that are up, and have the same.</summary>
    public bool ComesToRest(int rounds)
    {
        _cuts = [];
        foreach (var slot in _slots.Where(slot => !slot.IsAlive))
        {
            Start(slot);
        }

        for (var round = 0; round < rounds; round++)
        {
            _now += TimeSpan.TicksPerSecond;
            Array.ForEach(_slots, Act);
            // What there is to say is said in a few messages each; nodes that go on for ever are not at rest.
            var enough = 20 * (_onTheWay.Count + _slots.Length);
            for (var delivered = 0; _onTheWay.Count > 0; delivered++)
            {
                if (delivered > enough)
                {
                    return false;
                }

                Deliver(mayLose: false);
            }
        }

        return First.State is { Gossip: var first } && _slots.All(slot => slot.State is { } state
            && _slots.All(other => state.Gossip.StatusOf(other.Node) == MemberStatus.Up)
            && state.Members.Count == _slots.Length
            && state.Gossip.Version.CompareTo(first.Version) == ClockOrder.Same
            && state.Gossip.Tombstones.SequenceEqual(first.Tombstones));
    }

    public override string ToString() => string.Join('\n', _slots.Select(slot => $"{slot.Node}, {slot.ClockAhead.TotalDays} days ahead: {slot.State?.Gossip}"));

    private static bool IsUp(Slot slot) => slot is { IsAlive: true, State.SelfStatus: MemberStatus.Up };

    private bool IsReached(Slot from, Slot to) => to.IsAlive && !IsCut(from.Number, to.Number);

    private bool IsCut(int one, int other) => _cuts.Contains((one, other)) || _cuts.Contains((other, one));

    private void Start(Slot slot) => (slot.Node, slot.State, slot.IsAlive) = (Node(slot.Number, ++_lastUid), null, true);

    private void Act(Slot slot)
    {
        if (!slot.IsAlive)
        {
            return;
        }

        if (!slot.IsMember)
        {
            var door = _slots[_random.Next(_slots.Length)];
            if (door.IsMember && IsReached(slot, door))
            {
                Join(slot, door);
            }

            return;
        }

        if (IsLeftOut(slot) || IsOnSmallerIsland(slot))
        {
            Start(slot);
            return;
        }

        Observe(slot);
        Down(slot);
        Lead(slot);
        var targets = slot.State!.Members.Select(member => member.UniqueAddress).Where(slot.State.MayGossipTo).ToList();
        if (targets.Count > 0)
        {
            Tell(slot, targets[_random.Next(targets.Count)]);
        }
    }

    /// <summary>Members that it counts do not count it: whoever let it in has died before it said so.</summary>
    private bool IsLeftOut(Slot slot)
    {
        var state = slot.State!;
        var asked = _slots.Where(other => IsUp(other) && IsReached(slot, other) && state.Gossip.Has(other.Node) && state.MayGossipTo(other.Node)).ToList();
        // A split brain resolver downs itself where none of those who could let it in is there any more.
        var isHopeless = !state.SelfStatus.IsFull() && !state.Members.Any(member => member.Status.IsFull() && state.MayGossipTo(member.UniqueAddress));
        if (!isHopeless && (asked.Count == 0 || asked.Exists(other => Counts(other, slot))))
        {
            slot.CountedAt = _now;
        }

        return _now - slot.CountedAt > LeftOutMax;
    }

    private bool IsOnSmallerIsland(Slot slot)
    {
        if (!_slots.Any(other => IsUp(other) && IsReached(slot, other) && !Counts(slot, other) && Island(other).CompareTo(Island(slot)) > 0))
        {
            slot.LargestAt = _now;
        }

        return _now - slot.LargestAt > IslandMax;
    }

    private static (int Size, int Lowest) Island(Slot slot)
    {
        var up = slot.State!.Members.Except(slot.State.Unreachable).Where(member => member.Status is MemberStatus.Up or MemberStatus.WeaklyUp).ToList();
        return up.Count == 0 ? (0, 0) : (up.Count, -up.Min(NumberOf));
    }

    private static bool Counts(Slot slot, Slot other) => slot.State!.Members.Any(member => NumberOf(member) == other.Number);

    private static void Change(Slot slot, Gossip next) => slot.State = new MembershipState(next.ChangedBy(slot.Node, seen: true), slot.Node);

    private void Join(Slot slot, Slot door)
    {
        var gossip = door.State!.Gossip;
        var present = gossip.Members.FirstOrDefault(member => member.Address == slot.Node.Address);
        if (present is { } old && old.UniqueAddress != slot.Node)
        {
            if (old.Status != MemberStatus.Down)
            {
                Change(door, gossip.With(gossip.Reachability.Observe(door.Node, old.UniqueAddress, ReachabilityStatus.Terminated)));
                Change(door, door.State!.Gossip.MarkDown(old));
            }

            return;
        }

        if (present is null)
        {
            Change(door, gossip.Add(Member.Joining(slot.Node, [])));
        }

        slot.State = new MembershipState(door.State!.Gossip.SeenBy(slot.Node), slot.Node);
        (slot.CountedAt, slot.LargestAt) = (_now, _now);
    }

    private void Observe(Slot slot)
    {
        var gossip = slot.State!.Gossip;
        var reachability = gossip.Members.Select(member => member.UniqueAddress).Where(node => node != slot.Node).Aggregate(
            gossip.Reachability,
            (all, node) => all.Observe(slot.Node, node, Holder(node) is { } other && IsReached(slot, other) ? ReachabilityStatus.Reachable : ReachabilityStatus.Unreachable));
        if (!ReferenceEquals(reachability, gossip.Reachability))
        {
            Change(slot, gossip.With(reachability));
        }
    }

    private void Down(Slot slot)
    {
        foreach (var member in slot.State!.IsLeader && slot.State.SelfStatus.IsFull() ? slot.State.Unreachable.ToList() : [])
        {
            if (!IsCut(slot.Number, NumberOf(member)) && Holder(member.UniqueAddress) is not { IsAlive: true } && member.Status.MayBecome(MemberStatus.Down))
            {
                Change(slot, slot.State!.Gossip.MarkDown(member));
            }
        }
    }

    private void Lead(Slot slot)
    {
        if (!slot.State!.IsLeader)
        {
            return;
        }

        var plan = slot.State.IsConverged(Nobody)
            ? LeaderActions.OnConvergence(slot.State, Nobody, NoMinimum, _now + slot.ClockAhead.Ticks)
            : LeaderActions.WithoutConvergence(slot.State, NoMinimum);
        if (!plan.IsEmpty)
        {
            Removals += plan.Removed.Count;
            Change(slot, plan.Next);
        }
    }

    private void Tell(Slot slot, UniqueAddress to)
    {
        if (slot.State!.MayGossipTo(to))
        {
            _onTheWay.Add(new GossipEnvelope(slot.Node, to, slot.State.Gossip));
        }
    }

    private void Deliver(bool mayLose)
    {
        if (_onTheWay.Count == 0)
        {
            return;
        }

        var index = _random.Next(_onTheWay.Count);
        var envelope = _onTheWay[index];
        _onTheWay.RemoveAt(index);
        if ((mayLose && _random.Next(5) == 0)
            || Holder(envelope.From) is not { } from || Holder(envelope.To) is not { IsAlive: true, State: { } state } to || !IsReached(from, to))
        {
            return;
        }

        var reception = GossipReception.Decide(state, envelope.From, envelope.To, envelope.Gossip);
        if (reception.IsRefused)
        {
            return;
        }

        to.State = new MembershipState(reception.Winner.SeenBy(to.Node), to.Node);
        if (reception.AnswerSender)
        {
            Tell(to, envelope.From);
        }
    }

    private static int NumberOf(Member member) => member.Address.Port!.Value - Node(0).Address.Port!.Value;

    private Slot? Holder(UniqueAddress node) => _slots.FirstOrDefault(slot => slot.Node == node);

    private sealed class Slot(int number)
    {
        public int Number => number;

        public UniqueAddress Node { get; set; } = Node(number);

        /// <summary>Null while it is in no cluster.</summary>
        public MembershipState? State { get; set; }

        public bool IsAlive { get; set; }

        public long CountedAt { get; set; }

        public long LargestAt { get; set; }

        public bool IsMember => State is not null;

        public TimeSpan ClockAhead { get; set; }
    }
}
