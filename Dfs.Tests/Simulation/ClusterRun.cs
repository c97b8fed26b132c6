using Dfs.Core.Catalog;

namespace Dfs.Tests.Simulation;

/// <summary>One seed's run, from the first fault to the last read, and whether its history can be explained.</summary>
internal sealed class ClusterRun
{
    private const long FaultsEnd = 2_500, End = 12_000;

    private readonly SimWorld _world;
    private readonly SimCluster _cluster;
    private readonly SimOperator _operator;
    private readonly SimCollector _collector;
    private readonly SimRepair _repair;
    private readonly SimKeepers? _keepers;
    private readonly List<ClientCall> _history = [];
    private readonly BrokenRule _broken;
    private readonly int _seed;
    private readonly bool _isChanging;

    /// <summary>A node that is down, for a while or for good, whatever else fails; 0: none.</summary>
    private readonly int _away;

    private readonly bool _isLostForGood;
    private bool _isAway;
    private int _readsOpen;

    private readonly SimLimits _limits;
    private int _faults;

    private ClusterRun(int seed, BrokenRule broken, SimLimits limits)
    {
        (_seed, _broken, _limits) = (seed, broken, limits);
        _world = new SimWorld(seed);
        _cluster = new SimCluster(_world, broken);
        _collector = new SimCollector(_cluster);
        _repair = new SimRepair(_cluster);
        var story = broken switch
        {
            BrokenRule.SingleMajorityWhileJoint or BrokenRule.FinishesWithoutPull => Story.Replace,
            BrokenRule.KeepsRowsOnLeaving or BrokenRule.GivesToWhoDoesNotKnow or BrokenRule.DeletesStraysUnasked => Story.ComeAndGo,
            BrokenRule.AnswersBeforeDurable => (Story)_world.Random.Next(2),
            BrokenRule.VotesAfterLoss or BrokenRule.DropsTombstoneAtMajority => Story.NoChange,
            BrokenRule.ForgetsSlots => Story.ComeAndGo,
            BrokenRule.DecidesAlone => Story.EachByItself,
            BrokenRule.None => (Story)_world.Random.Next(4),
            _ => (Story)_world.Random.Next(3),
        };
        var (victim, isAway) = (_world.Random.Next(1, 4), _world.Chance(60));
        _isChanging = story != Story.NoChange;
        _away = _isChanging && (isAway || broken == BrokenRule.GivesToWhoDoesNotKnow) ? victim : 0;
        _isLostForGood = story == Story.Replace || (story == Story.EachByItself && _world.Chance(30));
        _operator = story == Story.Replace
            ? new SimOperator(_cluster, [SimWishes.Replace(victim)], _world.Chance(20) ? SimWishes.ReplaceByAnother(victim) : null)
            : new SimOperator(
                _cluster, story == Story.ComeAndGo ? SimWishes.ComeAndGo(_world.Random) : [], _world.Chance(30) ? SimWishes.AnotherNewcomer : null);
        _operator = broken switch
        {
            BrokenRule.GivesToWhoDoesNotKnow => new SimOperator(_cluster, SimWishes.ThereAndBack, null),
            BrokenRule.DeletesStraysUnasked => new SimOperator(_cluster, SimWishes.Renew, null),
            BrokenRule.ForgetsSlots => new SimOperator(_cluster, SimWishes.Grow, null),
            _ => _operator,
        };
        _keepers = story == Story.EachByItself ? new SimKeepers(_cluster, _operator, victim) : null;
    }

    private enum Story
    {
        NoChange,

        /// <summary>A newcomer takes the place of a member, which may be lost.</summary>
        Replace,

        /// <summary>Nodes come in, leave, and come back; one may be away meanwhile.</summary>
        ComeAndGo,

        /// <summary>Nodes come, are asked to leave, are cut off or lost; what follows from that is proposed by whoever sees it.</summary>
        EachByItself,
    }

    /// <returns>Null, or the story of what cannot be explained.</returns>
    public static string? Fails(int seed, BrokenRule broken = BrokenRule.None) => Outcome(seed, broken, SimLimits.None).Story;

    /// <returns>How many collections came to their end.</returns>
    public static int Collections(int seed) => Outcome(seed, BrokenRule.None, SimLimits.None).Collections;

    /// <param name="limits">Of what may happen; with <see cref="SimLimits.None"/> the seed alone decides.</param>
    public static SimOutcome Outcome(int seed, BrokenRule broken, SimLimits limits)
    {
        var run = new ClusterRun(seed, broken, limits);
        run.Run();
        return new SimOutcome(
            run.Verdict(), run._history.Count, run._faults, run._operator.Decided.Number.Value - SimCluster.FirstLayout.Number.Value, run._collector.Completed);
    }

