using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Simulation;

/// <summary>Every node's <see cref="SimKeeper"/>, and a person who asks nodes to leave and says which are lost.</summary>
internal sealed class SimKeepers
{
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(60), Patience = TimeSpan.FromMilliseconds(300);

    private readonly SimCluster _cluster;
    private readonly SimKeeper[] _keepers;
    private readonly HashSet<ReplicaId> _gone = [];

    /// <param name="victim">Whose name node 4 has in some runs, as if it were the same machine with an empty disk; it may be alive.</param>
    public SimKeepers(SimCluster cluster, SimOperator layouts, int victim)
    {
        _cluster = cluster;

        // In some runs so impatient that members are left out that are cut off, or slow.
        var policy = new LayoutPolicy(true, Settle, 16, Patience, World.Chance(30) ? TimeSpan.FromMilliseconds(700) : TimeSpan.FromDays(1));
        var takesPlace = World.Chance(40);
        _keepers = [.. cluster.Nodes.Select(node => new SimKeeper(
            cluster, layouts, node, takesPlace && node.Number == 4 ? Members.Member(4) with { Name = Members.Member(victim).Name } : Members.Member(node.Number), policy, _gone))];
    }

    /// <summary>Null when everyone has the newest layout, and whoever may propose would leave it as it is.</summary>
    public string? Unrest => _keepers.Select(keeper => keeper.Unrest).FirstOrDefault(unrest => unrest is not null);

    private SimWorld World => _cluster.World;

    /// <summary>The spares come when they come; now and then a node is asked to leave, or to stay after all.</summary>
    public void Start()
    {
        foreach (var spare in _cluster.Nodes.Skip(SimCluster.FirstLayout.Members.Length))
        {
            spare.Crash();
            World.After(World.Random.Next(1_500), spare.Restart);
        }

        Array.ForEach(_keepers, keeper => keeper.Run(_keepers));
        World.After(World.Random.Next(300, 1_500), Ask);
    }

    public void SayGone(SimNode node)
    {
        World.Note($"node {node.Number} is said to be gone");
        _gone.Add(node.Id);
    }

    private void Ask()
    {
        if (World.IsCalm)
        {
            return;
        }

        World.After(World.Random.Next(300, 1_500), Ask);
        var number = World.Random.Next(_keepers.Length);
        if (World.Chance(40))
        {
            _keepers[World.Random.Next(_keepers.Length)].Remove(_cluster.Nodes[number].Id);
            return;
        }

        var isLeaving = _keepers[number].IsLeaving = !_keepers[number].IsLeaving;
        World.Note($"node {number + 1} is asked to {(isLeaving ? "leave" : "stay")}");
    }
}
