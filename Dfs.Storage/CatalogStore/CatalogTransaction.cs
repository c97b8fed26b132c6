using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Storage.CatalogStore;

/// <summary>What the directory knows about itself, durably.</summary>
/// <param name="FeedFloor">A cursor into the changes that is below has missed rows that were erased.</param>
/// <param name="Raised">When the epoch was first raised under a layout in a start of the directory; null: never.</param>
internal sealed record CatalogFacts(
    Layout? Layout, BootstrapVote Vote, Epoch Epoch, EpochRaise? Raised, ulong LastChange, ulong FeedFloor, bool IsLeaving)
{
    /// <summary>Proofs of the layout and of those before it.</summary>
    public LayoutChain Chain { get; init; } = LayoutChain.Empty;

    /// <summary>The last layout that this directory has signed as decided.</summary>
    public LayoutPledge? Pledge { get; init; }
}

/// <summary>The one layout of a number that a directory signs as decided.</summary>
internal sealed record LayoutPledge(LayoutNumber Number, Bytes32 Hash)
{
    public byte[] Encode()
    {
        var writer = new ByteWriter(40);
        writer.U64(Number.Value);
        writer.Bytes32(Hash);
        return writer.ToArray();
    }

    public static LayoutPledge? Decode(ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } stored)
        {
            return null;
        }

        var reader = new ByteReader(stored.Span);
        var pledge = new LayoutPledge(new LayoutNumber(reader.U64()), reader.Bytes32());
        return reader.IsComplete ? pledge : throw new CatalogDamageException("The fact 'layout-signed'");
    }
}

/// <summary>The first epoch that a directory was raised to under a layout, in one of its starts.</summary>
internal sealed record EpochRaise(LayoutNumber Layout, ulong Start, Epoch First)
{
    /// <summary>Three numbers of eight bytes.</summary>
    public byte[] Encode()
    {
        var writer = new ByteWriter(24);
        writer.U64(Layout.Value);
        writer.U64(Start);
        writer.U64(First.Value);
        return writer.ToArray();
    }

    public static EpochRaise? Decode(ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } stored)
        {
            return null;
        }

        var reader = new ByteReader(stored.Span);
        var raise = new EpochRaise(new LayoutNumber(reader.U64()), reader.U64(), new Epoch(reader.U64()));
        return reader.IsComplete ? raise : throw new CatalogDamageException("The fact 'epoch-raised'");
    }
}

/// <summary>One group's writes, gathered over what is committed; later requests of the group see earlier ones'.</summary>
internal sealed class CatalogTransaction(CatalogDatabase database, CatalogCache cache)
{
    private const string LayoutFact = "layout", VoteFact = "vote", EpochFact = "epoch", RaisedFact = "epoch-raised", FloorFact = "feed-floor",
        LeavingFact = "leaving", ChainFact = "layout-proofs", SignedFact = "layout-signed";

    private readonly Dictionary<RowKey, RegisterRow> _registers = [];
    private readonly Dictionary<PartitionId, PartitionRow> _partitions = [];
    private readonly Dictionary<PartitionId, LayoutNumber> _left = [];
    private readonly List<KeptRow> _kept = [];
    private readonly List<(RowKey Key, LayoutNumber LeftUnder)> _forgotten = [];

    private readonly CatalogFacts _before = cache.Facts;

    public CatalogFacts Facts { get; private set; } = cache.Facts;

    /// <summary>Rows that were read on the way, for the cache.</summary>
    private List<RegisterRow> Fetched { get; } = [];

    public bool HasWrites => _registers.Count > 0 || _partitions.Count > 0 || ChangesKept || Facts != _before;

    /// <summary>What is kept of partitions that were left is another after the commit.</summary>
    public bool ChangesKept => _left.Count > 0 || _forgotten.Count > 0;

    public AcceptorRows Rows(RowKey key)
    {
        var partition = key.IsCouncil ? PartitionRow.Empty(key.Partition) : Partition(key.Partition);
        if (_registers.TryGetValue(key, out var register))
        {
            return new AcceptorRows(partition, register);
        }

        if (!key.IsCouncil && _left.ContainsKey(key.Partition))
        {
            return new AcceptorRows(partition, RegisterRow.Absent(key));
        }

        register = cache.Find(key)?.Register;
        if (register is null)
        {
            register = database.Read(key);
            Fetched.Add(register);
        }

        return new AcceptorRows(partition, register);
    }

    public PartitionRow Partition(PartitionId partition) =>
        _partitions.TryGetValue(partition, out var written) ? written : cache.Partition(partition, isCouncil: false);

    /// <summary>A change of a file's value takes the next number of the replica's sequence; a promise does not.</summary>
    /// <remarks>
    /// Nor does the council's: it is in no feed, so no row would keep the number, and the next start would give it out again. Who had
    /// been told it as a cursor would miss the file that gets it then.
    /// </remarks>
    public void Put(RegisterRow before, RegisterRow row)
    {
        if (row.Key.IsCouncil)
        {
            row = row with { Change = 0 };
        }
        else if (before.Accepted != row.Accepted || before.HasValue != row.HasValue)
        {
            Facts = Facts with { LastChange = Facts.LastChange + 1 };
            row = row with { Change = Facts.LastChange };
        }

        _registers[row.Key] = row;
    }

