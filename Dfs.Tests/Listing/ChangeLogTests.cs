using System.Collections.Immutable;
using Dfs.Core.Listing;
using Dfs.Core.Primitives;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Listing;

/// <summary>What subscribers are told, and when they have to list everything anew.</summary>
public sealed class ChangeLogTests
{
    private static readonly BucketId Bucket = new(new Bytes16(0, 1)), Other = new(new Bytes16(0, 2));

    private readonly ChangeLog _log = new(new Bytes16(1, 1), At(0));

    [Fact]
    public void Who_was_here_before_is_told_page_by_page_of_the_names_that_are_wanted()
    {
        var begin = _log.End;
        _log.Append(Of(Stored("a/1"), Stored("b/1"), Stored("a/2", Other), Removed("a/3")), At(5));
        _log.Append(Of(Stored("a/4")), At(9));

        var first = Read(begin, 2);
        var second = Read(first.Next, 2);

        Assert.Equal(["a/1", "-a/3"], Told(first));
        Assert.Equal(["a/4"], Told(second));
        Assert.Equal(At(9), second.Next.At);
        Assert.Empty(Told(Read(second.Next, 2)));
    }

    [Fact]
    public void Who_comes_from_another_node_misses_nothing_and_may_be_told_again()
    {
        _log.Append(Of(Stored("a/1")), At(5));
        _log.Append(Of(Stored("a/2")), At(9));

        Assert.Empty(Told(Read(FromElsewhere(9))));
        Assert.Empty(Told(Read(FromElsewhere(12))));
        Assert.Equal(["a/2"], Told(Read(FromElsewhere(5))));
        Assert.Equal(["a/2"], Told(Read(FromElsewhere(8))));
        Assert.Equal(["a/1", "a/2"], Told(Read(FromElsewhere(4))));
    }

    [Fact]
    public void While_nothing_changes_a_position_before_is_as_good()
    {
        _log.Append(Of(Stored("a/1")), At(5));
        _log.Append(Of(), At(50));
        Assert.Empty(Told(Read(FromElsewhere(6))));

        _log.Append(Of(Stored("a/2")), At(60));

        Assert.Equal(["a/2"], Told(Read(FromElsewhere(6))));
    }

    [Fact]
    public void A_position_that_this_log_does_not_reach_back_to_is_a_listing_and_then_goes_on()
    {
        var late = new ChangeLog(new Bytes16(2, 2), At(7));
        late.Append(Of(Stored("a/1")), At(9));

        foreach (var position in new[] { FromElsewhere(6), FromElsewhere(20, layout: 2) })
        {
            var read = late.Read(position, Bucket, _ => true, 10);

            Assert.True(read.IsResync);
            Assert.Empty(read.Changes);
            Assert.Equal(late.End with { ListingAfter = "" }, read.Next);
        }

        late.Append(Of(Stored("a/2")), At(11));
        Assert.Equal(["a/2"], Told(late.Read(FromElsewhere(9), Bucket, _ => true, 10)));
    }

    [Fact]
    public void A_file_that_went_before_its_name_was_known_here_is_a_listing_for_who_may_have_known_it()
    {
        _log.Append(Of(Stored("a/1")), At(5));
        var before = _log.End;
        _log.Append(new NameChanges([Stored("a/2")], new HashSet<BucketId> { Bucket }), At(9));

        Assert.True(Read(FromElsewhere(7)).IsResync);
        Assert.True(Read(FromElsewhere(4)).IsResync);
        Assert.True(Read(FromElsewhere(5)).IsResync);
        Assert.Equal(["a/2"], Told(Read(before)));
        Assert.False(_log.Read(FromElsewhere(7), Other, _ => true, 10).IsResync);
        Assert.Empty(Told(Read(FromElsewhere(9))));
    }

    [Fact]
    public void What_is_known_by_reads_alone_is_told_to_whoever_comes_with_the_same_rows()
    {
        _log.Append(Of(Removed("a/1")) with { HasPending = true }, At(5));
        var here = _log.End;

        Assert.Equal(["-a/1"], Told(Read(FromElsewhere(5))));
        Assert.Empty(Told(Read(here)));

        _log.Append(new NameChanges([], new HashSet<BucketId> { Bucket }, HasPending: true), At(5));
        Assert.True(Read(FromElsewhere(9)).IsResync);
        Assert.Empty(Told(Read(here)));

        _log.Append(Of(Removed("a/1")), At(6));
        Assert.Empty(Told(Read(FromElsewhere(6))));
    }

