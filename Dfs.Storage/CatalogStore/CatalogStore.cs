using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Microsoft.Data.Sqlite;

namespace Dfs.Storage.CatalogStore;

/// <summary>A replica's rows on disk: loads what a request is about, runs the acceptor, and answers when it is durable.</summary>
/// <remarks>
/// One per data directory. One thread owns the database; it takes all requests that wait, applies them in order and
/// commits them together, so that the sync is shared. Reads of registers that are in memory, or were never written, need neither.
/// A commit that fails, a row that does not match its checksum, or commits that are missing (<see cref="CommitMark"/>) end the replica id for good: every answer from
/// then on is <see cref="CatalogProtocol.ReplicaEnded"/>, after a restart too. A full disk refuses and goes on.
/// </remarks>
public sealed partial class CatalogStore : IAsyncDisposable
{
    private const string EndedFile = "catalog.ended";

    private readonly CatalogDatabase _database;
    private readonly CatalogCache _cache;
    private readonly CommitMark _mark;
    private readonly CatalogQueue _queue;
    private readonly ValueRules _rules;
    private readonly string _folder;
    private readonly ulong _start;
    private readonly FeedStarts _feeds;
    private volatile string? _ended;
    private volatile KeptTotals _kept;

    private CatalogStore(string folder, ReplicaId self, ulong start, CatalogDatabase database, CommitMark mark, ValueRules rules)
    {
        (_folder, Self, _start, _database, _mark, _rules) = (folder, self, start, database, mark, rules);
        _cache = new CatalogCache(database.ReadPartitions(), database.ReadFilter(), CatalogTransaction.ReadFacts(database));
        _kept = database.ReadKeptTotals();
        _feeds = BeginFeed(database, _cache.Facts.LastChange);
        _queue = new CatalogQueue(RunGroup);
    }

    public ReplicaId Self { get; }

    /// <summary>The highest layout that is durable here; null before the first.</summary>
    public Layout? Layout => _cache.Facts.Layout;

    /// <summary>Proofs of that layout and of those before it; empty in a cluster without certificates.</summary>
    public LayoutChain Proofs => _cache.Facts.Chain;

    /// <summary>The highest epoch that is durable here.</summary>
    public Epoch Epoch => _cache.Facts.Epoch;

    /// <summary>This directory was told to give its data away.</summary>
    public bool IsLeaving => _cache.Facts.IsLeaving;

    /// <summary>Rows of partitions that this directory has left, durable and not yet shown by the partitions' replicas.</summary>
    public KeptTotals Kept => _kept;

    /// <summary>Why the replica id has ended; null while it serves.</summary>
    public string? EndedBecause => _ended;

    /// <summary>Rises with every change of a register's value; 0 before the first.</summary>
    public ulong LastChange => _cache.Facts.LastChange;

    /// <param name="sender">Whose connection brought the request.</param>
    public async ValueTask<CatalogProtocol.Reply> HandleAsync(CatalogProtocol.Request request, ReplicaId sender) =>
        (await HandleAsync([(request, sender)]))[0];

    /// <summary>Answers all, in their order, once what any of them wrote is durable.</summary>
    /// <param name="requests">Each with whose connection brought it.</param>
    public ValueTask<CatalogProtocol.Reply[]> HandleAsync((CatalogProtocol.Request Request, ReplicaId Sender)[] requests)
    {
        if (FromMemory(requests) is { } known)
        {
            return ValueTask.FromResult(known);
        }

        foreach (var (request, _) in requests)
        {
            if (request is CatalogProtocol.Accept { Header.Key.IsCouncil: false } accept)
            {
                // Here and not on the one thread on which every commit waits.
                _rules.Foresee(accept.Value);
            }
        }

        return _queue.RunAsync<CatalogProtocol.Reply[]>(
            transaction => Array.ConvertAll(requests, entry => Handle(transaction, entry.Request, entry.Sender)),
            isFull => Array.ConvertAll<(CatalogProtocol.Request, ReplicaId), CatalogProtocol.Reply>(
                requests, _ => isFull ? new CatalogProtocol.StorageFull() : new CatalogProtocol.ReplicaEnded(_ended ?? "closed")));
    }

