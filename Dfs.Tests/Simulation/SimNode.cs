using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using static Dfs.Core.Catalog.CatalogProtocol;

namespace Dfs.Tests.Simulation;

/// <summary>A node: a replica over its rows, and a proposer for the clients that come to it.</summary>
internal sealed class SimNode
{
    private static readonly ProposerTimes Times = new(
        TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(8),
        TimeSpan.FromMilliseconds(4), TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(500));

    private readonly SimCluster _cluster;
    private readonly SimWorld _world;
    private readonly Dictionary<long, (Proposer Proposer, Action<ProposerOutcome> Answer)> _running = [];
    private readonly Dictionary<RowKey, Queue<(RegisterOperation Operation, Action<ProposerOutcome> Answer)>> _waiting = [];
    private readonly Dictionary<RowKey, ulong> _seen = [];
    private PartitionLeases _leases;
    private ulong _start = 1;
    private int _incarnation;

    public SimNode(SimCluster cluster, int number, ReplicaId id, Layout? layout)
    {
        (_cluster, _world, Number, Id) = (cluster, cluster.World, number, id);
        Chunks = new SimChunks(cluster.Broken);
        Rows = new SimRows(_world, cluster.Broken) { Layout = layout };
        Rows.Start(NewFeed());
        Index = new SimIndex(cluster, this);
        _leases = PartitionLeases.Empty(id, _start, layout?.Number ?? LayoutNumber.None);
    }

    public int Number { get; }

    public ReplicaId Id { get; }

    public SimRows Rows { get; }

    public SimChunks Chunks { get; }

    /// <summary>Of names; begins empty with every start.</summary>
    public SimIndex Index { get; private set; }

    public bool IsUp { get; private set; } = true;

    /// <summary>Another one after each crash.</summary>
    public ulong Start => _start;

    public Layout? Layout => Rows.Layout;

    public void Crash()
    {
        _world.Note($"node {Number} crashes");
        IsUp = false;
        _incarnation++;
        Rows.Crash();
        var lost = _running.Values.Select(run => run.Answer)
            .Concat(_waiting.Values.SelectMany(queue => queue.Select(entry => entry.Answer))).ToList();
        _running.Clear();
        _waiting.Clear();
        _seen.Clear();
        var index = Index;
        Index = new SimIndex(_cluster, this);
        index.End();
        lost.ForEach(answer => answer(new Indeterminate()));
    }

    public void Restart()
    {
        if (IsUp)
        {
            return;
        }

        _world.Note($"node {Number} is back");
        IsUp = true;
        _start++;
        Rows.Start(NewFeed());
        _leases = PartitionLeases.Empty(Id, _start, Layout?.Number ?? LayoutNumber.None);
    }

    /// <param name="epoch">The sender's.</param>
    public void Install(Layout layout, Epoch epoch)
    {
        if (IsUp && layout.Number.CompareTo(Layout?.Number ?? LayoutNumber.None) > 0)
        {
            Raise(epoch);
            _cluster.Hold(this, layout);
            Rows.Layout = layout;
            if (_cluster.Broken != BrokenRule.KeepsRowsOnLeaving)
            {
                Rows.Leave(partition => !layout.ReplicasOf(partition).Contains(Id));
            }

            _leases = _leases.UnderLayout(layout.Number);
            foreach (var (id, run) in _running.ToList())
            {
                Carry(id, run.Proposer.OnLayout(_leases, Ground(run.Proposer.Operation)));
            }
        }
    }

    public EpochFact Raise(Epoch epoch) => Chunks.Raise(epoch, Layout?.Number ?? LayoutNumber.None, _start);

    /// <summary>A chunk has arrived; stored under this layout's number only.</summary>
    public void Place(ChunkId chunk, Epoch pin, LayoutNumber number, Action onStored)
    {
        if (IsUp && !Rows.IsFull && Layout?.Number == number)
        {
            Chunks.Put(chunk, pin, number, _start);
            onStored();
        }
    }

