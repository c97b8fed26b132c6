using System.Collections.Immutable;
using Dfs.Actors.Catalog;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Listing;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;

namespace Dfs.Actors.Client;

/// <summary>Follows the change feeds of a layout's members and takes what they say into a table of names.</summary>
/// <remarks>
/// One pull at a time; its feeds are read side by side, a page of each at once, and what was taken stays when a feed breaks
/// off. A feed whose floor has risen has erased rows that were taken: the replica is forgotten, and read from its beginning.
/// </remarks>
internal sealed class ChangeFeeds(NameIndexOptions options, NameTable table)
{
    /// <summary>Twenty-five, five seconds: as long as a change of a head waits for a layout to be known everywhere.</summary>
    private const int LayoutAttemptsMax = 25;

    private static readonly TimeSpan LayoutWait = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<ReplicaId, Feed> _feeds = [];
    private readonly Lock _taking = new();
    private Voters? _voters;
    private volatile bool _isBetweenLayouts;

    /// <summary>Pulls until a majority of every partition's replicas is up to date.</summary>
    /// <param name="pace">Waits after each page.</param>
    /// <returns>Who that is.</returns>
    /// <exception cref="TransferException">No layout, or no majority of some partition answered.</exception>
    public async Task<Voters> PullAsync(HeadOpener open, Func<Task> pace, CancellationToken cancellationToken)
    {
        // While a layout changes, some nodes work under one number and some under the next, for a moment.
        for (var attempt = 1; ; attempt++)
        {
            var layout = options.Local.Layout ?? throw new TransferException(DfsOutcome.NotReady, "The cluster has no layout yet; try again.");
            _isBetweenLayouts = false;
            var voters = await PullAsync(layout, open, pace, cancellationToken);
            if (voters.AreQuorums)
            {
                return voters;
            }

            if (!_isBetweenLayouts || attempt == LayoutAttemptsMax)
            {
                throw new TransferException(
                    DfsOutcome.NoQuorum, "no quorum: too few nodes answered for the list to be complete; try again.");
            }

            await Task.Delay(LayoutWait, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>How far all feeds were taken over.</summary>
    public FeedPosition Position(LayoutNumber layout) => new(
        layout, _feeds.Values.ToImmutableSortedDictionary(feed => feed.Replica, feed => feed.Cursor));

    /// <summary>All feeds are read from their beginnings again.</summary>
    public void Restart() => _feeds.Clear();

    private async Task<Voters> PullAsync(Layout layout, HeadOpener open, Func<Task> pace, CancellationToken cancellationToken)
    {
        var members = layout.Everyone.Select(member => member.Id).ToList();
        members.ForEach(member => _feeds.TryAdd(member, new Feed(member)));
        var ends = await Task.WhenAll(members.Select(member => FollowAsync(layout, _feeds[member], open, pace, cancellationToken)));
        var answered = members.Where((_, index) => ends[index]).ToHashSet();
        if (_voters is null || _voters.Number != layout.Number || !answered.SetEquals(_voters.Answered))
        {
            _voters = new Voters(layout, answered, table.NumberOf);
        }

        return _voters;
    }

    /// <returns>Whether the end of the feed was reached.</returns>
    private async Task<bool> FollowAsync(Layout layout, Feed feed, HeadOpener open, Func<Task> pace, CancellationToken cancellationToken)
    {
        while (await ReadPageAsync(layout, feed.Replica, feed.Cursor, cancellationToken) is { } page)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (_taking)
            {
                if (Take(feed, page, open))
                {
                    return true;
                }
            }

            await pace();
        }

        return false;
    }

    /// <returns>Whether that was the last page.</returns>
    private bool Take(Feed feed, ChangePage page, HeadOpener open)
    {
        if (page.Floor > feed.Floor || !feed.IsBegun)
        {
            table.Forget(feed.Replica);
            var isBeginning = feed.Cursor == 0;
            (feed.Cursor, feed.Floor, feed.IsBegun) = (0, page.Floor, true);
            if (!isBeginning)
            {
                return false;
            }
        }

        foreach (var row in page.Rows.Where(row => !row.Key.IsCouncil))
        {
            table.Take(feed.Replica, row.Key.Register, BallotMark.Of(row.Accepted), row.Value, open);
        }

        feed.Cursor = page.Cursor;
        return page.IsLast;
    }

    private async Task<ChangePage?> ReadPageAsync(Layout layout, ReplicaId replica, ulong after, CancellationToken cancellationToken)
    {
        if (replica == options.Self)
        {
            return await options.Local.ReadChangesAsync(after, RowPages.RowsMax);
        }

        if (options.Directory.EndpointOf(replica, layout) is not { } endpoint || !options.Directory.SeemsReachable(replica))
        {
            return null;
        }

        var call = new PeerCall(layout.Cluster, options.Self, replica, layout.Number, options.Local.Epoch);
        var outcome = await options.Peers.ReadChangesAsync(new Uri(endpoint), call, after, cancellationToken);
        _isBetweenLayouts |= outcome is PeerOutcome.StaleLayout or PeerOutcome.Refused { Refusal: PeerRefusal.Behind };
        return outcome is PeerOutcome.Changes changes ? changes.Page : null;
    }

    private sealed class Feed(ReplicaId replica)
    {
        public ReplicaId Replica => replica;

        public ulong Cursor { get; set; }

        /// <summary>As it was when reading from the beginning began.</summary>
        public ulong Floor { get; set; }

        public bool IsBegun { get; set; }
    }
}
