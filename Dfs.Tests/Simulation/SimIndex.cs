using System.Collections.Concurrent;
using System.Globalization;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Listing;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Simulation;

/// <summary>What a replica's change feed answers, once that is durable.</summary>
/// <param name="After">What was asked for.</param>
/// <param name="IsElsewhere">The cursor is none of this history; the rest is empty.</param>
internal sealed record SimFeedPage(ulong After, bool IsElsewhere, ulong Last, ulong Floor, Bytes16 Feed, IReadOnlyList<RegisterRow> Rows);

/// <summary>A node's index of names, in memory: it follows all feeds and answers a listing when a majority of each partition's replicas has answered.</summary>
/// <remarks>The table and who decides are the product's; the feeds are followed as <c>ChangeFeeds</c> does it, all rows of a feed as one page.</remarks>
internal sealed class SimIndex
{
    private const long Timeout = 120;

    /// <summary>Each is a table of 1,024 partitions, some 100 KB.</summary>
    private const int VotersMax = 500;

    private static readonly BucketId Bucket = new(new Bytes16(0, 1));
    private static readonly ConcurrentDictionary<(Layout Layout, string Answered), Voters> Known = new();

    private readonly SimCluster _cluster;
    private readonly SimNode _node;
    private readonly NameTable _table = new();
    private readonly Dictionary<ReplicaId, Feed> _feeds = [];
    private Pull? _pull;

    public SimIndex(SimCluster cluster, SimNode node)
    {
        (_cluster, _node) = (cluster, node);
        foreach (var number in Enumerable.Range(1, SimCluster.NodesMax))
        {
            // The same in every table, so that voters can be shared.
            Assert.Equal(number, _table.NumberOf(Members.Id(number)));
        }
    }

    /// <param name="onDone">Takes what each of <see cref="SimCluster.Keys"/> is listed as, 0 for absent; null for no answer.</param>
    public void List(Action<int[]?> onDone)
    {
        if (_pull is not null || _node.Layout is not { } layout)
        {
            onDone(null);
            return;
        }

        var pull = _pull = new Pull(layout, onDone);
        foreach (var member in layout.Everyone)
        {
            Ask(pull, member.Id);
        }

        _cluster.World.After(Timeout, () => Conclude(pull));
    }

    /// <summary>The node has crashed: who waits is not answered.</summary>
    public void End()
    {
        _pull?.OnDone(null);
        _pull = null;
    }

    private static HeadFacts? Open(RegisterId register, ReadOnlySpan<byte> value)
    {
        var payload = SimValue.PayloadOf(value.ToArray());
        var name = payload == 0 ? null : new ListedName(NameOf(register), payload, 0, "", default, IsRemoved: false);
        return new HeadFacts(Bucket, name is null, HasShares: false, new KeyEpoch(1), name, IsSealed: false);
    }

    private static string NameOf(RegisterId register) =>
        Array.FindIndex(SimCluster.Keys, key => key.Register == register).ToString(CultureInfo.InvariantCulture);

    private static Voters VotersOf(Layout layout, IReadOnlySet<ReplicaId> answered)
    {
        if (Known.Count > VotersMax)
        {
            Known.Clear();
        }

        return Known.GetOrAdd((layout, string.Join(' ', answered.Order())), _ =>
            new Voters(layout, answered.ToHashSet(), id => (ushort)Enumerable.Range(1, SimCluster.NodesMax).First(number => Members.Id(number) == id)));
    }

    private void Ask(Pull pull, ReplicaId replica)
    {
        var (world, target) = (_cluster.World, _cluster.Node(replica));
        var (cursor, name) = _feeds.TryGetValue(replica, out var feed) ? (feed.Cursor, feed.Name) : (0, null);
        world.Send(_node.Number, target.Number, () => target.ReadFeed(pull.Layout.Number, cursor, name, page =>
            world.Send(target.Number, _node.Number, () => Take(pull, replica, page))));
    }

