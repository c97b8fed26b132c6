using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Tests.Simulation;

/// <summary>Copies of chunks: who is to have one and has none fetches it, and who has one that is no longer its own lets it go.</summary>
internal sealed class SimRepair(SimCluster cluster)
{
    /// <summary>In a third of the runs nothing is fetched before the faults have been over for a while, as when a person has paused repair: what is deleted meanwhile does not come again.</summary>
    private bool _isPaused = cluster.World.Seed % 3 == 1 || cluster.Broken == BrokenRule.DeletesStraysUnasked;

    private int _calmLooks;

    private SimWorld World => cluster.World;

    /// <summary>Now and then one look at one chunk; when the faults are over, at all of them.</summary>
    public void Start()
    {
        World.After(World.IsCalm ? 400 : World.Random.Next(20, 60), Start);
        if (World.IsCalm)
        {
            _isPaused &= ++_calmLooks <= 3;
            foreach (var node in cluster.Nodes)
            {
                SimChunks.All.ToList().ForEach(chunk => Look(node, chunk));
            }
        }
        else if (cluster.AnyUp() is { } node)
        {
            Look(node, SimChunks.All[World.Random.Next(SimChunks.All.Length)]);
        }
    }

    private void Look(SimNode node, ChunkId chunk)
    {
        if (node is not { IsUp: true, Layout: { } layout })
        {
            return;
        }

        if (!node.Chunks.Has(chunk))
        {
            if (!_isPaused && layout.ChunkReplicasOf(chunk.Partition).Contains(node.Id))
            {
                Fetch(node, layout, chunk);
            }
        }
        else if (StrayRule.IsStray(layout, node.Id, chunk.Partition))
        {
            AskWhoHas(node, layout, chunk);
        }
    }

    // With the pin of the copy that it is made of: garbage does not become young by being repaired.
    private void Fetch(SimNode node, Layout layout, ChunkId chunk)
    {
        foreach (var from in cluster.Nodes.Where(other => other != node && (World.IsCalm || World.Chance(50))))
        {
            World.Send(node.Number, from.Number, () =>
            {
                if (from.IsUp && from.Layout?.Number == layout.Number && from.Chunks.PinOf(chunk) is { } pin)
                {
                    World.Send(from.Number, node.Number, () => node.Place(chunk, pin, layout.Number, () => { }));
                }
            });
        }
    }

    // Each for itself, and under the layout's number: by another one it may not be the chunk's any more. With a pin of now: theirs may be
    // old copies that are garbage to the next collection, while this one belongs to an upload that is under way.
    private void AskWhoHas(SimNode node, Layout layout, ChunkId chunk)
    {
        var confirmed = new HashSet<ReplicaId>();
        var pin = node.Chunks.Epoch;
        foreach (var replica in layout.ChunkReplicasOf(chunk.Partition).Select(cluster.Node))
        {
            World.Send(node.Number, replica.Number, () =>
            {
                if (replica.Chunks.Has(chunk))
                {
                    replica.Place(chunk, pin, layout.Number, () => World.Send(replica.Number, node.Number, () => confirmed.Add(replica.Id)));
                }
            });
        }

        World.After(40, () =>
        {
            var mayGo = cluster.Broken == BrokenRule.DeletesStraysUnasked || StrayRule.MayDelete(layout, node.Id, chunk.Partition, confirmed);
            if (mayGo && node.IsUp && node.Layout?.Number == layout.Number)
            {
                node.Chunks.Remove(chunk);
            }
        });
    }
}
