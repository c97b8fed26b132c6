namespace Dfs.Tests.Simulation;

/// <summary>One seed's run, from the first fault to the last read, and whether its history can be explained.</summary>
internal sealed class ClusterRun
{
    private const long FaultsEnd = 2_500, End = 12_000;

    private readonly SimWorld _world;
    private readonly SimCluster _cluster;
    private readonly SimOperator _operator;
    private readonly List<ClientCall> _history = [];
    private readonly BrokenRule _broken;
    private readonly int _seed;
    private readonly int _replaced;
    private readonly bool _isReplacing;
    private bool _replacedIsGone;
    private int _readsOpen;

    private ClusterRun(int seed, BrokenRule broken)
    {
        (_seed, _broken) = (seed, broken);
        _world = new SimWorld(seed);
        _cluster = new SimCluster(_world, broken);
        _replaced = _world.Random.Next(1, 4);
        _isReplacing = broken switch
        {
            BrokenRule.SingleMajorityWhileJoint or BrokenRule.FinishesWithoutPull => true,
            BrokenRule.VotesAfterLoss or BrokenRule.DropsTombstoneAtMajority => false,
            _ => _world.Chance(50),
        };
        _operator = new SimOperator(_cluster, _replaced);
    }

    /// <returns>Null, or the story of what cannot be explained.</returns>
    public static string? Fails(int seed, BrokenRule broken = BrokenRule.None)
    {
        var run = new ClusterRun(seed, broken);
        run.Run();
        return run.Verdict();
    }

    private void Run()
    {
        for (var client = 0; client < 5; client++)
        {
            new SimClient(_cluster, _history, callsMax: 25).Start();
        }

        _world.After(_world.Random.Next(50, 150), Fault);
        _operator.StartKeeping();
        if (_isReplacing)
        {
            _world.After(_world.Random.Next(200, 1_500), Replace);
        }

        _world.RunUntil(FaultsEnd);
        Calm();
        _world.RunUntil(FaultsEnd + 2_000);
        ReadEverything();
        _world.RunUntil(End);
    }

    private void Replace()
    {
        _replacedIsGone = _world.Chance(60);
        if (_replacedIsGone)
        {
            _world.Note($"node {_replaced} is lost for good");
            _cluster.Nodes[_replaced - 1].Crash();
        }

        _operator.StartReplacing();
    }

    private void Fault()
    {
        if (_world.IsCalm)
        {
            return;
        }

        _world.After(_world.Random.Next(30, 250), Fault);
        switch (_world.Random.Next(10))
        {
            case < 4: Crash(_cluster.Nodes[_world.Random.Next(4)]); break;
            case 4: _cluster.Nodes.ToList().ForEach(Crash); break;
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

    private void Restart(SimNode node)
    {
        if (!_replacedIsGone || node.Number != _replaced)
        {
            node.Restart();
        }
    }

    private void CutLinks()
    {
        var node = _world.Random.Next(1, 5);
        var way = _world.Random.Next(3);
        foreach (var other in Enumerable.Range(1, 4).Where(other => other != node && _world.Chance(70)))
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
        _world.UnblockAll();
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
        }
    }

    private string? Verdict()
    {
        foreach (var calls in _history.GroupBy(call => call.Key))
        {
            if (!LinearizabilityChecker.IsLinearizable(calls))
            {
                return Story($"key {calls.Key} has no explanation", calls);
            }
        }

        return _readsOpen > 0 ? Story($"{_readsOpen} reads never end after the faults", [])
            : _isReplacing && !_operator.HasFinished ? Story("the layout change never ends after the faults", [])
            : null;
    }

    private string Story(string claim, IEnumerable<ClientCall> calls) => string.Join('\n',
    [
        $"seed {_seed}: {claim} (DFS_SEED={_seed} replays it)",
        .. calls.OrderBy(call => call.Invoked).Select(call => call.ToString()),
        "faults:",
        .. _world.Notes,
    ]);
}
