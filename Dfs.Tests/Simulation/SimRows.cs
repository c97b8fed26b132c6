using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;

namespace Dfs.Tests.Simulation;

/// <summary>A replica's disk: what is synced, what is written on top, and the answers that wait for the next sync.</summary>
internal sealed class SimRows(SimWorld world, BrokenRule broken)
{
    private readonly Queue<(RegisterRow? Register, PartitionRow? Partition, Action Answer)> _unsynced = new();
    private Dictionary<RowKey, RegisterRow> _durable = [], _visible = [];
    private Dictionary<PartitionId, PartitionRow> _durablePartitions = [], _visiblePartitions = [];
    private int _incarnation;
    private ulong _lastChange, _feedFloor;
    private FeedStarts _starts = FeedStarts.None;

    /// <summary>Nothing can be written; what is there can be read.</summary>
    public bool IsFull { get; set; }

    /// <summary>Durable at once: a layout is synced before anything is answered under it.</summary>
    public Layout? Layout { get; set; }

    public IReadOnlyList<RegisterRow> Heads => [.. _visible.Values.Where(row => !row.Key.IsCouncil).OrderBy(r => r.Key)];

    public IReadOnlyList<PartitionRow> Partitions => [.. _visiblePartitions.Values.OrderBy(row => row.Partition)];

    public AcceptorRows Rows(RowKey key) => new(
        key.IsCouncil ? PartitionRow.Empty(key.Partition) : Partition(key.Partition),
        _visible.TryGetValue(key, out var row) ? row : RegisterRow.Absent(key));

    public PartitionRow Partition(PartitionId partition) =>
        _visiblePartitions.TryGetValue(partition, out var row) ? row : PartitionRow.Empty(partition);

    /// <summary>At every start; durable at once.</summary>
    /// <param name="feed">What its change feed is called until the next.</param>
    public void Start(Bytes16 feed) => _starts = _starts.With(new FeedStart(feed, _lastChange));

    /// <summary>What has changed since; to be answered when all of it is durable.</summary>
    public SimFeedPage ReadFeed(ulong after, Bytes16? name) => name is { } known && !_starts.Has(known, after, _lastChange)
        ? new SimFeedPage(after, true, 0, 0, _starts.Current, [])
        : new SimFeedPage(
            after, false, _lastChange, _feedFloor, _starts.Current, [.. Heads.Where(row => row.Change > after).OrderBy(row => row.Change)]);

    /// <summary>Answers after the sync that covers the rows, and whatever was written before them.</summary>
    public void Write(RegisterRow? register, PartitionRow? partition, Action answer)
    {
        if (broken == BrokenRule.ForgetsCounters && register is { HasValue: false })
        {
            register = register with { CounterFloor = 0 };
        }

        if (register is null && partition is null && _unsynced.Count == 0)
        {
            answer();
            return;
        }

        register = Numbered(register);
        Put(_visible, _visiblePartitions, register, partition);
        var isEarly = broken == BrokenRule.AnswersBeforeDurable;
        _unsynced.Enqueue((register, partition, isEarly ? () => { } : answer));
        if (_unsynced.Count == 1)
        {
            var incarnation = _incarnation;
            world.After(world.Random.Next(1, 12), () => Sync(incarnation));
        }

        if (isEarly)
        {
            answer();
        }
    }

    /// <summary>Some first part of what was not synced is on the disk all the same, and of the row after it perhaps a part; nobody was told.</summary>
    public void Crash()
    {
        for (var kept = world.Random.Next(_unsynced.Count + 1); kept > 0; kept--)
        {
            var (register, partition, _) = _unsynced.Dequeue();
            PutDurable(register, partition);
        }

        if (_unsynced.TryPeek(out var torn) && torn.Register is { } row && world.Chance(50))
        {
            PutDurable(Torn(row, _durable.GetValueOrDefault(row.Key, RegisterRow.Absent(row.Key))), null);
        }

        _unsynced.Clear();
        (_visible, _visiblePartitions) = (new(_durable), new(_durablePartitions));
        _lastChange = _durable.Values.Select(row => row.Change).Append(_feedFloor).Max();
        _incarnation++;
    }

