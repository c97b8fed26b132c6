using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Simulation;

/// <summary>Three replicas and two spares that come in, leave and take places under load; clients; faults; a history.</summary>
internal sealed class SimCluster
{
    public const int NodesMax = 5;

    /// <summary>What a broken shortcut takes an absent register's value to be: nothing, of counter 0.</summary>
    public static readonly ReadOnlyMemory<byte> Nothing = new byte[12];

    /// <summary>Two in one partition, one elsewhere.</summary>
    public static readonly RowKey[] Keys = [.. new byte[] { 1, 2, 200 }.Select(first =>
        new RowKey(false, new RegisterId(new byte[32].Select((_, i) => i == 0 ? first : (byte)0).ToArray())))];

    public static readonly Layout FirstLayout = Members.First(3);
    private readonly SimNode[] _nodes;
    private readonly Dictionary<LayoutNumber, Layout> _layouts = [];
    private long _number;

    public SimCluster(SimWorld world, BrokenRule broken)
    {
        (World, Broken) = (world, broken);
        // Counters are a second fence against what was removed; half of the runs, and those that ask for the first, do without.
        HasCounters = broken is not (BrokenRule.KeepsRowsOnLeaving or BrokenRule.GivesToWhoDoesNotKnow) && (world.Chance(50) || broken == BrokenRule.ForgetsCounters);
        ReplicaRules = HasCounters ? SimValue.Rules : SimValue.Rules with { Counter = _ => 0 };
        Rules = broken == BrokenRule.RepeatsLostOperations
            ? ReplicaRules with { Operations = _ => [], OperationsKept = 1 }
            : ReplicaRules;
        HasChunks = IsOfGarbage(broken) || (broken == BrokenRule.None && world.Chance(50));
        _nodes = [.. Enumerable.Range(1, NodesMax).Select(number =>
            new SimNode(this, number, Members.Id(number), number <= 3 ? FirstLayout : null))];
    }

    public static bool IsOfGarbage(BrokenRule broken) => broken is BrokenRule.CollectsWithoutPin or BrokenRule.AcceptsOldEpochs
        or BrokenRule.MarksWhatOneReplicaHas or BrokenRule.DeletesStraysUnasked;

    public SimWorld World { get; }

    public BrokenRule Broken { get; }

    public bool HasCounters { get; }

    /// <summary>The first time that a node was shown less than it had seen, told; null while none was.</summary>
    public string? WentBack { get; private set; }

    /// <summary>A proposer's.</summary>
    public ValueRules Rules { get; }

    public ValueRules ReplicaRules { get; }

    public IReadOnlyList<SimNode> Nodes => _nodes;

    /// <summary>Holds what a node was shown against what it had seen before it asked, as the catalog's clients do.</summary>
    public void Hold(SimNode node, RowKey key, ulong seen, RegisterView shown) =>
        WentBack ??= HasCounters && Core.Catalog.WentBack.Of(seen, shown, SimValue.Rules.Counter) is { } back ? $"at {World.Now} node {node.Number} is shown {key.Register}: {back}" : null;

    /// <summary>Two layouts under one number, told; null while every node that has one has the same.</summary>
    public string? TwoLayouts { get; private set; }

    /// <summary>A node takes a layout for decided.</summary>
    public void Hold(SimNode node, Layout layout)
    {
        if (!_layouts.TryAdd(layout.Number, layout) && _layouts[layout.Number] is var other && other != layout && !SimLayouts.Encode(other).AsSpan().SequenceEqual(SimLayouts.Encode(layout)))
        {
            TwoLayouts ??= $"at {World.Now} node {node.Number} takes {layout} for decided, and {other} has its number";
        }
    }

    public long NextNumber() => ++_number;

    public OperationId NextOperationId() => new(new Bytes16(0, (ulong)NextNumber()));

    public SimNode Node(ReplicaId id) => _nodes.Single(node => node.Id == id);

    /// <summary>A node that clients can reach; null when all are down.</summary>
    public SimNode? AnyUp()
    {
        var up = _nodes.Where(node => node is { IsUp: true, Layout: not null }).ToList();
        return up.Count == 0 ? null : up[World.Random.Next(up.Count)];
    }

    public RegisterOperation Operation(RowKey key, OperationId? id, RegisterChange? change, Epoch epoch) => new(
        key, id, change, (PartitionClaim)World.Random.Next(3), epoch, (uint)World.Random.Next());

    /// <summary>In a third of the runs: what is promised ahead hides some of what broken rules do.</summary>
    public bool ClaimsAhead => World.Seed % 3 == 0;

    /// <summary>What a node may ask for beside its clients' operations, whenever it likes.</summary>
    public RegisterOperation ClaimAhead(PartitionId partition) => new(
        RowKey.OfClaim(partition), null, null, PartitionClaim.Ahead, Epoch.First, (uint)World.Random.Next());

    /// <summary>Values refer to chunks, and garbage is collected.</summary>
    public bool HasChunks { get; }

    /// <summary>Whether a copy of the chunk is left somewhere.</summary>
    /// <param name="isLost">A node whose disk nobody will see again.</param>
    public bool IsHeld(ChunkId chunk, Func<SimNode, bool> isLost) => _nodes.Any(node => !isLost(node) && node.Chunks.Has(chunk));
}
