using System.Text;
using Dfs.Actors.Catalog;
using Dfs.Actors.Transfer;
using Dfs.Core.Catalog;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;

namespace Dfs.Actors.Client;

/// <summary>The names of an owner's files, sorted, as only a node with the owner's keys can know them.</summary>
/// <remarks>
/// Derived and in memory: lost on restart and pulled again. A listing first pulls what changed on the layout's members
/// since the last one, and needs a majority of every partition's replicas to answer; so it sees every write that was
/// acknowledged before it began. Where the replicas of a name differ, the head is read first: accepted is not chosen.
/// One listing at a time.
/// </remarks>
public sealed class NameIndex(NameIndexOptions options) : IDisposable
{
    /// <summary>Twenty-five, five seconds: as long as a change of a head waits for a layout to be known everywhere.</summary>
    private const int LayoutAttemptsMax = 25;

    private static readonly TimeSpan LayoutWait = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _one = new(1);
    private readonly Dictionary<ReplicaId, ulong> _cursors = [];
    private readonly Dictionary<RegisterId, NameEntry> _entries = [];
    private volatile bool _isBetweenLayouts;

    /// <exception cref="TransferException">No layout, or no majority of some partition answered.</exception>
    public async Task<NamePage<FileEntry>> ListAsync(string bucket, ListOptions wanted, CancellationToken cancellationToken)
    {
        using var owner = options.Owner.Use();
        var keys = owner.Bucket(bucket);
        var files = await CollectAsync((entry, value, register) => entry.Open(value, register, keys, owner.PublicKey), cancellationToken);
        return PageCut.Of(wanted, new SortedFiles(wanted.WithRemoved ? files : files.FindAll(file => !file.IsRemoved)));
    }

    /// <summary>Every head of the owner, of all buckets, that is not a tombstone.</summary>
    /// <exception cref="TransferException">No layout, or no majority of some partition answered.</exception>
    public Task<List<Head>> HeadsAsync(CancellationToken cancellationToken)
    {
        var owner = options.Owner.PublicKey;
        return CollectAsync(
            (_, value, register) => HeadCodec.TryDecode(value.Span, out var signed) && signed.Head.Owner == owner
                && signed.Head.Register == register && !signed.Head.IsRemoved ? signed.Head : null,
            cancellationToken);
    }

    /// <summary>Whether the bucket has anything, removed files with kept versions included.</summary>
    /// <exception cref="TransferException">No layout, or no majority of some partition answered.</exception>
    public async Task<bool> HasAnyAsync(string bucket, CancellationToken cancellationToken)
    {
        using var owner = options.Owner.Use();
        var id = owner.Bucket(bucket).Id;
        var found = await CollectAsync((_, value, _) => NameEntry.IsIn(id, value) ? (object)value : null, cancellationToken);
        return found.Count > 0;
    }

    private async Task<List<T>> CollectAsync<T>(
        Func<NameEntry, ReadOnlyMemory<byte>, RegisterId, T?> choose, CancellationToken cancellationToken)
        where T : class
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var (layout, answered) = await PullQuorumsAsync(cancellationToken);
            var chosen = new List<T>();
            foreach (var (register, entry) in _entries)
            {
                var value = entry.Chosen(layout.QuorumOf(register.Partition), answered) ?? await ReadAsync(register, cancellationToken);
                if (choose(entry, value, register) is { } item)
                {
                    chosen.Add(item);
                }
            }

            return chosen;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Forgets every name that was opened; what the replicas sent stays, sealed.</summary>
    public async Task ForgetAsync()
    {
        await _one.WaitAsync();
        try
        {
            foreach (var entry in _entries.Values)
            {
                entry.Close();
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    // While a layout changes, some nodes work under one number and some under the next, for a moment.
    private async Task<(Layout Layout, HashSet<ReplicaId> Answered)> PullQuorumsAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var layout = options.Local.Layout ?? throw new TransferException(DfsOutcome.NotReady, "The cluster has no layout yet; try again.");
            _isBetweenLayouts = false;
            var answered = await PullAsync(layout, cancellationToken);
            if (PartitionId.All.All(partition => layout.QuorumOf(partition).IsMet(answered)))
            {
                return (layout, answered);
            }

            if (!_isBetweenLayouts || attempt == LayoutAttemptsMax)
            {
                throw new TransferException(
                    DfsOutcome.NoQuorum, "no quorum: too few nodes answered for the list to be complete; try again.");
            }

            await Task.Delay(LayoutWait, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<HashSet<ReplicaId>> PullAsync(Layout layout, CancellationToken cancellationToken)
    {
        var pulls = layout.Everyone.Select(member => PullAsync(layout, member.Id, cancellationToken)).ToList();
        var feeds = await Task.WhenAll(pulls);
        foreach (var feed in feeds.OfType<Feed>())
        {
            Apply(feed);
        }

        return [.. feeds.OfType<Feed>().Select(feed => feed.Replica)];
    }

    /// <returns>Null when the replica did not answer.</returns>
    private async Task<Feed?> PullAsync(Layout layout, ReplicaId replica, CancellationToken cancellationToken)
    {
        var cursor = _cursors.GetValueOrDefault(replica);
        var rows = new List<RegisterRow>();
        var isFull = cursor == 0;
        while (await ReadPageAsync(layout, replica, cursor, cancellationToken) is { } page)
        {
            if (page.Floor > cursor && !isFull)
            {
                // Rows were dropped that this index never saw: it begins again.
                (cursor, isFull) = (0, true);
                rows.Clear();
                continue;
            }

            rows.AddRange(page.Rows);
            cursor = page.Cursor;
            if (page.IsLast)
            {
                return new Feed(replica, rows, cursor, isFull);
            }
        }

        return null;
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

    private void Apply(Feed feed)
    {
        if (feed.IsFull)
        {
            foreach (var entry in _entries.Values)
            {
                entry.Forget(feed.Replica);
            }
        }

        foreach (var row in feed.Rows.Where(row => !row.Key.IsCouncil))
        {
            if (!_entries.TryGetValue(row.Key.Register, out var entry))
            {
                entry = new NameEntry();
                _entries.Add(row.Key.Register, entry);
            }

            entry.Take(feed.Replica, row);
        }

        _cursors[feed.Replica] = feed.Cursor;
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(RegisterId register, CancellationToken cancellationToken) =>
        await options.Catalog.ReadAsync(register, cancellationToken) is ReadDone read
            ? read.View.Value ?? ReadOnlyMemory<byte>.Empty
            : throw HeadChanges.NoQuorum();

    private sealed class SortedFiles(IEnumerable<FileEntry> files) : INameCursor<FileEntry>
    {
        private static readonly Comparer<byte[]> ByBytes =
            Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

        private readonly SortedList<byte[], FileEntry> _files =
            new(files.ToDictionary(file => Encoding.UTF8.GetBytes(file.Name)), ByBytes);

        private int _at;

        public ReadOnlySpan<byte> Name => _files.GetKeyAtIndex(_at);

        public FileEntry Entry => _files.GetValueAtIndex(_at);

        public bool Seek(ReadOnlySpan<byte> from)
        {
            var (low, high) = (0, _files.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = _files.GetKeyAtIndex(middle).AsSpan().SequenceCompareTo(from) < 0 ? (middle + 1, high) : (low, middle);
            }

            _at = low;
            return _at < _files.Count;
        }

        public bool MoveNext() => ++_at < _files.Count;
    }

    private sealed record Feed(ReplicaId Replica, List<RegisterRow> Rows, ulong Cursor, bool IsFull);
}
