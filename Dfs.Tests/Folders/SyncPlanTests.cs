using Dfs.Core.Folders;
using Dfs.Core.Listing;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Folders;

public sealed class SyncPlanTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_differs_in_size_or_time_is_copied_and_what_only_the_target_has_is_named()
    {
        var plan = SyncPlan.Of(
            [Here("absent", 1), Here("same", 1), Here("size", 1), Here("time", 1)],
            [Stored("same", 1, Noon), Stored("size", 2, Noon), Stored("surplus", 9, Noon), Stored("time", 1, Noon.AddMilliseconds(-1))],
            byContent: false);

        Assert.Equal([("absent", SyncReason.Absent), ("size", SyncReason.Size), ("time", SyncReason.Time)], plan.Copies);
        Assert.Equal(["surplus"], plan.Removals);
        Assert.Equal((1, 0), (plan.SameCount, plan.Compare.Count));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void On_its_way_up_a_file_that_is_older_than_its_upload_is_the_same_when_its_own_time_is_not_known(int seconds, bool isCopied) =>
        Assert.Equal(isCopied, SyncPlan.Of([Here("a", 1, Noon.AddSeconds(seconds))], [Stored("a", 1, null)], byContent: false).Copies.Count == 1);

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void On_its_way_down_it_is_the_same_when_it_has_the_time_that_a_fetch_gives_it(int seconds, bool isCopied) =>
        Assert.Equal(isCopied, SyncPlan.Of([Stored("a", 1, null)], [Here("a", 1, Noon.AddSeconds(seconds))], byContent: false).Copies.Count == 1);

    [Fact]
    public void By_content_times_mean_nothing_and_sizes_still_spare_a_comparison()
    {
        var plan = SyncPlan.Of([Here("a", 1), Here("b", 1)], [Stored("a", 1, Noon.AddDays(1)), Stored("b", 2, Noon)], byContent: true);

        Assert.Equal(["a"], plan.Compare);
        Assert.Equal([("b", SyncReason.Size)], plan.Copies);
    }

    // Oracle: sets. Every name is in exactly one place of the plan, and following it makes the target's names the source's.
    [Theory, Seeds(50)]
    public void Every_name_is_decided_once(int seed)
    {
        var random = new Random(seed);
        var (source, target) = (Side(stored: false), Side(stored: true));

        var plan = SyncPlan.Of(source, target, byContent: false);

        var (from, to) = (source.Select(file => file.Name).ToHashSet(), target.Select(file => file.Name).ToHashSet());
        Assert.Equal(to.Except(from).Order(NameOrder.Instance), plan.Removals);
        Assert.Equal(from.Except(to).Order(NameOrder.Instance), plan.Copies.Where(copy => copy.Reason == SyncReason.Absent).Select(copy => copy.Name));
        Assert.Equal(from.Count, plan.Copies.Count + plan.SameCount);

        List<SyncEntry> Side(bool stored) => [.. Enumerable.Range(0, random.Next(30)).Select(_ => $"{(char)('a' + random.Next(4))}{(random.Next(2) == 0 ? "/" : "\U0001F418")}{random.Next(4)}")
            .Distinct().Order(NameOrder.Instance).Select(name => stored ? Stored(name, random.Next(2), Noon) : Here(name, random.Next(2)))];
    }

    private static SyncEntry Here(string name, long sizeBytes, DateTimeOffset? at = null) => new(name, sizeBytes, at ?? Noon, null);

    private static SyncEntry Stored(string name, long sizeBytes, DateTimeOffset? at) => new(name, sizeBytes, at, Noon);
}