    private void Run()
    {
        // Some fall silent early, so that what they removed stays removed until the end.
        var callsMax = _broken switch
        {
            BrokenRule.None => _world.Chance(70) ? 25 : 10,
            BrokenRule.GivesToWhoDoesNotKnow or BrokenRule.DeletesStraysUnasked => 10,
            _ => 25,
        };
        for (var client = 0; client < Math.Min(5, _limits.Clients); client++)
        {
            new SimClient(_cluster, _history, Math.Min(callsMax, _limits.Calls)).Start();
        }

        _world.After(_world.Random.Next(50, 150), Fault);
        _operator.StartKeeping();
        if (_cluster.HasChunks)
        {
            _collector.Start();
            _repair.Start();
        }

        if (_broken == BrokenRule.DeletesStraysUnasked)
        {
            // So that what is put has copies on the other two alone, which are to leave.
            _cluster.Nodes[2].Crash();
            _world.After(1_000, () => Restart(_cluster.Nodes[2]));
        }

        if (_isChanging)
        {
            _world.After(_world.Random.Next(200, _isLostForGood ? 1_500 : 600), Change);
        }

        _keepers?.Start();
        _world.RunUntil(FaultsEnd);
        Calm();
        _world.RunUntil(FaultsEnd + 2_000);
        ReadEverything();
        _world.RunUntil(End);
    }

    private void Change()
    {
        if (_away > 0)
        {
            _isAway = true;
            _world.Note($"node {_away} is {(_isLostForGood ? "lost for good" : "away for a while")}");
            _cluster.Nodes[_away - 1].Crash();
            if (!_isLostForGood)
            {
                _world.After(_world.Random.Next(600, 2_000), ComeBack);
            }
            else if (_keepers is not null)
            {
                _world.After(_world.Random.Next(1_000), () => _keepers.SayGone(_cluster.Nodes[_away - 1]));
            }
        }

        if (_keepers is null)
        {
            _operator.StartChanging();
        }
    }

    private void ComeBack()
    {
        _isAway = false;
        Restart(_cluster.Nodes[_away - 1]);
    }

    private void Fault()
    {
        if (_world.IsCalm)
        {
            return;
        }

        if (_faults++ >= _limits.Faults)
        {
            return;
        }

        // A collection needs everyone: with chunks there are pauses between the faults.
        _world.After(_world.Random.Next(30, 250) * (_cluster.HasChunks ? 3 : 1), Fault);
        switch (_world.Random.Next(10))
        {
            case < 4: Crash(_cluster.Nodes[_world.Random.Next(_cluster.Nodes.Count)]); break;
            case 4: _cluster.Nodes.ToList().ForEach(Crash); break;
            case 5: FillDisk(_cluster.Nodes[_world.Random.Next(_cluster.Nodes.Count)]); break;
            case 6 when _cluster.HasChunks: Rot(); break;
            default: CutLinks(); break;
        }
    }

    private void Crash(SimNode node)
    {
        if (!node.IsUp)
        {
            return;
        }

        node.Crash();
        if (_broken == BrokenRule.VotesAfterLoss && _world.Chance(30))
        {
            _world.Note($"node {node.Number} loses its rows");
            node.Rows.Wipe();
        }

        _world.After(_world.Random.Next(20, 200), () => Restart(node));
    }

    private void FillDisk(SimNode node)
    {
        _world.Note($"the disk of node {node.Number} is full");
        node.Rows.IsFull = true;
        _world.After(_world.Random.Next(100, 600), () => node.Rows.IsFull = false);
    }

    // One copy, found by the next look through the store; two others stay, of which one may be lost meanwhile.
    private void Rot()
    {
        var chunk = SimChunks.All[_world.Random.Next(SimChunks.All.Length)];
        var holders = _cluster.Nodes.Where(node => node.Chunks.Has(chunk) && !(_isLostForGood && node.Number == _away)).ToList();
        if (holders.Count > 2)
        {
            var node = holders[_world.Random.Next(holders.Count)];
            _world.Note($"a copy of chunk {Array.IndexOf(SimChunks.All, chunk)} rots on node {node.Number}");
            node.Chunks.Remove(chunk);
        }
    }

    private void Restart(SimNode node)
    {
        if (!_isAway || node.Number != _away)
        {
            node.Restart();
        }
    }

