using Dfs.Actors.Membership;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Simulation;

/// <summary>What one node has heard of the others, and the layouts that it proposes by that: beside those of whoever has heard something else.</summary>
/// <param name="self">As it stands in a layout.</param>
/// <param name="gone">Whom a person has called lost; everyone hears of it.</param>
internal sealed class SimKeeper(SimCluster cluster, SimOperator layouts, SimNode node, LayoutMember self, LayoutPolicy policy, IReadOnlySet<ReplicaId> gone)
{
    /// <summary>A greeting counts for so long, in milliseconds: some four of them may be lost.</summary>
    private const long HereFor = 120;

    private const long Round = 30, CalmRound = 90;

    private readonly Dictionary<ReplicaId, (Greeting Last, long At)> _heard = [];
    private PresenceClock _presence = new();
    private ulong _life;
    private bool _isDeciding;

    /// <summary>Someone asked the node to give its data away; it keeps that on its disk.</summary>
    public bool IsLeaving { get; set; }

    private int Number => node.Number;

    private SimWorld World => cluster.World;

    private TimeSpan Clock => TimeSpan.FromMilliseconds(World.Now);

    /// <summary>Null when it has the newest layout and would leave it as it is; else what it lacks, or would propose.</summary>
    public string? Unrest => !node.IsUp ? null
        : node.Layout is not { } layout || layout.Number != layouts.Known.Number ? $"node {Number} has {node.Layout} and not {layouts.Known}"
        : Acts(layout) && Thought(layout) is { } next ? $"node {Number} would make {next} of {layout}: {string.Join(' ', next.Members.Select(member => member.Name))}"
        : null;

    /// <summary>Round after round: greets, asks for what is to be its own, and proposes.</summary>
    /// <param name="all">With itself.</param>
    public void Run(IReadOnlyCollection<SimKeeper> all)
    {
        World.After(World.IsCalm ? CalmRound : Round, () => Run(all));
        if (!node.IsUp)
        {
            return;
        }

        if (_life != node.Start)
        {
            (_life, _presence, _isDeciding) = (node.Start, new PresenceClock(), false);
            _heard.Clear();
        }

        Greet(all);
        if (node.Layout is not { } layout)
        {
            return;
        }

        _presence.See(Directories(layout).Select(member => (member.Id, IsHere(member.Id))), Clock);
        if (layout.IsJoint && layout.Members.Any(member => member.Id == node.Id))
        {
            layouts.PullAll(node, layout);
        }

        if (!_isDeciding && Acts(layout) && Thought(layout) is { } next)
        {
            Decide(layout, next);
        }
    }

    /// <summary>A person says at this node that a member is gone for good; refused while it answers here, though it may be cut off and nothing more.</summary>
    public void Remove(ReplicaId member)
    {
        if (node is { IsUp: true, Layout: { IsJoint: false } layout } && layout.Find(node.Id) is not null && layout.Find(member) is not null && !IsHere(member))
        {
            var facts = Facts(layout).Select(fact => fact.Member.Id == member ? fact with { IsGone = true } : fact);
            if (SimLayouts.Decide(layout, [.. facts], policy) is { } next && next.Members.All(other => other.Id != member))
            {
                World.Note($"node {Number} is told that {layout.Find(member)!.Name} is gone");
                Decide(layout, next);
            }
        }
    }

    private void Greet(IReadOnlyCollection<SimKeeper> all)
    {
        var greeting = new Greeting(self, node.Layout?.Number ?? LayoutNumber.None, IsLeaving);
        foreach (var other in all)
        {
            World.Send(node.Number, other.Number, () => other.Hear(node, greeting));
        }
    }

    private void Hear(SimNode from, Greeting greeting)
    {
        if (!node.IsUp)
        {
            return;
        }

        _heard[greeting.Member.Id] = (greeting, World.Now);
        if (node.Layout is { } layout && layout.Number.CompareTo(greeting.Knows) > 0)
        {
            var epoch = node.Chunks.Epoch;
            World.Send(node.Number, from.Number, () => from.Install(layout, epoch));
        }
    }

    private void Decide(Layout layout, Layout next)
    {
        if (cluster.Broken == BrokenRule.DecidesAlone)
        {
            layouts.Publish(node, next);
            return;
        }

        (_isDeciding, var life) = (true, _life);
        layouts.Propose(node, layout, next, () => _isDeciding &= life != _life);
    }

    // What the product does at each of its rounds: Dfs.Actors/Membership/LayoutKeeper.cs.
    private Layout? Thought(Layout layout) => layout.IsJoint && layouts.MayFinish(layout)
        ? SimLayouts.Finish(layout)
        : SimLayouts.Decide(layout, Facts(layout), policy);

    private bool Acts(Layout layout) =>
        layout.Members.Where(member => IsHere(member.Id)).Select(member => member.Id).Order().FirstOrDefault() == node.Id;

    private List<LayoutMember> Directories(Layout layout) =>
    [
        .. _heard.Values.Select(heard => heard.Last.Member).OrderBy(member => member.Id),
        .. layout.Everyone.Where(member => !_heard.ContainsKey(member.Id)),
    ];

    private List<DirectoryFact> Facts(Layout layout) => [.. Directories(layout).Select(member => FactOf(member, layout))];

    private DirectoryFact FactOf(LayoutMember member, Layout layout)
    {
        var last = _heard.TryGetValue(member.Id, out var heard) ? heard.Last : new Greeting(member, LayoutNumber.None, false);
        return new(last.Member, IsHere(member.Id), member.Id == node.Id ? layout.Number : last.Knows, _presence.For(member.Id, Clock))
        {
            IsLeaving = last.IsLeaving,
            IsGone = gone.Contains(member.Id),
        };
    }

    private bool IsHere(ReplicaId id) => id == node.Id || (_heard.TryGetValue(id, out var heard) && World.Now - heard.At <= HereFor);

    /// <param name="Knows">The layout that its node has made durable.</param>
    private sealed record Greeting(LayoutMember Member, LayoutNumber Knows, bool IsLeaving);
}
