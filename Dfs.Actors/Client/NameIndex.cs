using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Crypto;
using Dfs.Core.Listing;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;

namespace Dfs.Actors.Client;

/// <summary>The names of an owner's files, sorted, as only a node with the owner's keys can know them.</summary>
/// <remarks>
/// Derived, in memory, and kept over a restart in a file that only the keyring opens (<see cref="KeptNames"/>): a disk that is lost shows no
/// name, and who locks the keyring has them overwritten in memory. A listing first pulls what changed on the layout's members since the
/// last one (<see cref="ChangeFeeds"/>), and needs a majority of every partition's replicas; so it sees every write that was acknowledged before it began. Where no ballot has a majority the head
/// is read first: accepted is not chosen (<see cref="NameTable"/>). One listing at a time. docs/design/listing.md
/// </remarks>
public sealed partial class NameIndex(NameIndexOptions options) : IDisposable
{
    /// <summary>Sixteen heads at once are read where replicas differ.</summary>
    private const int ReadsMax = 16;

    private readonly SemaphoreSlim _one = new(1);
    private readonly NameTable _table = new();
    private readonly KnownBuckets _buckets = new();
    private readonly KeptNames _kept = new(options);
    private ChangeFeeds? _feeds;
    private ChangeLog? _log;

    // Names came that the log would tell as changes.
    private bool _hasOpenedAnew;
    private FeedPosition? _position;
    private CancellationTokenSource _life = new();
    private CancellationTokenSource? _filling;
    private int _waiting;
    private volatile bool _areKeysNew, _isDisposed, _isPulling;

    /// <summary>How many names there are so far, while listings wait for what the replicas have to say; null when none waits.</summary>
    /// <remarks>To be shown to who waits: it is read beside the pull that changes it.</remarks>
    public int? Reading => _isPulling && Volatile.Read(ref _waiting) > 0 ? _table.Count : null;

    /// <summary>Rows of feeds that were taken over since the index was begun, or read from its file.</summary>
    public long RowsPulled => _feeds?.Rows ?? 0;

    private long Pages => Volatile.Read(ref _feeds)?.Pages ?? 0;

    /// <exception cref="TransferException">No layout, or no majority of some partition answered.</exception>
    public async Task<NamePage<FileEntry>> ListAsync(string bucket, ListOptions wanted, CancellationToken cancellationToken)
    {
        var page = await WithAllAsync(
            [bucket], id => _table.Unsettled(id), id => PageCut.Of(wanted, _table.NamesOf(id!.Value, wanted.WithRemoved)), cancellationToken);
        return new NamePage<FileEntry>(
            [.. page.Entries.Select(EntryOf)], page.CommonPrefixes, page.IsTruncated, page.Next);
    }