    private void CutLinks()
    {
        var node = _world.Random.Next(1, _cluster.Nodes.Count + 1);
        var way = _world.Random.Next(3);
        foreach (var other in Enumerable.Range(1, _cluster.Nodes.Count).Where(other => other != node && _world.Chance(70)))
        {
            Cut(way != 0, node, other);
            Cut(way != 1, other, node);
        }
    }

    private void Cut(bool applies, int from, int to)
    {
        if (applies)
        {
            _world.Block(from, to);
            _world.After(_world.Random.Next(50, 400), () => _world.Unblock(from, to));
        }
    }

    private void Calm()
    {
        _world.Note("faults end");
        _world.IsCalm = true;
        _isAway &= _isLostForGood;
        _world.UnblockAll();
        _cluster.Nodes.ToList().ForEach(node => node.Rows.IsFull = false);
        _cluster.Nodes.ToList().ForEach(Restart);
    }

    private void ReadEverything()
    {
        var reader = new SimClient(_cluster, _history, 0);
        foreach (var node in _cluster.Nodes.Where(node => node is { IsUp: true, Layout: not null }))
        {
            for (var key = 0; key < SimCluster.Keys.Length; key++)
            {
                _readsOpen++;
                reader.ReadUntilAnswered(key, node, () => _readsOpen--);
            }

            _readsOpen++;
            reader.ListUntilAnswered(node, () => _readsOpen--);
        }
    }

    private string? Verdict()
    {
        foreach (var calls in _history.GroupBy(call => call.Key))
        {
            if (!LinearizabilityChecker.IsLinearizable(calls))
            {
                return Tell($"key {calls.Key} has no explanation", calls);
            }
        }

        return _cluster.WentBack is { } back ? Tell(back, [])
            : _cluster.TwoLayouts is { } two ? Tell(two, [])
            : LostChunk() is { } lost ? Tell(lost, [])
            : _readsOpen > 0 ? Tell($"{_readsOpen} reads never end after the faults", [])
            : _isChanging && (_keepers is null ? !_operator.HasFinished : _operator.Known.IsJoint) ? Tell("the layout change never ends after the faults", [])
            : _keepers?.Unrest is { } unrest ? Tell($"layouts never come to rest after the faults: {unrest}", [])
            : _operator.MovedTooMuch is { } moved ? Tell(moved, [])
            : MissingCopy() is { } missing ? Tell(missing, [])
            : null;
    }

    private string? LostChunk() => Live()
        .Where(live => !_cluster.IsHeld(SimChunks.Of(live.Value), IsLost))
        .Select(live => $"key {live.Key} has {live.Value}, and its chunk was collected").FirstOrDefault();

    // All who are to have a copy have one again.
    private string? MissingCopy() => Live()
        .SelectMany(live => _operator.Known.ChunkReplicasOf(SimChunks.Of(live.Value).Partition), (live, replica) => (Live: live, Node: _cluster.Node(replica)))
        .Where(copy => !IsLost(copy.Node) && !copy.Node.Chunks.Has(SimChunks.Of(copy.Live.Value)))
        .Select(copy => $"key {copy.Live.Key} has {copy.Live.Value}, and node {copy.Node.Number} never gets its chunk again").FirstOrDefault();

    // What the replicas agree on at the very end, and not what was read before: a collection after the reads may settle what nobody was told of.
    private IEnumerable<(int Key, int Value)> Live() => !_cluster.HasChunks ? [] : Enumerable.Range(0, SimCluster.Keys.Length)
        .Select(key => (Key: key, Value: ChosenValue(SimCluster.Keys[key]))).Where(live => live.Value > 0);

    /// <returns>0 for none, or while they do not agree.</returns>
    private int ChosenValue(RowKey key)
    {
        var layout = _operator.Known;
        var rows = layout.ReplicasOf(key.Partition).Select(_cluster.Node).Where(node => !IsLost(node))
            .ToDictionary(node => node.Id, node => node.Rows.Rows(key).Register);
        return RegisterVerdict.Of(layout, key, rows, _cluster.ReplicaRules) is RegisterVerdict.Holds held ? SimValue.PayloadOf(held.Value) : 0;
    }

    private bool IsLost(SimNode node) => _isLostForGood && _isAway && node.Number == _away;

    private string Tell(string claim, IEnumerable<ClientCall> calls) => string.Join('\n',
    [
        $"seed {_seed}: {claim} (DFS_SEED={_seed} replays it)",
        .. calls.OrderBy(call => call.Invoked).Select(call => call.ToString()),
        "faults:",
        .. _world.Notes,
    ]);
}