    [Fact]
    public void A_listing_that_was_begun_at_another_node_begins_anew()
    {
        _log.Append(Of(Stored("a/1")), At(5));
        var listing = _log.End with { ListingAfter = "a/0" };

        Assert.Equal(listing, Read(listing).Next);
        Assert.False(Read(listing).IsResync);
        var elsewhere = Read(FromElsewhere(5) with { ListingAfter = "a/0" });
        Assert.True(elsewhere.IsResync);
        Assert.Equal(_log.End with { ListingAfter = "" }, elsewhere.Next);
    }

    [Fact]
    public void Who_is_further_behind_than_the_limit_is_told_to_list()
    {
        var begin = _log.End;
        var half = Enumerable.Range(0, ChangeLog.ChangesMax / 2).Select(number => Stored($"a/{number:D5}")).ToArray();
        _log.Append(Of(half), At(1));
        var middle = _log.End;
        _log.Append(Of(half), At(2));
        Assert.False(Read(begin).IsResync);

        _log.Append(Of(Stored("a/last")), At(3));

        Assert.True(Read(begin).IsResync);
        Assert.True(Read(FromElsewhere(0)).IsResync);
        Assert.Equal(half.Length + 1, TellAll(middle));
        Assert.Equal(half.Length + 1, TellAll(FromElsewhere(1)));
    }

    [Fact]
    public void Files_that_came_and_went_unseen_do_not_fill_the_memory()
    {
        var begin = _log.End;
        for (var at = 1; at <= ChangeLog.ChangesMax + 1; at++)
        {
            _log.Append(new NameChanges([], new HashSet<BucketId> { Bucket }), At((ulong)at));
        }

        Assert.True(Read(FromElsewhere(0)).IsResync);
        Assert.Empty(Told(Read(begin)));
    }

    [Fact]
    public void A_position_survives_as_text_and_golden_bytes()
    {
        var position = new SubscriptionPosition(
            new Bytes16(0x0102030405060708, 0x090a0b0c0d0e0f10), 7,
            new FeedPosition(new LayoutNumber(3), ImmutableSortedDictionary<ReplicaId, ulong>.Empty.Add(new ReplicaId(new Bytes16(0, 17)), 300)),
            "ü");
        const string Golden =
            "01" + "0102030405060708090a0b0c0d0e0f10" + "0000000000000007" + "0000000000000003" + "0001"
            + "00000000000000000000000000000011" + "000000000000012c" + "01" + "0002" + "c3bc";

        Assert.Equal(Golden, Convert.ToHexStringLower(position.Encode()));
        Assert.True(SubscriptionPosition.TryParse(position.ToString(), out var parsed));
        Assert.Equal(position, parsed);
        Assert.Equal(position with { ListingAfter = null }, SubscriptionPosition.Decode((position with { ListingAfter = null }).Encode()));
        foreach (var broken in new[] { Golden[..^2], Golden + "00", "02" + Golden[2..], "" })
        {
            Assert.Null(SubscriptionPosition.Decode(Convert.FromHexString(broken)));
        }

        Assert.False(SubscriptionPosition.TryParse("no position", out _));
    }

    private static FeedPosition At(ulong cursor, ulong layout = 1) => new(
        new LayoutNumber(layout), ImmutableSortedDictionary<ReplicaId, ulong>.Empty.Add(Members.Id(1), cursor).Add(Members.Id(2), cursor));

    private static SubscriptionPosition FromElsewhere(ulong cursor, ulong layout = 1) => new(new Bytes16(9, 9), 3, At(cursor, layout));

    private static NameChanges Of(params NameChange[] changes) => new(changes, new HashSet<BucketId>());

    private static NameChange Stored(string name, BucketId? bucket = null) =>
        new(bucket ?? Bucket, name, new ListedName(name, 1, 0, "", default, IsRemoved: false));

    private static NameChange Removed(string name) => new(Bucket, name, null);

    private static IEnumerable<string> Told(ChangeRead read)
    {
        Assert.False(read.IsResync);
        return read.Changes.Select(change => (change.IsRemoval ? "-" : "") + change.Name);
    }

    private ChangeRead Read(SubscriptionPosition after, int countMax = 1000) =>
        _log.Read(after, Bucket, name => name.StartsWith("a/", StringComparison.Ordinal), countMax);

    private int TellAll(SubscriptionPosition after)
    {
        var count = 0;
        for (var read = Read(after); read.Changes.Count > 0; read = Read(read.Next))
        {
            Assert.False(read.IsResync);
            count += read.Changes.Count;
        }

        return count;
    }
}