    /// <summary>A row that another node kept has arrived; taken under the layout that both know.</summary>
    public void TakeBack(RegisterRow kept, LayoutNumber number)
    {
        if (IsUp && !Rows.IsFull && Layout is { IsJoint: false } layout && layout.Number == number && layout.ReplicasOf(kept.Key.Partition).Contains(Id))
        {
            Rows.Write(KeptRule.Take(Rows.Rows(kept.Key), kept, _cluster.ReplicaRules), null, () => { });
        }
    }

    /// <summary>A page of the change feed is asked for; answered under the layout that both know, when what it says is durable.</summary>
    public void ReadFeed(LayoutNumber number, ulong after, Bytes16? feed, Action<SimFeedPage> onPage)
    {
        if (IsUp && Layout?.Number == number)
        {
            var page = Rows.ReadFeed(after, feed);
            Rows.Write(null, null, () => onPage(page));
        }
    }

    /// <summary>A request has arrived; the answer goes back over the network.</summary>
    public void Receive(SimNode from, Request request, Action<Reply> onReply)
    {
        if (!IsUp)
        {
            return;
        }

        var facts = new ReplicaFacts(Id, Layout, _cluster.Broken == BrokenRule.AcceptsOldEpochs ? Epoch.First : Chunks.Epoch);
        var step = Acceptor.Handle(Rows.Rows(request.Header.Key), request, from.Id, facts, _cluster.ReplicaRules);
        if (Rows.IsFull && (step.Register is not null || step.Partition is not null))
        {
            _world.Send(Number, from.Number, () => onReply(new StorageFull()));
            return;
        }

        Rows.Write(step.Register, step.Partition, () => _world.Send(Number, from.Number, () => onReply(step.Reply)));
    }

    /// <summary>Asks a replica on this node's behalf; an answer to an earlier life of it is lost.</summary>
    public void Ask(ReplicaId to, Request request, Action<Reply> onReply)
    {
        var (target, incarnation) = (_cluster.Node(to), _incarnation);
        _world.Send(Number, target.Number, () => target.Receive(this, request, reply =>
        {
            if (incarnation == _incarnation)
            {
                onReply(reply);
            }
        }));
    }

    /// <summary>One operation on a register at a time; the others wait.</summary>
    public void Submit(RegisterOperation operation, Action<ProposerOutcome> onAnswer)
    {
        var answer = operation.Key.IsCouncil ? onAnswer : Holding(operation.Key, onAnswer);
        if (_waiting.TryGetValue(operation.Key, out var queue))
        {
            queue.Enqueue((operation, answer));
            return;
        }

        _waiting[operation.Key] = new();
        Begin(operation, answer);
    }

    private Bytes16 NewFeed() => new((ulong)Number, (ulong)_cluster.NextNumber());

    private Action<ProposerOutcome> Holding(RowKey key, Action<ProposerOutcome> onAnswer)
    {
        var before = _seen.GetValueOrDefault(key);
        return outcome =>
        {
            var shown = outcome switch
            {
                ReadDone read => read.View,
                ChangeRefused refused => refused.View,
                ChangeDone done => new RegisterView(done.Value, 0),
                _ => null,
            };
            if (shown is not null)
            {
                _cluster.Hold(this, key, before, shown);
                _seen[key] = Math.Max(_seen.GetValueOrDefault(key), shown.Value is { } value ? SimValue.Rules.Counter(value) : 0);
            }

            onAnswer(outcome);
        };
    }

    private void Begin(RegisterOperation operation, Action<ProposerOutcome> answer)
    {
        var id = _cluster.NextNumber();
        if (_cluster.Broken == BrokenRule.AcceptsIfEmpty && operation.Change is not null && !operation.Key.IsCouncil
            && _leases.Find(operation.Key) is null && !Rows.Rows(operation.Key).Register.HasValue)
        {
            var lease = new RegisterLease(new Ballot(1, Id, _start, 0), SimCluster.Nothing, 0);
            _leases = _leases.Keep(operation.Key, lease);
        }

        var step = Proposer.Start(operation, Ground(operation), Times, _cluster.Rules, _leases);
        _running[id] = (step.Proposer, answer);
        Carry(id, step);
    }