    /// <summary>
    /// Makes the layout durable, and in the same commit sets the rows of partitions aside in which this replica has no vote
    /// under it: should it get one again, it begins empty, and does not bring back what was removed meanwhile (H6).
    /// </summary>
    /// <param name="proofs">Links that led to it, checked; kept for others.</param>
    /// <returns>False when this number or a higher one is here already.</returns>
    public ValueTask<bool> InstallAsync(Layout layout, params IReadOnlyList<LayoutLink> proofs) => _queue.RunAsync(transaction =>
    {
        var isNewer = layout.Number.CompareTo(transaction.Facts.Layout?.Number ?? LayoutNumber.None) > 0
            && (transaction.Facts.Layout is not { } known || known.Cluster == layout.Cluster);
        if (isNewer)
        {
            var vote = transaction.Facts.Vote with { Cluster = layout.Cluster };
            var chain = proofs.Aggregate(transaction.Facts.Chain, (sum, link) => sum.Add(link));
            transaction.Put(transaction.Facts with { Layout = layout, Vote = vote, Chain = chain });
            foreach (var left in PartitionId.All.Where(partition => !layout.ReplicasOf(partition).Contains(Self)))
            {
                transaction.Leave(left, layout.Number);
            }
        }

        return isNewer;
    });

    /// <summary>Keeps a proof of the layout that is here with more signatures; checked.</summary>
    /// <returns>False when another layout is here by now.</returns>
    public ValueTask<bool> KeepProofAsync(LayoutLink proof) => _queue.RunAsync(transaction =>
    {
        var isOfThis = transaction.Facts.Layout is { } layout && layout.Number == proof.Number && LayoutStatement.HashOf(layout) == proof.Statement.Hash;
        if (isOfThis)
        {
            transaction.Put(transaction.Facts with { Chain = transaction.Facts.Chain.Add(proof) });
        }

        return isOfThis;
    });

    /// <summary>Whether this directory may sign that the layout was decided: it signs one of each number, and none below.</summary>
    public ValueTask<bool> PledgeAsync(LayoutStatement layout) => _queue.RunAsync(transaction =>
    {
        var order = layout.Number.CompareTo(transaction.Facts.Pledge?.Number ?? LayoutNumber.None);
        if (order > 0)
        {
            transaction.Put(transaction.Facts with { Pledge = new LayoutPledge(layout.Number, layout.Hash) });
        }

        return order > 0 || (order == 0 && transaction.Facts.Pledge!.Hash == layout.Hash);
    });

    /// <summary>Whether this directory's one yes was to that first layout.</summary>
    public bool HasAgreedTo(Layout first) => _cache.Facts.Vote.Yes == LayoutStatement.HashOf(first);

    /// <summary>This directory's one yes to a first layout.</summary>
    public ValueTask<bool> VoteAsync(Layout proposed) => _queue.RunAsync(transaction =>
    {
        var (vote, yes) = Bootstrap.Answer(transaction.Facts.Vote, Self, proposed);
        transaction.Put(transaction.Facts with { Vote = vote });
        return yes;
    });

    /// <summary>Notes that this directory gives its data away, or takes part again.</summary>
    public ValueTask<bool> SetLeavingAsync(bool isLeaving) => _queue.RunAsync(transaction =>
    {
        transaction.Put(transaction.Facts with { IsLeaving = isLeaving });
        return isLeaving;
    });

    /// <summary>Raises the epoch; a lower one changes nothing, and one that is too far ahead neither. The answer is what is durable here then.</summary>
    public ValueTask<EpochFact> RaiseEpochAsync(Epoch epoch) => _queue.RunAsync(transaction =>
    {
        var facts = transaction.Facts;
        var layout = facts.Layout?.Number ?? LayoutNumber.None;
        if (epoch.CompareTo(facts.Epoch) > 0 && epoch.Value - facts.Epoch.Value <= EpochFact.JumpMax)
        {
            var isFirst = facts.Raised is not { } known || known.Layout != layout || known.Start != _start;
            facts = facts with { Epoch = epoch, Raised = isFirst ? new EpochRaise(layout, _start, epoch) : facts.Raised };
            transaction.Put(facts);
        }

        return facts.Raised is { } raised && raised.Layout == layout && raised.Start == _start
            ? new EpochFact(facts.Epoch, raised.First)
            : new EpochFact(facts.Epoch, new Epoch(facts.Epoch.Value + 1));
    });

