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
/// <param name="places">Where the table's rows were taken up to; what it has of other replicas is forgotten when their feeds begin.</param>
internal sealed class ChangeFeeds(NameIndexOptions options, NameTable table, IEnumerable<FeedPlace> places)
{
    /// <summary>Twenty-five, five seconds: as long as a change of a head waits for a layout to be known everywhere.</summary>
    private const int LayoutAttemptsMax = 25;

    /// <summary>Five nodes are named that did not answer, and the others counted.</summary>
    private const int NamesMax = 5;

    private static readonly TimeSpan LayoutWait = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<ReplicaId, Feed> _feeds = Begin(places, table.SealedBuckets());
    private readonly Lock _taking = new();
    private Voters? _voters;
    private volatile bool _isBetweenLayouts;
    private long _pages;

    /// <exception cref="TransferException">There is none yet.</exception>
    public static Layout LayoutOf(NameIndexOptions options) =>
        options.Local.Layout ?? throw new TransferException(DfsOutcome.NotReady, "The cluster has no layout yet; try again.");

    /// <summary>Pulls until a majority of every partition's replicas is up to date.</summary>
    /// <param name="pace">Waits after each page.</param>
    /// <returns>Who that is.</returns>
    /// <exception cref="TransferException">No layout, or no majority of some partition answered.</exception>
    public async Task<Voters> PullAsync(HeadOpener open, Func<Task> pace, CancellationToken cancellationToken)
    {
        // While a layout changes, some nodes work under one number and some under the next, for a moment.
        for (var attempt = 1; ; attempt++)
        {
            var layout = LayoutOf(options);
            _isBetweenLayouts = false;
            var voters = await PullAsync(layout, open, pace, cancellationToken);
            if (voters.AreQuorums)
            {
                return voters;
            }

            if (!_isBetweenLayouts || attempt == LayoutAttemptsMax || RequestBudget.StepTimeNow <= LayoutWait)
            {
                throw new TransferException(
                    DfsOutcome.NoQuorum, $"no quorum: too few nodes answered for the list to be complete (not {NamesBut(voters.Answered, layout)}); try again.");
            }

            await Task.Delay(LayoutWait, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Pages that came, but the last ones.</summary>
    public long Pages => Interlocked.Read(ref _pages);

    /// <summary>Rows that were taken over.</summary>
    public long Rows { get; private set; }

    /// <summary>Where each feed can be gone on with.</summary>
    public IReadOnlyCollection<FeedPlace> Places => [.. _feeds.Values.Select(feed => feed.Place).OfType<FeedPlace>()];

    /// <summary>How far all feeds were taken over.</summary>
    public FeedPosition Position(LayoutNumber layout) => new(
        layout, _feeds.Values.ToImmutableSortedDictionary(feed => feed.Replica, feed => feed.Cursor));

    /// <summary>All feeds are read from their beginnings again.</summary>
    public void Restart() => _feeds.Clear();

    /// <summary>Feeds are read again from before the first row of these buckets that could not be opened; all that came before stays.</summary>
    /// <returns>Whether there are such rows.</returns>
    public bool GoBack(IReadOnlyCollection<BucketId> buckets)
    {
        var goesBack = false;
        foreach (var feed in _feeds.Values)
        {
            goesBack |= feed.GoBack(buckets);
        }

        return goesBack;
    }

    private static string NamesBut(IReadOnlySet<ReplicaId> answered, Layout layout)
    {
        var names = layout.Everyone.Where(member => !answered.Contains(member.Id)).Select(member => member.Name).Order(StringComparer.Ordinal).ToList();
        return string.Join(", ", names.Take(NamesMax)) + (names.Count > NamesMax ? $" and {names.Count - NamesMax} more" : "");
    }

    private static Dictionary<ReplicaId, Feed> Begin(IEnumerable<FeedPlace> places, IReadOnlySet<BucketId> sealedBuckets)
    {
        var feeds = places.ToDictionary(place => place.Replica, place => new Feed(place));
        foreach (var (feed, bucket) in feeds.Values.SelectMany(_ => sealedBuckets, (feed, bucket) => (feed, bucket)))
        {
            // Where its rows stood in the feed is not kept.
            feed.NoteSealed(bucket, after: 0);
        }

        return feeds;
    }

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
        for (var isElsewhere = false; await ReadPageAsync(layout, feed, cancellationToken) is { } page;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (ReferenceEquals(page, ChangePage.Elsewhere))
            {
                // Once: a replica that says so again and again would hold the pull up for ever.
                if (isElsewhere)
                {
                    return false;
                }

                isElsewhere = true;
                feed.Restart();
                continue;
            }

            if (!page.IsLast)
            {
                // However many names there are: as long as they come, who waits for them waits for something.
                Interlocked.Increment(ref _pages);
                RequestBudget.Current?.Worked();
            }

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
            var isBeginning = feed.After == 0;
            feed.Begin(page.Floor);
            if (!isBeginning)
            {
                return false;
            }
        }

        if (feed.IsAgain && page.Feed != feed.Name)
        {
            // Begun anew meanwhile, perhaps from an older copy: its rows at an earlier place say nothing of those behind.
            feed.Restart();
            return false;
        }

        foreach (var row in page.Rows.Where(row => !row.Key.IsCouncil))
        {
            if (table.Take(feed.Replica, row.Key.Register, BallotMark.Of(row.Accepted), row.Value, open) is { } bucket)
            {
                feed.NoteSealed(bucket, feed.After);
            }
        }

        Rows += page.Rows.Count;
        NameIndexMetrics.Pulled(page.Rows.Count);
        return feed.Advance(page);
    }

    private async Task<ChangePage?> ReadPageAsync(Layout layout, Feed feed, CancellationToken cancellationToken)
    {
        var (replica, after, name) = (feed.Replica, feed.After, feed.After == 0 ? null : feed.Name);
        if (replica == options.Self)
        {
            return await options.Local.ReadChangesAsync(after, RowPages.RowsMax, name);
        }

        if (options.Directory.EndpointOf(replica, layout) is not { } endpoint || !options.Directory.SeemsReachable(replica))
        {
            return null;
        }

        var call = new PeerCall(layout.Cluster, options.Self, replica, layout.Number, options.Local.Epoch);
        using var step = RequestBudget.WatchStep(cancellationToken);
        PeerOutcome outcome;
        try
        {
            outcome = await options.Peers.ReadChangesAsync(new Uri(endpoint), call, after, step.Token, name);
        }
        catch (OperationCanceledException) when (step.IsOver)
        {
            return null;
        }

        _isBetweenLayouts |= outcome is PeerOutcome.StaleLayout or PeerOutcome.Refused { Refusal: PeerRefusal.Behind };
        return outcome is not PeerOutcome.Changes { Page: var page } ? null
            // Of an earlier version since: it cannot say whether the cursor is one of its own.
            : name is not null && page.Feed is null ? ChangePage.Elsewhere
            : page;
    }

    private sealed class Feed(ReplicaId replica)
    {
        // The cursor before the first row of a bucket that could not be opened. As many as there are such buckets of the owner.
        private readonly Dictionary<BucketId, ulong> _sealedAfter = [];

        // Up to where the rows that come again have come; once the end has shown that the feed is still the one that was read.
        private ulong? _again;

        public Feed(FeedPlace place)
            : this(place.Replica) => (Cursor, Floor, Name, IsBegun) = (place.Cursor, place.Floor, place.Feed, true);

        public ReplicaId Replica => replica;

        /// <summary>What the feed was called when the cursor was told; null of a replica of an earlier version.</summary>
        public Bytes16? Name { get; private set; }

        /// <summary>Null where nothing is taken over that could be gone on with.</summary>
        public FeedPlace? Place => IsBegun && Name is { } name ? new FeedPlace(Replica, name, Cursor, Floor) : null;

        /// <summary>Up to where everything was taken over.</summary>
        public ulong Cursor { get; private set; }

        /// <summary>As it was when reading from the beginning began.</summary>
        public ulong Floor { get; private set; }

        public bool IsBegun { get; private set; }

        public bool IsAgain { get; private set; }

        /// <summary>What is asked for next begins behind this change.</summary>
        public ulong After => IsAgain ? _again!.Value : Cursor;

        public void Begin(ulong floor)
        {
            Restart();
            (Floor, IsBegun) = (floor, true);
        }

        /// <summary>From the beginning; what the table has of the replica is forgotten when that is here.</summary>
        public void Restart()
        {
            (Cursor, Floor, Name, IsBegun, _again, IsAgain) = (0, 0, null, false, null, false);
            _sealedAfter.Clear();
        }

        /// <returns>Whether there is nothing more.</returns>
        public bool Advance(ChangePage page)
        {
            if (IsAgain && page.Cursor < Cursor && !page.IsLast)
            {
                _again = page.Cursor;
                return false;
            }

            (Cursor, Name) = (IsAgain ? Math.Max(Cursor, page.Cursor) : page.Cursor, page.Feed);
            (_again, IsAgain) = IsAgain ? (null, false) : (_again, page.IsLast && _again is not null);
            return page.IsLast && !IsAgain;
        }

        public void NoteSealed(BucketId bucket, ulong after) => _sealedAfter.TryAdd(bucket, after);

        public bool GoBack(IEnumerable<BucketId> buckets)
        {
            var goesBack = false;
            foreach (var bucket in buckets)
            {
                if (_sealedAfter.Remove(bucket, out var after))
                {
                    goesBack = true;
                    _again = Math.Min(_again ?? Cursor, after);
                    IsAgain = false;
                }
            }

            if (_again is not null && (_again == 0 || Name is null))
            {
                // From there on nobody says whether the replica's rows are those that were taken.
                Restart();
            }

            return goesBack;
        }
    }
}