    public void Put(PartitionRow row) => _partitions[row.Partition] = row;

    public void Put(CatalogFacts facts) => Facts = facts;

    /// <summary>Sets the partition's rows aside; what waits in this group with them, because it is answered as durable.</summary>
    public void Leave(PartitionId partition, LayoutNumber under)
    {
        var pending = _registers.Keys.Where(key => !key.IsCouncil && key.Partition == partition).ToList();
        if (pending.Count == 0 && database.ReadPartition(partition, null, 1).Count == 0)
        {
            // The feed's floor is not raised for nothing, so that its readers need not begin again.
            return;
        }

        _left[partition] = under;
        foreach (var key in pending)
        {
            _kept.Add(new KeptRow(under, _registers[key]));
            _registers.Remove(key);
        }

        Facts = Facts with { LastChange = Facts.LastChange + 1, FeedFloor = Facts.LastChange + 1 };
    }

    public void Forget(RowKey key, LayoutNumber leftUnder) => _forgotten.Add((key, leftUnder));

    /// <summary>Writes everything in one commit; when it returns, it is durable.</summary>
    public void Commit()
    {
        database.Begin();
        foreach (var (partition, under) in _left)
        {
            database.Keep(partition, under);
        }

        foreach (var row in _kept)
        {
            database.Write(row);
        }

        foreach (var (key, under) in _forgotten)
        {
            database.Forget(key, under);
        }

        foreach (var row in _partitions.Values)
        {
            database.Write(row);
        }

        foreach (var row in _registers.Values)
        {
            database.Write(row);
        }

        WriteFacts();
        database.Commit();
    }

    /// <summary>After the commit, or when there was nothing to commit.</summary>
    public void Publish()
    {
        foreach (var partition in _left.Keys)
        {
            cache.Forget(partition);
        }

        var fetched = Fetched.Where(row => !_registers.ContainsKey(row.Key) && !_left.ContainsKey(row.Key.Partition));
        cache.Publish(fetched, _registers.Values, _partitions.Values, Facts);
    }

    public static CatalogFacts ReadFacts(CatalogDatabase database)
    {
        var floor = Number(database.ReadFact(FloorFact));
        var layout = database.ReadFact(LayoutFact);
        var vote = database.ReadFact(VoteFact);
        Layout? decoded = null;
        if (layout is { } bytes && !Layout.TryDecode(bytes.Span, out decoded))
        {
            throw new CatalogDamageException("The stored layout");
        }

        return new CatalogFacts(
            decoded,
            new BootstrapVote(decoded?.Cluster, vote is { } yes ? new Bytes32(yes.Span) : null),
            new Epoch(Math.Max(1, Number(database.ReadFact(EpochFact)))),
            EpochRaise.Decode(database.ReadFact(RaisedFact)),
            Math.Max(floor, database.LastChange()),
            floor,
            Number(database.ReadFact(LeavingFact)) == 1)
        {
            Chain = database.ReadFact(ChainFact) is { } chain
                ? LayoutChain.Decode(chain.Span) ?? throw new CatalogDamageException("The proofs of the layouts")
                : LayoutChain.Empty,
            Pledge = LayoutPledge.Decode(database.ReadFact(SignedFact)),
        };
    }

    private void WriteFacts()
    {
        if (Facts.Layout != _before.Layout)
        {
            database.WriteFact(LayoutFact, Facts.Layout!.Encode());
        }

        if (Facts.Vote.Yes != _before.Vote.Yes)
        {
            database.WriteFact(VoteFact, Facts.Vote.Yes!.Value.ToArray());
        }

        if (Facts.Epoch != _before.Epoch)
        {
            database.WriteFact(EpochFact, Bytes(Facts.Epoch.Value));
        }

        if (Facts.Raised is { } raised && raised != _before.Raised)
        {
            database.WriteFact(RaisedFact, raised.Encode());
        }

        if (Facts.FeedFloor != _before.FeedFloor)
        {
            database.WriteFact(FloorFact, Bytes(Facts.FeedFloor));
        }

        if (Facts.Chain != _before.Chain)
        {
            database.WriteFact(ChainFact, Facts.Chain.Encode());
        }

        if (Facts.Pledge is { } pledge && pledge != _before.Pledge)
        {
            database.WriteFact(SignedFact, pledge.Encode());
        }

        if (Facts.IsLeaving != _before.IsLeaving)
        {
            database.WriteFact(LeavingFact, Bytes(Facts.IsLeaving ? 1UL : 0));
        }
    }

    private static byte[] Bytes(ulong value)
    {
        var writer = new ByteWriter(8);
        writer.U64(value);
        return writer.ToArray();
    }

    private static ulong Number(ReadOnlyMemory<byte>? bytes) =>
        bytes is { } stored ? new ByteReader(stored.Span).U64() : 0;
}
