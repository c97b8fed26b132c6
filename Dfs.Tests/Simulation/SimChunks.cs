using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Tests.Simulation;

/// <summary>A directory's chunks with their pins, and its epochs; what it answers is durable, as the contract of the stores says.</summary>
internal sealed class SimChunks(BrokenRule broken)
{
    /// <summary>All that there are.</summary>
    public static readonly ChunkId[] All = [.. Enumerable.Range(0, Count).Select(Of)];

    /// <summary>So few that values share them: a chunk of a removed value comes to life again with another one.</summary>
    private const int Count = 5;

    private readonly Dictionary<ChunkId, Epoch> _pins = [];
    private (LayoutNumber Layout, ulong Start, Epoch First)? _raised;

    public Epoch Epoch { get; private set; } = Epoch.First;

    /// <summary>The chunk that a value refers to.</summary>
    public static ChunkId Of(int payload) =>
        new(new byte[32].Select((_, i) => i == 0 ? (byte)(50 * (payload % Count)) : (byte)0).ToArray());

    public bool Has(ChunkId chunk) => _pins.ContainsKey(chunk);

    /// <returns>Null when it is not here.</returns>
    public Epoch? PinOf(ChunkId chunk) => _pins.TryGetValue(chunk, out var pin) ? pin : null;

    /// <summary>It was found damaged, or it has no business here.</summary>
    public void Remove(ChunkId chunk) => _pins.Remove(chunk);

    public EpochFact Raise(Epoch epoch, LayoutNumber layout, ulong start)
    {
        var isHere = _raised is { } known && known.Layout == layout && known.Start == start;
        if (epoch.CompareTo(Epoch) > 0)
        {
            (Epoch, _raised) = (epoch, isHere ? _raised : (layout, start, epoch));
            isHere = true;
        }

        return new EpochFact(Epoch, isHere ? _raised!.Value.First : new Epoch(Epoch.Value + 1));
    }

    public void Put(ChunkId chunk, Epoch pin, LayoutNumber layout, ulong start)
    {
        Raise(pin, layout, start);
        _pins[chunk] = _pins.TryGetValue(chunk, out var known) && known.CompareTo(pin) > 0 ? known : pin;
    }

    public void Condemn(Epoch epoch, IReadOnlySet<ChunkId> live)
    {
        foreach (var (chunk, pin) in _pins.ToList())
        {
            if (!live.Contains(chunk) && (broken == BrokenRule.CollectsWithoutPin || !GarbageRule.IsProtected(pin, epoch)))
            {
                _pins.Remove(chunk);
            }
        }
    }
}

/// <summary>Places the chunk of a value on a majority of its replicas, as an upload does before it changes a head.</summary>
internal sealed class SimUpload(SimCluster cluster, SimNode node, int payload, Action<Epoch> onPlaced, Action onFailed)
{
    private const long Timeout = 150;

    private readonly HashSet<ReplicaId> _placed = [];
    private bool _hasEnded;

    public void Start()
    {
        if (node.Layout is not { } layout)
        {
            onFailed();
            return;
        }

        var (chunk, pin) = (SimChunks.Of(payload), node.Chunks.Epoch);
        var quorum = layout.ChunkQuorumOf(chunk.Partition);
        foreach (var replica in quorum.Replicas)
        {
            var target = cluster.Node(replica);
            cluster.World.Send(node.Number, target.Number, () => target.Place(chunk, pin, layout.Number, () =>
                cluster.World.Send(target.Number, node.Number, () => OnPlaced(replica, quorum, pin))));
        }

        cluster.World.After(Timeout, () => End(onFailed));
    }

    private void OnPlaced(ReplicaId replica, QuorumSet quorum, Epoch pin)
    {
        _placed.Add(replica);
        if (quorum.IsMet(_placed))
        {
            // The rest of the file takes its time: now and then so long that collections go by.
            End(() => cluster.World.After(cluster.World.Random.Next(cluster.World.Chance(70) ? 10 : 500), () => onPlaced(pin)));
        }
    }

    private void End(Action then)
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            then();
        }
    }
}