    /// <summary>Takes over a row that was pulled from another replica; see <see cref="Adoption"/>.</summary>
    public ValueTask<AdoptionResult> AdoptAsync(RegisterRow pulled, bool heldByMajority, bool withPromises) =>
        _queue.RunAsync(transaction =>
        {
            var before = transaction.Rows(pulled.Key);
            var (result, row) = Adoption.Take(before, pulled, heldByMajority, withPromises, _rules);
            Put(transaction, before, row, null);
            return result;
        });

    /// <summary>Takes over a value that is chosen, from whoever read it.</summary>
    /// <param name="under">The layout under which this replica has a vote on it: under another one it may have erased the partition.</param>
    /// <returns>Whether it has this value now, or a newer one.</returns>
    public ValueTask<bool> AdoptChosenAsync(RegisterRow chosen, LayoutNumber under) => _queue.RunAsync(transaction =>
    {
        if (transaction.Facts.Layout?.Number != under)
        {
            return false;
        }

        var before = transaction.Rows(chosen.Key);
        var (result, row) = Adoption.Take(before, chosen, heldByMajority: true, withPromises: false, _rules);
        Put(transaction, before, row, null);
        return result == AdoptionResult.Held;
    });

    /// <summary>Takes over a partition's promises, in a layout change.</summary>
    public ValueTask<bool> AdoptAsync(PartitionRow pulled) => _queue.RunAsync(transaction =>
    {
        var taken = Adoption.Take(transaction.Partition(pulled.Partition), pulled);
        if (taken is not null)
        {
            transaction.Put(taken);
        }

        return taken is not null;
    });

    /// <summary>Rows of a partition that this directory has left, until it has seen that the partition's replicas have them.</summary>
    /// <param name="after">The last row of the page before. A register that was left twice has two rows, and a page may end between them.</param>
    public ValueTask<IReadOnlyList<KeptRow>> ReadKeptAsync(PartitionId partition, KeptRow? after, int countMax) =>
        _queue.ReadAsync<IReadOnlyList<KeptRow>>(() => _database.ReadKept(partition, after, countMax));

    /// <summary>Erases kept rows that the partition's replicas have shown to have.</summary>
    /// <param name="under">The layout whose replicas they are; under another one nothing is erased.</param>
    public ValueTask<bool> ForgetKeptAsync(IReadOnlyCollection<KeptRow> rows, LayoutNumber under) => _queue.RunAsync(transaction =>
    {
        var isOfThis = transaction.Facts.Layout?.Number == under;
        foreach (var row in isOfThis ? rows : [])
        {
            transaction.Forget(row.Row.Key, row.LeftUnder);
        }

        return isOfThis;
    });

    /// <summary>Takes rows that a directory which left the partition still has; by <see cref="KeptRule.Take"/>.</summary>
    /// <param name="under">The layout that both work under.</param>
    /// <returns>How many were taken.</returns>
    public ValueTask<int> TakeBackAsync(IReadOnlyList<RegisterRow> rows, LayoutNumber under) => _queue.RunAsync(transaction =>
    {
        if (transaction.Facts.Layout is not { IsJoint: false } layout || layout.Number != under)
        {
            return 0;
        }

        var taken = 0;
        foreach (var row in rows)
        {
            var before = transaction.Rows(row.Key);
            if (!row.Key.IsCouncil && layout.ReplicasOf(row.Key.Partition).Contains(Self) && KeptRule.Take(before, row, _rules) is { } now)
            {
                transaction.Put(before.Register, now);
                taken++;
            }
        }

        return taken;
    });

    /// <summary>What changed after a cursor, in commit order; only what is durable.</summary>
    /// <param name="feed">What the feed was called when the cursor was told; null leaves it unchecked.</param>
    /// <returns><see cref="ChangePage.Elsewhere"/> when the cursor was told in another history than this one.</returns>
    public ValueTask<ChangePage> ReadChangesAsync(ulong after, int countMax, Bytes16? feed = null) => _queue.ReadAsync(() =>
    {
        if (feed is { } name && !_feeds.Has(name, after, _cache.Facts.LastChange))
        {
            return ChangePage.Elsewhere;
        }

        var rows = _database.ReadChanges(after, countMax);
        var isLast = rows.Count < countMax;
        return new ChangePage(rows, isLast ? Math.Max(after, _cache.Facts.LastChange) : rows[^1].Change, isLast, _cache.Facts.FeedFloor)
        {
            Feed = _feeds.Current,
        };
    });

