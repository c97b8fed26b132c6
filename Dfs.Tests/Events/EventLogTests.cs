using Dfs.Core.Events;
using Dfs.Storage.Disk;
using Dfs.Storage.Events;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Events;

public sealed class EventLogTests
{
    // docs/formats/events.md explains these bytes.
    private const string Golden = "002100000000000003e80300056e6f646532000f646f6573206e6f7420616e737765725de7aa17";

    private readonly SimDisk _disk = new();

    [Fact]
    public void The_stored_bytes_stay_as_they_are()
    {
        var (events, wholeBytes) = EventCodec.Decode(Convert.FromHexString(Golden));

        Assert.Equal(new ClusterEvent(1000, EventKind.NodeUnreachable, "node2", "does not answer"), Assert.Single(events));
        Assert.Equal(Golden.Length / 2, wholeBytes);
        Assert.Equal(Golden, Convert.ToHexStringLower(EventCodec.Encode(events)));
    }

    [Theory, Seeds(50)]
    public void Damaged_bytes_are_read_up_to_the_damage(int seed)
    {
        var random = new Random(seed);
        var events = Enumerable.Range(0, 5).Select(number => ClusterEvent.Create(number, EventKind.NodeUp, "ä", new string('é', random.Next(400)))).ToList();
        var bytes = EventCodec.Encode(events);
        var at = random.Next(bytes.Length);
        bytes[at] ^= (byte)random.Next(1, 256);

        var (read, wholeBytes) = EventCodec.Decode(bytes);

        Assert.Equal(events.Take(read.Count), read);
        Assert.InRange(at, wholeBytes, bytes.Length);
        Assert.InRange(read.Count, 0, 4);
    }

    [Fact]
    public async Task Events_are_there_after_a_restart_also_when_the_last_one_is_torn()
    {
        await using (var log = new EventLog(_disk, "events", TimeProvider.System))
        {
            log.Add(EventKind.NodeUp, "b", "is here");
            log.Add(EventKind.NodeUnreachable, "b", "does not answer");
        }

        using (var file = _disk.Open("events", writable: true)!)
        {
            file.Write(file.SizeBytes, new byte[] { 0, 40, 1, 2 });
        }

        await using (var again = new EventLog(_disk, "events", TimeProvider.System))
        {
            again.Add(EventKind.NodeBack, "b", "answers again");
        }

        await using var third = new EventLog(_disk, "events", TimeProvider.System);
        Assert.Equal([EventKind.NodeUp, EventKind.NodeUnreachable, EventKind.NodeBack], third.Since(0, 10).Select(each => each.Kind));
        Assert.Equal([EventKind.NodeBack], third.Since(0, 1).Select(each => each.Kind));
    }

    [Fact]
    public async Task The_file_and_the_memory_stay_within_the_limit_and_the_newest_are_kept()
    {
        const int Count = (2 * EventLog.CountMax) + 10;
        for (var begin = 0; begin < Count; begin += EventLog.CountMax)
        {
            // Not more at once than the queue to the disk has room for.
            await using var log = new EventLog(_disk, "events", TimeProvider.System);
            for (var number = begin; number < Math.Min(Count, begin + EventLog.CountMax); number++)
            {
                log.Add(EventKind.NodeUp, "b", $"{number}");
            }
        }

        await using var last = new EventLog(_disk, "events", TimeProvider.System);
        var kept = last.Since(0, int.MaxValue);
        Assert.Equal(Enumerable.Range(Count - EventLog.CountMax, EventLog.CountMax).Select(number => $"{number}"), kept.Select(each => each.Text));
        using var file = _disk.Open("events", writable: false)!;
        Assert.InRange(file.SizeBytes, 1, (EventLog.CountMax + 10) * 40);
    }

    [Fact]
    public async Task A_disk_that_fails_costs_nothing_but_the_file()
    {
        _disk.Faults = (call, _) => call is "write" or "create" ? DiskFault.Io : null;
        await using var log = new EventLog(_disk, "events", TimeProvider.System);

        log.Add(EventKind.ReadOnly, "a", "takes no writes");

        Assert.Single(log.Since(0, 10));
    }
}