    /// <summary>What has happened to a bucket's names since a position, on any node.</summary>
    /// <param name="after">Null asks where "now" is.</param>
    /// <exception cref="TransferException">No layout, or no majority of some partition answered.</exception>
    public async Task<ChangeRead> ChangesAsync(
        string bucket, SubscriptionPosition? after, Func<string, bool> isWanted, int countMax, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await WithAllAsync(
                [bucket], _ => _table.Unsettled(null),
                id => _log is null ? null
                    : after is null ? new ChangeRead(IsResync: false, [], _log.End)
                    : _log.Read(after, id!.Value, isWanted, countMax),
                cancellationToken);
            if (read is not null)
            {
                return read;
            }

            // More had changed at once than is remembered; the next pull begins a new log, and whoever was here before lists anew.
        }
    }

    internal static FileEntry EntryOf(ListedName name) => new(
        name.Name, name.SizeBytes, DateTimeOffset.FromUnixTimeMilliseconds(name.ModifiedUnixMs), name.ETag, name.Version, name.IsRemoved);

    /// <summary>The owner's registers, of all buckets, with something that is wrapped in an earlier key epoch.</summary>
    /// <exception cref="TransferException">No layout, or no majority of some partition answered.</exception>
    public Task<IReadOnlyList<OwnedRegister>> WrappedBeforeAsync(KeyEpoch epoch, CancellationToken cancellationToken) =>
        WithAllAsync([], _table.Disputed, _ => _table.WrappedBefore(epoch), cancellationToken);

    /// <summary>The owner's registers, of all buckets, with shares.</summary>
    /// <exception cref="TransferException">No layout, or no majority of some partition answered.</exception>
    public Task<IReadOnlyList<OwnedRegister>> SharedAsync(CancellationToken cancellationToken) =>
        WithAllAsync([], _table.Disputed, _ => _table.Shared(), cancellationToken);

    /// <summary>The heads of a bucket's files, removed files with kept versions included, each as it is when it is come to.</summary>
    /// <param name="withHistory">Only those with more than one version, or a delete marker.</param>
    /// <exception cref="TransferException">No layout, or no majority of some partition answered.</exception>
    public async IAsyncEnumerable<Head> HeadsAsync(
        string bucket, bool withHistory, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var verifier = new SignatureVerifier();
        var registers = await WithAllAsync(
            [bucket], _table.Disputed, id => _table.RegistersOf(id!.Value, withHistory), cancellationToken);
        foreach (var some in registers.Chunk(ReadsMax))
        {
            foreach (var (register, read) in await ReadAsync(some, cancellationToken))
            {
                if (read.View.Value is { } value
                    && OpenHeads.Verify(value, register, options.Owner.PublicKey, verifier, options.Catalog.Seen) is { IsRemoved: false } head)
                {
                    yield return head;
                }
            }
        }
    }

    /// <summary>Whether the bucket has anything, removed files with kept versions included.</summary>
    /// <exception cref="TransferException">No layout, or no majority of some partition answered.</exception>
    public Task<bool> HasAnyAsync(string bucket, CancellationToken cancellationToken) =>
        WithAllAsync([bucket], _table.Disputed, id => _table.HasAny(id!.Value), cancellationToken);

    /// <summary>Takes the index to disk, when it has changed since it was; a listing waits while it is written, and not while it is synced.</summary>
    /// <param name="cancellationToken">Ends waiting for a listing that is under way, and nothing else; nothing is written then.</param>
    public async Task SaveAsync(CancellationToken cancellationToken = default)
    {
        var life = Volatile.Read(ref _life).Token;
        try
        {
            using var owner = options.Owner.Use();
            using var draft = await DraftAsync(owner, life, cancellationToken);
            if (draft is not null)
            {
                await OnThreadAsync(() => _kept.Commit(draft));
            }
        }
        catch (DiskException failure)
        {
            _kept.Fail(failure);
        }
        catch (Exception error) when (error is TransferException or OperationCanceledException)
        {
            // Locked, and the names are not this node's to keep just now; or nobody waits any longer.
        }
    }

    /// <summary>There are other keys than before: what could not be opened is tried again.</summary>
    public void UseNewKeys() => _areKeysNew = true;

    /// <summary>Forgets everything, and overwrites the names; a listing under way ends with "locked".</summary>
    public async Task ForgetAsync()
    {
        await Interlocked.Exchange(ref _life, new CancellationTokenSource()).CancelAsync();
        await _one.WaitAsync();
        try
        {
            _table.Clear();
            _buckets.Clear();
            (_feeds, _log) = (null, null);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _ = ForgetAsync();
    }

    /// <param name="buckets">Whose names are wanted; the first one's id is handed on.</param>
    /// <param name="toRead">Which registers the answer cannot do without.</param>
    private async Task<T> WithAllAsync<T>(
        IReadOnlyList<string> buckets, Func<BucketId?, IReadOnlyList<RegisterId>> toRead, Func<BucketId?, T> answer,
        CancellationToken cancellationToken)
    {
        // Before the keys: who locks them later ends what began with them.
        var life = Volatile.Read(ref _life).Token;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, life);
        using var owner = options.Owner.Use();
        try
        {
            Interlocked.Increment(ref _waiting);
            try
            {
                return await WithTableAsync(owner, buckets, () => Task.CompletedTask, async id =>
                {
                    var registers = toRead(id);
                    await ReadAsync(registers, OpenerOf(owner), ending.Token);
                    NoteChanges(registers);
                    return answer(id);
                }, ending.Token);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }
        catch (OperationCanceledException) when (life.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TransferException(DfsOutcome.Locked, "The keyring was locked on this node meanwhile.");
        }
    }

    private async Task<T> WithTableAsync<T>(
        UnlockedOwner owner, IReadOnlyList<string> buckets, Func<Task> pace, Func<BucketId?, Task<T>> act, CancellationToken cancellationToken)
    {
        await WaitTurnAsync(cancellationToken);
        try
        {
            await BeginAsync(owner);
            AddBuckets(owner, buckets);
            var open = OpenerOf(owner);
            _isPulling = true;
            GoBack();
            var voters = await _feeds!.PullAsync(open, pace, cancellationToken);
            // Buckets that were made meanwhile may stand behind their files.
            while (GoBack())
            {
                voters = await _feeds.PullAsync(open, pace, cancellationToken);
            }

            _table.Settle(voters, open);
            _position = _feeds.Position(voters.Number);
            if (_log is null)
            {
                BeginLog();
            }

            return await act(buckets.Count > 0 ? owner.Bucket(buckets[0]).Id : null);
        }
        finally
        {
            _isPulling = false;
            _one.Release();
        }
    }

    // Behind another one's pull, as long as that brings something.
    private async Task WaitTurnAsync(CancellationToken cancellationToken)
    {
        if (RequestBudget.Current is not { } budget)
        {
            await _one.WaitAsync(cancellationToken);
            return;
        }

        for (var pages = Pages; !await _one.WaitAsync(budget.StepTime, cancellationToken); pages = Pages)
        {
            if (pages == Pages)
            {
                throw new TransferException(DfsOutcome.NotReady, "The index of names stands still: too few nodes answer. Try again.");
            }

            budget.Worked();
        }
    }

    // From the file, when there is one that opens.
    private async Task BeginAsync(UnlockedOwner owner)
    {
        if (_feeds is not null)
        {
            return;
        }

        var (cluster, life) = (ChangeFeeds.LayoutOf(options).Cluster, Volatile.Read(ref _life).Token);
        var places = await OnThreadAsync(() => _kept.Read(_table, owner, cluster, _buckets.Names, life));
        // There may be keys that there were not when it was written.
        _areKeysNew |= _table.SealedBuckets().Any(_buckets.Names.ContainsKey);
        _feeds = new ChangeFeeds(options, _table, places);
    }

    private async Task<KeptDraft?> DraftAsync(UnlockedOwner owner, CancellationToken life, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(life, cancellationToken);
        await _one.WaitAsync(waiting.Token);
        try
        {
            return _feeds is { } feeds && _kept.HasChanged(feeds.Rows)
                ? await OnThreadAsync(() => _kept.Draft(_table, feeds, owner, ChangeFeeds.LayoutOf(options).Cluster, _buckets.Names, life))
                : null;
        }
        finally
        {
            _one.Release();
        }
    }

    // Reads and writes of a file block.
    private static Task<T> OnThreadAsync<T>(Func<T> act) =>
        Task.Factory.StartNew(act, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static Task OnThreadAsync(Action act) =>
        Task.Factory.StartNew(act, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void BeginLog()
    {
        _hasOpenedAnew = false;
        _log = new ChangeLog(new Bytes16(RandomNumberGenerator.GetBytes(Bytes16.SizeBytes)), _position!);
        _table.BeginTracking();
    }

    // What nobody has read may be other than the table has it: then it is told with the next difference.
    private void NoteChanges(IReadOnlyList<RegisterId> wereRead)
    {
        if (_table.Unsettled(null).Except(wereRead).Any())
        {
            return;
        }

        if (_table.TakeChanges() is { } changes)
        {
            _log!.Append(changes, _position!);
        }
        else
        {
            _log = null;
        }
    }

    private void AddBuckets(UnlockedOwner owner, IReadOnlyList<string> buckets)
    {
        foreach (var bucket in buckets.Append(ObjectKey.SettingsBucket).Append(ObjectKey.SubscribersBucket).Append(ObjectKey.DefaultBucket))
        {
            _buckets.Add(owner, bucket);
        }
    }

    // What came before the keys that open it are known comes again.
    private bool GoBack()
    {
        var isAnyOpened = _areKeysNew && _table.HasSealed(null);
        _areKeysNew = false;
        var added = _buckets.TakeNew();
        if (isAnyOpened)
        {
            _feeds!.Restart();
        }

        var goesBack = isAnyOpened || _feeds!.GoBack(added);
        _hasOpenedAnew |= goesBack;
        return goesBack;
    }

    private HeadOpener OpenerOf(UnlockedOwner owner) => new NameOpener(owner, _buckets).Open;

    private async Task ReadAsync(IReadOnlyList<RegisterId> registers, HeadOpener open, CancellationToken cancellationToken)
    {
        foreach (var some in registers.Chunk(ReadsMax))
        {
            foreach (var (register, read) in await ReadAsync(some, cancellationToken))
            {
                _table.TakeRead(register, BallotMark.Of(read.Accepted), read.View.Value ?? ReadOnlyMemory<byte>.Empty, open);
            }
        }
    }

    private async Task<IEnumerable<(RegisterId Register, ReadDone Read)>> ReadAsync(RegisterId[] registers, CancellationToken cancellationToken)
    {
        var outcomes = await Task.WhenAll(registers.Select(register => options.Catalog.ReadAsync(register, cancellationToken)));
        return registers.Zip(outcomes.Select(outcome => outcome as ReadDone ?? throw (outcome is WentBack back ? HeadChanges.IsOlder(back) : HeadChanges.NoQuorum(outcome))));
    }
}
