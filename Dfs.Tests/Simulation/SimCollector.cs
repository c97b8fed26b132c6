using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Tests.Simulation;

/// <summary>Collections of garbage, one after the other, each begun by whatever node is up; with no trash.</summary>
internal sealed class SimCollector(SimCluster cluster)
{
    private SimWorld World => cluster.World;

    /// <summary>Collections in which every member took what was found.</summary>
    public int Completed { get; private set; }

    public void Start()
    {
        World.After(World.Random.Next(60, 250), Start);
        if (cluster.AnyUp() is { Layout: { IsJoint: false } layout } node)
        {
            Gather<EpochFact>(node, layout, (target, answer) => answer(target.Raise(default)), facts =>
                Raise(node, layout, GarbageRule.Begin([.. facts.Values])));
        }
    }

    private void Raise(SimNode node, Layout layout, Epoch epoch) =>
        Gather<EpochFact>(node, layout, (target, answer) => answer(target.Raise(epoch)), facts =>
        {
            if (GarbageRule.MayCondemn(epoch, [.. facts.Values]))
            {
                Mark(node, layout, epoch, new Queue<RowKey>(SimCluster.Keys), []);
            }
        });

    private void Mark(SimNode node, Layout layout, Epoch epoch, Queue<RowKey> keys, HashSet<ChunkId> live)
    {
        if (!keys.TryDequeue(out var key))
        {
            Gather<bool>(node, layout, (target, answer) =>
            {
                target.Chunks.Condemn(epoch, live);
                answer(true);
            }, _ => Completed++);
            return;
        }

        Read(node, layout, key, rows =>
        {
            if (cluster.Broken == BrokenRule.MarksWhatOneReplicaHas)
            {
                rows = rows.ToDictionary(row => row.Key, _ => rows.First().Value);
            }

            switch (RegisterVerdict.Of(layout, key, rows, cluster.ReplicaRules))
            {
                case RegisterVerdict.Unsettled: WriteAgain(node, key, epoch, value => Go(value)); break;
                case RegisterVerdict.Holds held: Go(held.Value); break;
                default: Mark(node, layout, epoch, keys, live); break;
            }
        });

        void Go(ReadOnlyMemory<byte> value)
        {
            if (SimValue.PayloadOf(value) is > 0 and var payload)
            {
                live.Add(SimChunks.Of(payload));
            }

            Mark(node, layout, epoch, keys, live);
        }
    }

    private void WriteAgain(SimNode node, RowKey key, Epoch epoch, Action<ReadOnlyMemory<byte>> onDone)
    {
        if (node.IsUp)
        {
            RegisterChange same = view => view.Value is { } value ? new WriteValue(value) : new RefuseChange("absent");
            node.Submit(cluster.Operation(key, null, same, epoch), outcome =>
            {
                if (outcome is ChangeDone done)
                {
                    onDone(done.Value);
                }
            });
        }
    }

    // One replica after the other, with time between: a collection does not see a moment.
    private void Read(SimNode node, Layout layout, RowKey key, Action<Dictionary<ReplicaId, RegisterRow>> onRows)
    {
        var rows = new Dictionary<ReplicaId, RegisterRow>();
        var replicas = layout.ReplicasOf(key.Partition);
        foreach (var replica in replicas)
        {
            World.After(World.Random.Next(60), () =>
            {
                if (node.IsUp)
                {
                    node.Ask(replica, new CatalogProtocol.Read(new(key, layout.Number, node.Chunks.Epoch)), reply =>
                    {
                        if (reply is CatalogProtocol.Current { State: var state } && rows.TryAdd(replica, RegisterRow.Absent(key) with
                        {
                            Accepted = state.Accepted,
                            Value = state.Value,
                            CounterFloor = state.CounterFloor,
                        }) && rows.Count == replicas.Count)
                        {
                            onRows(rows);
                        }
                    });
                }
            });
        }
    }

    /// <summary>Asks every member; goes on only when all have answered under the layout's number.</summary>
    private void Gather<T>(SimNode node, Layout layout, Action<SimNode, Action<T>> ask, Action<Dictionary<ReplicaId, T>> onAll)
    {
        var answers = new Dictionary<ReplicaId, T>();
        foreach (var target in layout.Members.Select(member => cluster.Node(member.Id)))
        {
            World.Send(node.Number, target.Number, () =>
            {
                if (target.IsUp && target.Layout?.Number == layout.Number)
                {
                    ask(target, answer => World.Send(target.Number, node.Number, () =>
                    {
                        if (node.IsUp && answers.TryAdd(target.Id, answer) && answers.Count == layout.Members.Length)
                        {
                            onAll(answers);
                        }
                    }));
                }
            });
        }
    }
}