    /// <summary>A partition's registers in the order of their ids; only what is durable.</summary>
    public ValueTask<PartitionPage> ReadPartitionAsync(PartitionId partition, RegisterId? after, int countMax) =>
        _queue.ReadAsync(() =>
        {
            var rows = _database.ReadPartition(partition, after, countMax);
            var number = _cache.Facts.Layout?.Number ?? LayoutNumber.None;
            return new PartitionPage(number, _cache.Partition(partition, false), rows, rows.Count < countMax);
        });

    /// <summary>How many registers a partition has here, those of removed files among them until they are forgotten.</summary>
    public ValueTask<long> CountAsync(PartitionId partition) => _queue.ReadAsync(() => _database.Count(partition));

    /// <summary>Finishes what waits, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        _database.Dispose();
        _mark.Dispose();
    }

    private static void Put(
        CatalogTransaction transaction, AcceptorRows before, RegisterRow? register, PartitionRow? partition)
    {
        if (register is not null)
        {
            transaction.Put(before.Register, register);
        }

        if (partition is not null)
        {
            transaction.Put(partition);
        }
    }

    /// <returns>Null unless all are reads of what is in memory.</returns>
    private CatalogProtocol.Reply[]? FromMemory((CatalogProtocol.Request Request, ReplicaId Sender)[] requests)
    {
        var replies = new CatalogProtocol.Reply[requests.Length];
        for (var i = 0; i < requests.Length; i++)
        {
            var (request, sender) = requests[i];
            if (request is not CatalogProtocol.Read || _ended is not null || _cache.Find(request.Header.Key, out var facts) is not { } rows)
            {
                return null;
            }

            replies[i] = Acceptor.Handle(rows, request, sender, ReplicaFacts(facts), _rules).Reply;
        }

        return replies;
    }

    private CatalogProtocol.Reply Handle(CatalogTransaction transaction, CatalogProtocol.Request request, ReplicaId sender)
    {
        var before = transaction.Rows(request.Header.Key);
        var step = Acceptor.Handle(before, request, sender, ReplicaFacts(transaction.Facts), _rules);
        Put(transaction, before, step.Register, step.Partition);
        return step.Reply;
    }

    private ReplicaFacts ReplicaFacts(CatalogFacts facts) => new(Self, facts.Layout, facts.Epoch);

    /// <summary>Applies a group, commits it, and says how it went; runs on the queue's thread.</summary>
    private GroupEnd RunGroup(IReadOnlyList<CatalogQueue.Job> group)
    {
        if (_ended is not null)
        {
            return GroupEnd.Lost;
        }

        try
        {
            var transaction = new CatalogTransaction(_database, _cache);
            foreach (var job in group)
            {
                job.Apply(transaction);
            }

            if (transaction.HasWrites)
            {
                transaction.Commit();
                _mark.Follow(_database.Commits);
            }

            transaction.Publish();
            _kept = transaction.ChangesKept ? _database.ReadKeptTotals() : _kept;
            return GroupEnd.Durable;
        }
        catch (SqliteException failure) when (failure.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL)
        {
            return RolledBack() ? GroupEnd.Full : GroupEnd.Lost;
        }
        catch (Exception failure) when (failure is SqliteException or CatalogDamageException)
        {
            End(failure.Message);
            return GroupEnd.Lost;
        }
    }

    private bool RolledBack()
    {
        try
        {
            _database.RollBack();
            return true;
        }
        catch (SqliteException failure)
        {
            End(failure.Message);
            return false;
        }
    }

    private void End(string cause)
    {
        _ended = cause;
        try
        {
            File.WriteAllText(Path.Combine(_folder, EndedFile), cause);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The disk is what failed; the process refuses all the same, and the next open checks again.
        }
    }
}
