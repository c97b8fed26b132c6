using Dfs.Actors.Client;
using Dfs.Actors.Repair;
using Dfs.Client;
using Dfs.Core.Membership;
using Dfs.Core.Repair;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;
using Dfs.Tests.Processes;

namespace Dfs.Tests.Repair;

public sealed class RepairOrderTests
{
    // Property: in whatever order and however often nodes hear of orders, all come to the same one.
    [Theory, Seeds(50)]
    public void Orders_meet_alike_whoever_hears_first(int seed)
    {
        var random = new Random(seed);
        var (one, two, three) = (Next(), Next(), Next());

        Assert.Equal(one.Merge(two), two.Merge(one));
        Assert.Equal(one.Merge(two).Merge(three), one.Merge(two.Merge(three)));
        Assert.Equal(one, one.Merge(one));
        Assert.Equal(one.Merge(two), one.Merge(two).Merge(one));

        RepairOrder Next() => new((ulong)random.Next(3), random.Next(2) == 0, (ulong)random.Next(3));
    }

    [Fact]
    public void A_note_has_the_documented_bytes_and_one_that_is_not_whole_is_no_order()
    {
        var order = new RepairOrder(7, true, 3);
        var bytes = order.Encode();

        Assert.Equal("44465352" + "0000000000000007" + "01" + "0000000000000003" + "F4A50968", Convert.ToHexString(bytes));
        Assert.Equal(order, RepairOrder.Decode(bytes));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(default, RepairOrder.Decode(damaged));
        }
    }

    [Fact]
    public async Task A_pause_holds_over_a_restart_until_somebody_resumes()
    {
        using var folder = new TempFolder();
        Open().Run(RepairCommand.Pause);

        var repair = Open();
        var waiting = repair.WhenRunningAsync(CancellationToken.None).AsTask();
        Assert.True(repair.Order.IsPaused);
        Assert.False(waiting.IsCompleted);
        // What a node knows that was away when it was paused is older.
        repair.Hear(new RepairOrder(0, false, 0));
        Assert.False(waiting.IsCompleted);
        repair.Hear(repair.Order.Resume());

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(new RepairOrder(2, false, 0), Open().Order);

        RepairSwitch Open() => new(HostDisk.Instance, Path.Combine(folder.Path, "repair"));
    }

    [Theory]
    [InlineData("create")]
    [InlineData("write")]
    [InlineData("sync")]
    [InlineData("rename")]
    public void A_pause_that_the_disk_did_not_take_is_refused_and_given_again_is_kept(string call)
    {
        var disk = new SimDisk { Faults = (asked, _) => asked == call ? DiskFault.NoSpace : null };
        var repair = new RepairSwitch(disk, "/repair");

        Assert.Equal(DfsOutcome.Failed, repair.Run(RepairCommand.Pause).Outcome);
        Assert.False(repair.Order.IsPaused);
        disk.Faults = (_, _) => null;
        Assert.Equal(DfsOutcome.Done, repair.Run(RepairCommand.Pause).Outcome);

        Assert.True(new RepairSwitch(disk, "/repair").Order.IsPaused);
    }

    [Fact]
    public async Task A_pause_heard_while_the_disk_was_full_is_kept_when_it_is_heard_again()
    {
        var failed = new TaskCompletionSource();
        var disk = new SimDisk();
        disk.Faults = (call, _) =>
        {
            if (call != "write")
            {
                return null;
            }

            failed.TrySetResult();
            return DiskFault.NoSpace;
        };
        var repair = new RepairSwitch(disk, "/repair");
        var pause = default(RepairOrder).Pause();
        repair.Hear(pause);
        await failed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        disk.Faults = (_, _) => null;

        await Eventually.HoldsAsync(
            () =>
            {
                repair.Hear(pause);
                return Task.FromResult(repair.Order == pause);
            }, TimeSpan.FromSeconds(30), "the pause is in force");

        Assert.Equal(pause, new RepairSwitch(disk, "/repair").Order);
    }

    [Theory, Seeds(20)]
    public void A_pause_that_was_answered_holds_over_a_power_cut(int seed)
    {
        var disk = new SimDisk();
        new RepairSwitch(disk, "/repair").Run(RepairCommand.Pause);

        disk.Crash(new Random(seed));

        Assert.True(new RepairSwitch(disk, "/repair").Order.IsPaused);
    }

    [Fact]
    public async Task While_clients_are_served_one_copy_is_made_at_a_time_and_three_times_as_long_is_rested()
    {
        using var folder = new TempFolder();
        var (time, isServing) = (new HandTime(), true);
        using var pacer = new RepairPacer(new RepairSwitch(HostDisk.Instance, Path.Combine(folder.Path, "repair")), () => isServing, time);
        var (first, second) = (new TaskCompletionSource<int>(), new TaskCompletionSource<int>());
        var begun = new List<int>();
        var firstRun = pacer.RunAsync(() => Begin(1, first), CancellationToken.None);
        var secondRun = pacer.RunAsync(() => Begin(2, second), CancellationToken.None);

        time.Advance(TimeSpan.FromMilliseconds(100));
        first.SetResult(1);
        await time.TimerStartedAsync();
        Assert.Equal([1], begun);
        time.Advance(TimeSpan.FromMilliseconds(299));
        Assert.False(firstRun.IsCompleted);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, await firstRun.WaitAsync(TimeSpan.FromSeconds(30)));

        // Nobody is served any more: the next ones do not wait for each other.
        isServing = false;
        Assert.Equal(3, await pacer.RunAsync(() => Task.FromResult(3), CancellationToken.None));
        second.SetResult(2);
        Assert.Equal(2, await secondRun.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(RepairPace.RestMax, RepairPace.RestAfter(TimeSpan.FromMinutes(1)));

        Task<int> Begin(int number, TaskCompletionSource<int> end)
        {
            begun.Add(number);
            return end.Task;
        }
    }
}
