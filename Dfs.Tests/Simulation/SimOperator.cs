using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Simulation;

/// <summary>Replaces one replica by the spare, step by step, through whatever node is up; and looks after the rows.</summary>
internal sealed class SimOperator(SimCluster cluster, int replaced)
{
    private JointProgress? _progress;

    private SimWorld World => cluster.World;

    /// <summary>The highest layout that was decided.</summary>
    public Layout? Decided { get; private set; }

    public bool HasFinished => Decided is { IsJoint: false };

    public void StartReplacing() => World.After(0, Step);

    /// <summary>Anti-entropy and the sweep of tombstones, now and then.</summary>
    public void StartKeeping()
    {
        if (!World.IsCalm)
        {
            World.After(World.Random.Next(20, 60), StartKeeping);
        }

        if (cluster.AnyUp() is { Layout: { } layout } node)
        {
            var key = SimCluster.Keys[World.Random.Next(SimCluster.Keys.Length)];
            if (World.Chance(50))
            {
                Sweep(node, layout, key);
            }
            else
            {
                Compare(node, layout, key);
            }
        }
    }

    private void Step()
    {
        if (HasFinished)
        {
            return;
        }

        World.After(40, Step);
        var teacher = cluster.Nodes.FirstOrDefault(node => node.IsUp && node.Layout?.Number == Decided?.Number);
        if (Decided is not null && teacher is not null)
        {
            Publish(teacher, Decided);
        }

        // Nobody may have heard of what was decided: asking the council again finds it.
        if (Decided is null || teacher is null)
        {
            Propose(layout => layout.ReplaceStart(Members.Id(replaced), Members.Member(4, $"zone{replaced}")), 1);
        }
        else if (_progress!.MayFinish || cluster.Broken == BrokenRule.FinishesWithoutPull)
        {
            Propose(layout => layout.Finish(), 2);
        }
        else
        {
            PullAll(_progress.Joint);
        }
    }

    private void Propose(Func<Layout, Layout> next, ulong from)
    {
        if (cluster.AnyUp() is not { Layout: { } layout } node || layout.Number.Value != from)
        {
            return;
        }

        var key = CouncilRegisters.Layout(layout.Cluster, layout.Number.Next);
        node.Submit(
            cluster.Operation(key, null, view => view.Value is { } decided
                ? new RefuseChange(decided)
                : new WriteValue(next(layout).Encode())),
            outcome =>
            {
                var value = outcome switch
                {
                    ChangeDone done => done.Value,
                    ChangeRefused { Reason: ReadOnlyMemory<byte> decided } => decided,
                    _ => default,
                };
                if (Layout.TryDecode(value.Span, out var decidedLayout))
                {
                    Publish(node, decidedLayout);
                }
            });
    }

    private void Publish(SimNode from, Layout layout)
    {
        if (layout.Number.CompareTo(Decided?.Number ?? LayoutNumber.None) > 0)
        {
            World.Note($"decided: {layout}");
            Decided = layout;
            _progress = layout.IsJoint ? JointProgress.Start(layout).PlacedAll() : _progress;
        }

        foreach (var node in cluster.Nodes)
        {
            World.Send(from.Number, node.Number, () => node.Install(layout));
        }
    }

    private void PullAll(Layout joint)
    {
        foreach (var by in joint.Members.Select(member => cluster.Node(member.Id)))
        {
            foreach (var from in joint.OldMembers.Select(member => cluster.Node(member.Id)).Where(from => from != by))
            {
                World.Send(by.Number, from.Number, () => Pull(by, from, joint));
            }
        }
    }

    // The old replica answers under the joint number only, and only with what is durable.
    private void Pull(SimNode by, SimNode from, Layout joint)
    {
        if (!from.IsUp || from.Layout?.Number != joint.Number)
        {
            return;
        }

        var (rows, partitions) = (from.Rows.Heads, from.Rows.Partitions);
        from.Rows.Write(null, null, () => World.Send(from.Number, by.Number, () =>
        {
            if (by.IsUp && by.Layout?.Number == joint.Number)
            {
                TakeOver(by, rows, partitions, () => _progress = _progress!.PulledAll(by.Id, from.Id, joint.Number));
            }
        }));
    }

