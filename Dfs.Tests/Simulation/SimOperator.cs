using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Tests.Simulation;

/// <summary>Changes the layout step by step, through whatever node is up; and looks after the rows.</summary>
/// <param name="wishes">Each makes a joint layout of a single one; one after the other.</param>
/// <param name="again">Aims the first change elsewhere while it is under way; null does not.</param>
internal sealed class SimOperator(
    SimCluster cluster, IReadOnlyList<Func<Layout, Layout>> wishes, Func<Layout, Layout>? again)
{
    private readonly HashSet<LayoutNumber> _ready = [];
    private JointProgress? _progress;
    private int _done;
    private long _nextChange;
    private bool _isAimedAgain;

    private SimWorld World => cluster.World;

    /// <summary>The highest layout that was decided.</summary>
    public Layout Decided { get; private set; } = SimCluster.FirstLayout;

    /// <summary>The highest that somebody has who is up: who has heard of a later one may be lost, and nobody hears of it until somebody proposes again.</summary>
    public Layout Known => cluster.Nodes.Where(node => node.IsUp).Select(node => node.Layout).OfType<Layout>().MaxBy(layout => layout.Number) ?? Decided;

    /// <summary>The first change that moved more than it had to, told; null while none did.</summary>
    public string? MovedTooMuch { get; private set; }

    public bool HasFinished => !Decided.IsJoint && _done >= wishes.Count;

    public void StartChanging() => World.After(0, Step);

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
            else if (node.Rows.Kept.Count > 0 && World.Chance(50))
            {
                SettleKept(node, layout, node.Rows.Kept[World.Random.Next(node.Rows.Kept.Count)]);
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
        var teacher = cluster.Nodes.FirstOrDefault(node => node.IsUp && node.Layout?.Number == Decided.Number);
        if (teacher is not null)
        {
            Publish(teacher, Decided);
        }

        if (teacher is null || !Decided.IsJoint)
        {
            if (teacher is null || World.Now >= _nextChange)
            {
                Propose(wishes[_done]);
            }
        }
        else if (_progress!.MayFinish || cluster.Broken == BrokenRule.FinishesWithoutPull)
        {
            Propose(SimLayouts.Finish);
        }
        else if (again is not null && !_isAimedAgain && World.Chance(40))
        {
            Propose(again);
        }
        else
        {
            _progress.Joint.Members.ToList().ForEach(member => PullAll(cluster.Node(member.Id), _progress.Joint));
        }
    }

    private void Propose(Func<Layout, Layout> make)
    {
        // Who is in no layout has not heard of the epochs since it left, and would bring newcomers its own.
        if (cluster.AnyUp() is not { Layout: { } layout } node || layout.Members.All(member => member.Id != node.Id) || (layout.Number != Decided.Number && layout.Number.Next != Decided.Number))
        {
            return;
        }

        // Nobody may have heard of what was decided: asking the council again, under the number before, finds it.
        var isKnown = layout.Number == Decided.Number;
        var next = isKnown ? WithSlots(make(layout), layout) : layout.IsJoint ? SimLayouts.Finish(layout) : SimLayouts.Change(layout, layout.Members);
        if (isKnown && next.IsJoint && !SimLayouts.GainersOf(next).All(gainer => MayBeGiven(cluster.Node(gainer), layout)))
        {
            return;
        }

        Propose(node, layout, next, () => { });
    }

    /// <summary>Asks the council for it, and tells everyone what was decided.</summary>
    /// <param name="onAnswer">When the node knows, or knows that it will not.</param>
    public void Propose(SimNode node, Layout layout, Layout next, Action onAnswer)
    {
        var key = CouncilRegisters.Layout(layout.Cluster, layout.Number.Next);
        node.Submit(
            cluster.Operation(key, null, view => view.Value is { } decided
                ? new RefuseChange(decided)
                : new WriteValue(SimLayouts.Encode(next)), Epoch.First),
            outcome =>
            {
                onAnswer();
                var value = outcome switch
                {
                    ChangeDone done => done.Value,
                    ChangeRefused { Reason: ReadOnlyMemory<byte> decided } => decided,
                    _ => default,
                };
                if (SimLayouts.Decode(value.Span) is { } layoutDecided)
                {
                    cluster.Hold(node, layoutDecided);
                    Publish(node, layoutDecided);
                }
            });
    }

    private Layout WithSlots(Layout next, Layout current) => cluster.Broken != BrokenRule.ForgetsSlots || !next.IsJoint || current.IsJoint ? next
        : SimLayouts.Change(current, [.. next.Members.Select((member, index) => member with { Slot = new Bytes16(next.Number.Value, (ulong)index) })]);

    private bool MayBeGiven(SimNode node, Layout current) =>
        cluster.Broken == BrokenRule.GivesToWhoDoesNotKnow || (node.IsUp && node.Layout?.Number == current.Number);

    /// <summary>Everything is where this layout wants it; also when it was finished, and nobody has heard of that.</summary>
    public bool MayFinish(Layout joint)
    {
        if (_progress is { MayFinish: true } progress)
        {
            _ready.Add(progress.Joint.Number);
        }

        return _ready.Contains(joint.Number);
    }

    public void Publish(SimNode from, Layout layout)
    {
        if (layout.Number.CompareTo(Decided.Number) > 0)
        {
            MovedTooMuch ??= SimLayouts.Excess(layout);
            World.Note($"decided: {layout}: {string.Join(' ', layout.Members.Select(member => member.Name))}");
            _isAimedAgain |= layout.IsJoint && Decided.IsJoint;
            _done += Decided.IsJoint && !layout.IsJoint ? 1 : 0;
            (Decided, _progress) = (layout, layout.IsJoint ? JointProgress.Start(layout).PlacedAll() : null);
            _nextChange = World.Now + World.Random.Next(400);
        }

        var epoch = from.Chunks.Epoch;
        foreach (var node in cluster.Nodes)
        {
            World.Send(from.Number, node.Number, () => node.Install(layout, epoch));
        }
    }

    /// <summary>One asks every older member for everything that is to be its own.</summary>
    public void PullAll(SimNode by, Layout joint)
    {
        foreach (var from in joint.OldMembers.Select(member => cluster.Node(member.Id)).Where(from => from != by))
        {
            World.Send(by.Number, from.Number, () => Pull(by, from, joint));
        }
    }

    // The old replica answers under the joint number only, and only with what is durable.
    private void Pull(SimNode by, SimNode from, Layout joint)
    {
        if (!from.IsUp || from.Layout?.Number != joint.Number)
        {
            return;
        }

        var rows = from.Rows.Heads.Where(row => joint.NextReplicasOf(row.Key.Partition).Contains(by.Id)).ToList();
        var partitions = from.Rows.Partitions.Where(row => joint.NextReplicasOf(row.Partition).Contains(by.Id)).ToList();
        from.Rows.Write(null, null, () => World.Send(from.Number, by.Number, () =>
        {
            if (by.IsUp && !by.Rows.IsFull && by.Layout?.Number == joint.Number)
            {
                TakeOver(by, rows, partitions, () => _progress = _progress?.PulledAll(by.Id, from.Id, joint.Number));
            }
        }));
    }

    private void TakeOver(
        SimNode by, List<RegisterRow> rows, List<PartitionRow> partitions, Action onDone)
    {
        var open = 1 + rows.Count + partitions.Count;
        foreach (var row in rows)
        {
            var (result, taken) = Adoption.Take(by.Rows.Rows(row.Key), row, false, true, cluster.ReplicaRules);
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
            node.Submit(cluster.Operation(key, null, null, node.Chunks.Epoch), outcome =>
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
        var ballot = TombstoneSweep.MayDrop(layout, key, answers, cluster.ReplicaRules);
        if (cluster.Broken == BrokenRule.DropsTombstoneAtMajority && !layout.IsJoint)
        {
            ballot = answers.Values.Where(state => state.Accepted != Ballot.None && cluster.ReplicaRules.IsTombstone(state.Value))
                .GroupBy(state => state.Accepted).Where(group => group.Count() >= 2)
                .Select(group => (Ballot?)group.Key).FirstOrDefault();
        }

        if (ballot is { } tombstone)
        {
            var drop = new CatalogProtocol.Drop(new(key, layout.Number, Epoch.First), tombstone);
            layout.ReplicasOf(key.Partition).ToList().ForEach(replica => node.Ask(replica, drop, _ => { }));
        }
    });

    /// <summary>Asks the replicas of a partition that the node has left, each by itself, for one row that it kept.</summary>
    internal void SettleKept(SimNode node, Layout layout, RegisterRow kept) => AskAll(node, layout, kept.Key, answers =>
    {
        var partition = kept.Key.Partition;
        var shown = answers.ToDictionary(answer => answer.Key, answer => KeptRule.Judge(
            kept,
            new AcceptorRows(
                new PartitionRow(partition, answer.Value.PartitionPromise, answer.Value.Floor),
                new RegisterRow(kept.Key, answer.Value.Promise, answer.Value.Accepted, answer.Value.Value, answer.Value.CounterFloor, 0)),
            cluster.ReplicaRules));
        if (node.Layout?.Number != layout.Number)
        {
            return;
        }

        if (KeptRule.MayForget(layout, partition, shown))
        {
            node.Rows.Kept.Remove(kept);
        }
        else if (KeptRule.MayHandBack(layout, partition, shown))
        {
            foreach (var missing in shown.Where(answer => answer.Value == KeptVerdict.Missing).Select(answer => cluster.Node(answer.Key)))
            {
                World.Send(node.Number, missing.Number, () => missing.TakeBack(kept, layout.Number));
            }
        }
    });

    private void Compare(SimNode node, Layout layout, RowKey key) => AskAll(node, layout, key, answers =>
    {
        if (!node.IsUp || node.Rows.IsFull || answers.Count == 0 || node.Layout?.Number != layout.Number
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
        var (result, row) = Adoption.Take(node.Rows.Rows(key), pulled, isChosen, false, cluster.ReplicaRules);
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
