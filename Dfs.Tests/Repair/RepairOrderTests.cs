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
    public async Task Beside_clients_the_next_copy_is_fetched_while_the_one_before_it_is_written()
    {
        using var folder = new TempFolder();
        var pacer = new RepairPacer(new RepairSwitch(HostDisk.Instance, Path.Combine(folder.Path, "repair")), () => true);
        var copies = Enumerable.Range(0, 4).Select(_ => new Copy()).ToList();
        var runs = copies.Select(copy => pacer.RunAsync(copy.RunAsync, default)).ToList();
        await copies[0].Begun.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(copies[1].Begun.IsCompleted);

        // The first is written, the second fetched.
        copies[0].Fetched();
        await copies[1].Begun.WaitAsync(TimeSpan.FromSeconds(30));

        // Both are written: no more memory is taken, though nobody fetches. Saying it twice changes nothing.
        copies[1].Fetched();
        copies[1].Fetched();
        Assert.False(copies[2].Begun.IsCompleted);

        copies[0].End();
        await copies[2].Begun.WaitAsync(TimeSpan.FromSeconds(30));
        await runs[0];
        Assert.False(copies[3].Begun.IsCompleted);

        // The second is written to its end; the third is still fetched.
        copies[1].End();
        await runs[1].WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(copies[3].Begun.IsCompleted);

        // A fetch that fails gives its place back as well.
        copies[2].End();
        await copies[3].Begun.WaitAsync(TimeSpan.FromSeconds(30));
        copies[3].End();
        await Task.WhenAll(runs).WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Beside_clients_fewer_copies_are_under_way_and_who_waits_comes_in_turn()
    {
        using var folder = new TempFolder();
        var isServing = true;
        var pacer = new RepairPacer(new RepairSwitch(HostDisk.Instance, Path.Combine(folder.Path, "repair")), () => isServing);
        var copies = Enumerable.Range(0, RepairPace.CopiesAlone + 4).Select(_ => new Copy()).ToList();
        using var givesUp = new CancellationTokenSource();
        var runs = copies.Select((copy, index) => pacer.RunAsync(copy.RunAsync, index == RepairPace.FetchesWhileServing + 1 ? givesUp.Token : default)).ToList();
        await Task.WhenAll(copies.Take(RepairPace.FetchesWhileServing).Select(copy => copy.Begun)).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(RepairPace.FetchesWhileServing, Begun());

        // One ends, one begins; then one of those that wait gives up.
        await EndAsync(0);
        await copies[RepairPace.FetchesWhileServing].Begun.WaitAsync(TimeSpan.FromSeconds(30));
        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => runs[RepairPace.FetchesWhileServing + 1]);
        Assert.Equal(RepairPace.FetchesWhileServing + 1, Begun());

        // Clients have gone: with the next end there is room for all eight, and who has given up takes none of it.
        isServing = false;
        await EndAsync(1);
        foreach (var next in copies.Skip(RepairPace.FetchesWhileServing + 2).Take(RepairPace.CopiesAlone - RepairPace.FetchesWhileServing + 1))
        {
            await next.Begun.WaitAsync(TimeSpan.FromSeconds(30));
        }

        // Two have ended, eight are under way, one has given up, one waits.
        Assert.Equal(RepairPace.CopiesAlone + 2, Begun());
        Assert.False(copies[^1].Begun.IsCompleted);
        copies.ForEach(copy => copy.End());
        await Task.WhenAll(runs.Where(run => !run.IsCanceled)).WaitAsync(TimeSpan.FromSeconds(30));

        int Begun() => copies.Count(copy => copy.Begun.IsCompleted);

        async Task EndAsync(int index)
        {
            copies[index].End();
            Assert.Equal(1, await runs[index].WaitAsync(TimeSpan.FromSeconds(30)));
        }
    }

    [Fact]
    public async Task A_copy_that_waits_for_its_turn_is_held_by_a_pause()
    {
        using var folder = new TempFolder();
        var repair = new RepairSwitch(HostDisk.Instance, Path.Combine(folder.Path, "repair"));
        var pacer = new RepairPacer(repair, () => true);
        var first = Enumerable.Range(0, RepairPace.FetchesWhileServing).Select(_ => new Copy()).ToList();
        var last = new Copy();
        var runs = first.Append(last).Select(copy => pacer.RunAsync(copy.RunAsync, default)).ToList();
        await Task.WhenAll(first.Select(copy => copy.Begun)).WaitAsync(TimeSpan.FromSeconds(30));

        repair.Run(RepairCommand.Pause);
        first.ForEach(copy => copy.End());
        await Task.WhenAll(runs.SkipLast(1)).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(last.Begun.IsCompleted);

        repair.Run(RepairCommand.Resume);
        await last.Begun.WaitAsync(TimeSpan.FromSeconds(30));
        last.End();
        await runs[^1].WaitAsync(TimeSpan.FromSeconds(30));
    }

    private sealed class Copy
    {
        private readonly TaskCompletionSource _begun = new(), _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private RepairPacer.Turn? _turn;

        public Task Begun => _begun.Task;

        public void End() => _ended.TrySetResult();

        public void Fetched() => _turn!.Fetched();

        public async Task<int> RunAsync(RepairPacer.Turn turn)
        {
            _turn = turn;
            _begun.TrySetResult();
            await _ended.Task;
            return 1;
        }
    }
}