    /// <summary>Rows of partitions that were left, durable; no part of what is answered.</summary>
    public List<RegisterRow> Kept { get; } = [];

    /// <summary>Durable at once, as one commit with the layout: what was written before it is set aside with the rest.</summary>
    public void Leave(Func<PartitionId, bool> hasLeft)
    {
        if (broken != BrokenRule.ErasesOnOthersWord)
        {
            Kept.AddRange(Heads.Where(row => hasLeft(row.Key.Partition) && (row.HasValue || row.CounterFloor > 0)));
        }

        if (_visible.Keys.Any(key => !key.IsCouncil && hasLeft(key.Partition)))
        {
            _feedFloor = ++_lastChange;
        }

        foreach (var rows in new[] { _durable, _visible })
        {
            rows.Keys.Where(key => !key.IsCouncil && hasLeft(key.Partition)).ToList().ForEach(key => rows.Remove(key));
        }

        // What waits for its sync was answered under the layout before; the leaving comes after it.
        for (var count = _unsynced.Count; count > 0; count--)
        {
            var write = _unsynced.Dequeue();
            var isLeft = write.Register is { Key: { IsCouncil: false } key } && hasLeft(key.Partition);
            _unsynced.Enqueue(isLeft ? write with { Register = null } : write);
        }
    }

    public void Wipe()
    {
        (_durable, _durablePartitions) = ([], []);
        Kept.Clear();
        Crash();
        (_visible, _visiblePartitions, _durable, _durablePartitions) = ([], [], [], []);
        (_lastChange, _feedFloor, _starts) = (0, 0, FeedStarts.None);
    }

    private void Sync(int incarnation)
    {
        if (incarnation != _incarnation)
        {
            return;
        }

        var group = _unsynced.ToList();
        _unsynced.Clear();
        group.ForEach(write => PutDurable(write.Register, write.Partition));
        group.ForEach(write => write.Answer());
    }

    // A change of a file's value takes the next number, a promise does not.
    private RegisterRow? Numbered(RegisterRow? row)
    {
        if (row is null || row.Key.IsCouncil)
        {
            return row;
        }

        var before = _visible.GetValueOrDefault(row.Key, RegisterRow.Absent(row.Key));
        return row with { Change = before.Accepted == row.Accepted ? before.Change : ++_lastChange };
    }

    // The first bytes of one over those of another, as the disk has them: the checksum says what it is.
    /// <returns>Null when it is none: the log that it was written to ends before it.</returns>
    private RegisterRow? Torn(RegisterRow row, RegisterRow before)
    {
        var (bytes, under) = (CatalogRowCodec.Encode(row), CatalogRowCodec.Encode(before));
        var written = world.Random.Next(bytes.Length);
        bytes = [.. bytes.AsSpan(0, written), .. under.AsSpan(Math.Min(written, under.Length))];
        return broken == BrokenRule.TakesTornRows ? row with { Value = before.Value } : CatalogRowCodec.Decode(row.Key, bytes);
    }

    private void PutDurable(RegisterRow? register, PartitionRow? partition)
    {
        var isPromiseOnly = register is not null
            && _durable.GetValueOrDefault(register.Key, RegisterRow.Absent(register.Key)).Accepted == register.Accepted;
        if (broken == BrokenRule.PromisesInMemoryOnly && (partition is not null || isPromiseOnly))
        {
            return;
        }

        Put(_durable, _durablePartitions, register, partition);
    }

    private static void Put(
        Dictionary<RowKey, RegisterRow> registers,
        Dictionary<PartitionId, PartitionRow> partitions,
        RegisterRow? register,
        PartitionRow? partition)
    {
        if (register is not null)
        {
            registers[register.Key] = register;
        }

        if (partition is not null)
        {
            partitions[partition.Partition] = partition;
        }
    }
}