    private void Take(Pull pull, ReplicaId replica, SimFeedPage page)
    {
        if (!_feeds.TryGetValue(replica, out var feed))
        {
            feed = _feeds[replica] = new Feed();
        }

        // An answer that comes twice, or late, is one to an earlier question.
        if (pull != _pull || page.After != feed.Cursor)
        {
            return;
        }

        if (page.IsElsewhere)
        {
            feed.Restart();
            Ask(pull, replica);
            return;
        }

        if (!feed.IsBegun || page.Floor > feed.Floor)
        {
            _table.Forget(replica);
            var isBeginning = feed.Cursor == 0;
            feed.Begin(page.Floor);
            if (!isBeginning)
            {
                Ask(pull, replica);
                return;
            }
        }

        foreach (var row in page.Rows)
        {
            _table.Take(replica, row.Key.Register, BallotMark.Of(row.Accepted), row.Value, Open);
        }

        (feed.Cursor, feed.Name) = (page.Last, page.Feed);
        pull.Answered.Add(replica);
        if (pull.Layout.Everyone.All(member => pull.Answered.Contains(member.Id)))
        {
            Conclude(pull);
        }
    }

    private void Conclude(Pull pull)
    {
        if (pull != _pull || pull.IsConcluded)
        {
            return;
        }

        pull.IsConcluded = true;
        if (_cluster.Broken == BrokenRule.ListsWhatItHas)
        {
            pull.Answered.UnionWith(_feeds.Where(feed => feed.Value.IsBegun).Select(feed => feed.Key));
        }

        var voters = VotersOf(pull.Layout, pull.Answered);
        if (!voters.AreQuorums)
        {
            Answer(pull, null);
            return;
        }

        _table.Settle(voters, Open);
        var toRead = _cluster.Broken == BrokenRule.ListsWhatIsAccepted ? [] : _table.Unsettled(null);
        var (open, isRead) = (1, true);
        foreach (var register in toRead)
        {
            open++;
            _node.Submit(_cluster.Operation(new RowKey(false, register), null, null, _node.Chunks.Epoch), outcome =>
            {
                if (pull == _pull)
                {
                    TakeRead(register, outcome);
                    isRead &= outcome is ReadDone;
                    Close();
                }
            });
        }

        Close();

        void Close()
        {
            if (--open == 0)
            {
                Answer(pull, isRead ? [.. SimCluster.Keys.Select(key => SizeOf(key.Register))] : null);
            }
        }
    }

    private void TakeRead(RegisterId register, ProposerOutcome outcome)
    {
        if (outcome is ReadDone read)
        {
            _table.TakeRead(register, BallotMark.Of(read.Accepted), read.View.Value ?? ReadOnlyMemory<byte>.Empty, Open);
        }
    }

    private int SizeOf(RegisterId register)
    {
        var names = _table.NamesOf(Bucket, withRemoved: false);
        for (var isName = names.Seek([]); isName; isName = names.MoveNext())
        {
            if (names.Entry.Name == NameOf(register))
            {
                return (int)names.Entry.SizeBytes;
            }
        }

        return 0;
    }

    private void Answer(Pull pull, int[]? names)
    {
        _pull = null;
        pull.OnDone(names);
    }

    private sealed class Pull(Layout layout, Action<int[]?> onDone)
    {
        public Layout Layout => layout;

        public Action<int[]?> OnDone => onDone;

        public HashSet<ReplicaId> Answered { get; } = [];

        public bool IsConcluded { get; set; }
    }

    private sealed class Feed
    {
        public ulong Cursor { get; set; }

        public Bytes16? Name { get; set; }

        public ulong Floor { get; private set; }

        public bool IsBegun { get; private set; }

        public void Begin(ulong floor)
        {
            Restart();
            (Floor, IsBegun) = (floor, true);
        }

        public void Restart() => (Cursor, Name, Floor, IsBegun) = (0, null, 0, false);
    }
}
