using System.Collections.Immutable;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Manifests;

/// <summary>Which versions go: never the current one, never one that a rule keeps or a snapshot shows.</summary>
public sealed class RetentionTests
{
    private const long Day = 86_400_000;

    [Theory, Seeds(300)]
    public void What_goes_is_what_no_rule_keeps_and_no_snapshot_shows(int seed)
    {
        var random = new Random(seed);
        var (snapshots, versions) = History(random);
        var rule = new KeepRule(random.Next(2) == 0 ? 0 : random.Next(1, 6), random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromDays(random.Next(1, 30)));
        var now = versions[0].StoredUnixMs + random.Next(40) * Day;

        var expired = new Retention(rule, snapshots).Expired(versions, now);

        for (var i = 0; i < versions.Count; i++)
        {
            var isShown = snapshots.All.Any(snapshot => versions.First(version => version.Stamp < snapshot.Number || version == versions[^1]) is var shown
                && shown.Stamp < snapshot.Number && shown.Id == versions[i].Id);
            var replaced = i == 0 ? long.MaxValue : Math.Max(versions[i].StoredUnixMs, versions[i - 1].StoredUnixMs);
            var isYoung = rule.For > TimeSpan.Zero && i > 0 && now < replaced + (long)rule.For.TotalMilliseconds;
            var mayGo = !rule.IsNone && i > 0 && i >= rule.Last && !isYoung && !isShown;
            Assert.True(mayGo == expired.Contains(versions[i].Id), $"seed {seed}, version {i} of {versions.Count}");
        }
    }

    [Theory, Seeds(100)]
    public void Settings_from_before_a_snapshot_let_nothing_go(int seed)
    {
        var random = new Random(seed);
        var (snapshots, versions) = History(random);
        var older = BucketSnapshots.None;
        var isOlder = versions[0].Stamp > 0;

        var expired = new Retention(new KeepRule(1, TimeSpan.Zero), older).Expired(versions, long.MaxValue);

        Assert.Equal(isOlder ? 0 : versions.Count - 1, expired.Count);
        Assert.True(versions[0].Stamp <= snapshots.Last);
    }

    [Fact]
    public void A_put_lets_the_oldest_go_by_number_and_leaves_time_to_others()
    {
        var byNumber = new Retention(new KeepRule(3, TimeSpan.Zero), BucketSnapshots.None);
        Head? head = null;
        for (var seed = 1; seed <= 6; seed++)
        {
            head = Sample.Made(HeadTransition.Put(head, Sample.Put(seed) with { KeepsVersions = true, Retention = byNumber }));
        }

        Assert.Equal([6, 5, 4], SeedsOf(head!));

        head = Sample.Made(HeadTransition.Put(
            head, Sample.Put(7) with { KeepsVersions = true, Retention = byNumber with { Rule = new KeepRule(3, TimeSpan.FromDays(1)) } }));
        Assert.Equal([7, 6, 5, 4], SeedsOf(head));
    }

    [Fact]
    public void What_a_snapshot_shows_stays_until_the_snapshot_goes()
    {
        var rule = new KeepRule(1, TimeSpan.Zero);
        var snapshots = BucketSnapshots.None;
        var head = Put(null, 1);
        snapshots = snapshots.With("a", 0)!;
        head = Put(Put(head, 2), 3);
        Assert.Equal([3, 1], SeedsOf(head));
        snapshots = snapshots.With("b", 0)!;
        head = Put(head, 4);
        Assert.Equal([4, 3, 1], SeedsOf(head));

        // A node that has not heard of the second snapshot neither drops what it shows nor takes its own version for older.
        var behind = new Retention(rule, BucketSnapshots.None.With("a", 0)!);
        head = Sample.Made(HeadTransition.Put(head, Sample.Put(5) with { KeepsVersions = true, Retention = behind }));
        Assert.Equal([5, 4, 3, 1], SeedsOf(head));
        Assert.Equal([2u, 2u, 1u, 0u], head.Versions.Select(version => version.Stamp));

        snapshots = snapshots.Without("a");
        Assert.Equal([6, 3], SeedsOf(Put(head, 6)));

        Head Put(Head? current, int seed) => Sample.Made(HeadTransition.Put(
            current, Sample.Put(seed) with { KeepsVersions = true, Retention = new Retention(rule, snapshots) }));
    }

    [Fact]
    public void Expired_versions_leave_a_head_and_the_current_one_stays_whatever_is_asked()
    {
        Head? head = null;
        for (var seed = 1; seed <= 4; seed++)
        {
            head = Sample.Made(HeadTransition.Put(head, Sample.Put(seed) with { KeepsVersions = true }));
        }

        var expired = head!.Versions.Select(version => version.Id).Where(id => id != Sample.VersionOf(2)).ToImmutableHashSet();
        var change = HeadTransition.Expire(head, Sample.Owner.PublicKey, Sample.OperationOf(50), expired, LockKey.None);

        Assert.Equal([4, 2], SeedsOf(Sample.Made(change)));
        Assert.IsType<HeadChange.NothingToDo>(
            HeadTransition.Expire(Sample.Made(change), Sample.Owner.PublicKey, Sample.OperationOf(51), expired, LockKey.None));
    }

    [Fact]
    public void A_stamp_costs_four_bytes_behind_the_flags_and_versions_without_one_are_as_before()
    {
        var version = Sample.SmallVersion(1);
        var plain = Encoded(version);
        var stamped = Encoded(version.WithStamp(0x01020304));

        Assert.Equal(plain[16] | 8, stamped[16]);
        Assert.Equal([1, 2, 3, 4], stamped[17..21]);
        Assert.Equal(plain[17..], stamped[21..]);
        var reader = new ByteReader(stamped);
        Assert.Equal(0x01020304u, HeadVersion.ReadFrom(ref reader).Stamp);

        static byte[] Encoded(HeadVersion version)
        {
            var writer = new ByteWriter();
            version.WriteTo(writer);
            return writer.ToArray();
        }
    }

    // Newest first; stamps never fall towards the newer one.
    private static (BucketSnapshots Snapshots, List<DatedVersion> Versions) History(Random random)
    {
        var (snapshots, versions, time) = (BucketSnapshots.None, new List<DatedVersion>(), 1_700_000_000_000L);
        for (var i = random.Next(1, 12); i > 0; i--)
        {
            time += random.Next(-2, 10) * Day;
            versions.Insert(0, new DatedVersion(Sample.VersionOf(i), snapshots.Last, time));
            snapshots = random.Next(3) == 0 ? snapshots.With($"s{i}", 0)! : snapshots;
            snapshots = random.Next(6) == 0 && !snapshots.All.IsEmpty ? snapshots.Without(snapshots.All[0].Name) : snapshots;
        }

        return (snapshots, versions);
    }

    private static IEnumerable<int> SeedsOf(Head head) =>
        head.Versions.Select(version => Enumerable.Range(1, 20).Single(seed => Sample.VersionOf(seed) == version.Id));
}