    private void TakeOver(
        SimNode by, IReadOnlyList<RegisterRow> rows, IReadOnlyList<PartitionRow> partitions, Action onDone)
    {
        var open = 1 + rows.Count + partitions.Count;
        foreach (var row in rows)
        {
            var (result, taken) = Adoption.Take(by.Rows.Rows(row.Key), row, false, true, SimValue.Rules);
            by.Rows.Write(taken, null, () =>
            {
                if (result == AdoptionResult.NeedsIdentityRound)
                {
                    RunIdentityRound(by, row.Key, Close);
                }
                else
                {
                    Close();
                }
            });
        }

        foreach (var row in partitions)
        {
            by.Rows.Write(null, Adoption.Take(by.Rows.Partition(row.Partition), row), Close);
        }

        Close();

        void Close()
        {
            if (--open == 0)
            {
                onDone();
            }
        }
    }

    private void RunIdentityRound(SimNode node, RowKey key, Action onDone)
    {
        if (node.IsUp)
        {
            node.Submit(cluster.Operation(key, null, null), outcome =>
            {
                if (outcome is ReadDone)
                {
                    onDone();
                }
            });
        }
    }

    private void Sweep(SimNode node, Layout layout, RowKey key) => AskAll(node, layout, key, answers =>
    {
        var ballot = TombstoneSweep.MayDrop(layout, key, answers, SimValue.Rules);
        if (cluster.Broken == BrokenRule.DropsTombstoneAtMajority && !layout.IsJoint)
        {
            ballot = answers.Values.Where(state => state.Accepted != Ballot.None && SimValue.Rules.IsTombstone(state.Value))
                .GroupBy(state => state.Accepted).Where(group => group.Count() >= 2)
                .Select(group => (Ballot?)group.Key).FirstOrDefault();
        }

        if (ballot is { } tombstone)
        {
            var drop = new CatalogProtocol.Drop(new(key, layout.Number, Epoch.First), tombstone);
            layout.ReplicasOf(key.Partition).ToList().ForEach(replica => node.Ask(replica, drop, _ => { }));
        }
    });

    private void Compare(SimNode node, Layout layout, RowKey key) => AskAll(node, layout, key, answers =>
    {
        if (!node.IsUp || answers.Count == 0 || node.Layout?.Number != layout.Number
            || !layout.ReplicasOf(key.Partition).Contains(node.Id))
        {
            return;
        }

        var highest = answers.Values.MaxBy(state => state.Accepted)!;
        var holders = answers.Where(answer => answer.Value.Accepted == highest.Accepted).Select(a => a.Key).ToHashSet();
        var isChosen = layout.QuorumOf(key.Partition).IsMet(holders);
        var pulled = RegisterRow.Absent(key) with
        {
            Accepted = highest.Accepted,
            Value = highest.Value,
            CounterFloor = highest.CounterFloor,
        };
        var (result, row) = Adoption.Take(node.Rows.Rows(key), pulled, isChosen, false, SimValue.Rules);
        node.Rows.Write(row, null, () => { });
        if (result == AdoptionResult.NeedsIdentityRound)
        {
            RunIdentityRound(node, key, () => { });
        }
    });

    private void AskAll(SimNode node, Layout layout, RowKey key, Action<Dictionary<ReplicaId, RegisterState>> onAnswers)
    {
        var answers = new Dictionary<ReplicaId, RegisterState>();
        foreach (var replica in layout.ReplicasOf(key.Partition))
        {
            node.Ask(replica, new CatalogProtocol.Read(new(key, layout.Number, Epoch.First)), reply =>
            {
                if (reply is CatalogProtocol.Current current)
                {
                    answers[replica] = current.State;
                }
            });
        }

        World.After(40, () => onAnswers(answers));
    }
}