    private void Carry(long id, ProposerStep step)
    {
        var (proposer, answer) = (step.Proposer, _running[id].Answer);
        _leases = step.Leases;
        _running[id] = (proposer, answer);
        foreach (var effect in step.Effects)
        {
            Carry(id, effect);
        }
    }

    private void Carry(long id, ProposerEffect effect)
    {
        switch (effect)
        {
            case SendRequest send: Ask(send.To, send.Request, reply => OnReply(id, send.To, send.Attempt, reply)); break;
            case SetTimer timer: StartTimer(id, timer); break;
            case FinishDraft finish: Finish(id, finish); break;
            case LearnLayout learn: Learn(learn.From); break;
            case TeachLayout teach: Teach(teach.To); break;
            case Finished finished: Finish(id, finished.Outcome); break;
            default: Assert.Fail($"unknown effect {effect}"); break;
        }
    }

    private void OnReply(long id, ReplicaId from, int attempt, Reply reply)
    {
        if (_running.TryGetValue(id, out var run))
        {
            Carry(id, run.Proposer.OnReply(_leases, from, attempt, reply));
        }
    }

    private void StartTimer(long id, SetTimer timer)
    {
        var incarnation = _incarnation;
        _world.After((long)timer.Delay.TotalMilliseconds, () =>
        {
            if (incarnation == _incarnation && _running.TryGetValue(id, out var run))
            {
                Carry(id, run.Proposer.OnTimer(_leases, timer.Attempt));
            }
        });
    }

    // As long as a signature that is waited for; retries and layout changes overtake it.
    private void Finish(long id, FinishDraft finish)
    {
        var incarnation = _incarnation;
        _world.After(_world.Random.Next(40), () =>
        {
            if (incarnation == _incarnation && _running.TryGetValue(id, out var run))
            {
                Carry(id, run.Proposer.OnFinished(_leases, finish.Attempt, ((SimDraft)finish.Draft).Value));
            }
        });
    }

    private void Learn(ReplicaId from)
    {
        var target = _cluster.Node(from);
        _world.Send(Number, target.Number, () =>
        {
            if (target is { IsUp: true, Layout: { } layout })
            {
                var epoch = target.Chunks.Epoch;
                _world.Send(target.Number, Number, () => Install(layout, epoch));
            }
        });
    }

    private void Teach(ReplicaId to)
    {
        if (Layout is { } layout)
        {
            var epoch = Chunks.Epoch;
            _world.Send(Number, _cluster.Node(to).Number, () => _cluster.Node(to).Install(layout, epoch));
        }
    }

    private void Finish(long id, ProposerOutcome outcome)
    {
        var (proposer, answer) = _running[id];
        var key = proposer.Operation.Key;
        _running.Remove(id);
        if (_waiting[key].TryDequeue(out var next))
        {
            Begin(next.Operation, next.Answer);
        }
        else
        {
            _waiting.Remove(key);
        }

        if (outcome is EpochPassed passed)
        {
            Raise(passed.Current);
        }

        answer(outcome);
    }

    private ProposerGround Ground(RegisterOperation operation)
    {
        var ground = ProposerGround.Of(Layout!, operation.Key);
        return operation.Key.IsCouncil ? ground : (_cluster.Broken, Layout!.IsJoint, operation.Change) switch
        {
            (BrokenRule.SingleMajorityWhileJoint, true, _) =>
                ground with { Quorum = QuorumSet.MajorityOf(Layout!.NextReplicasOf(operation.Key.Partition)) },
            (BrokenRule.ReadsFromOne, _, null) => ground with { Quorum = QuorumSet.MajorityOf([Id]) },
            _ => ground,
        };
    }
}
