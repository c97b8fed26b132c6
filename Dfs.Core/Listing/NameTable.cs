using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <summary>The names of an owner's files in memory, in their order, and which replicas say so.</summary>
/// <remarks>
/// Takes the rows of replicas' change feeds. A register is listed when a majority of its partition's replicas hold one and
/// the same ballot: that value was chosen, and no write that was acknowledged before the rows were read can be missing, because
/// its majority would share a replica with this one. So a majority without a row means that there is no file. Where no ballot has a
/// majority the register must be read (<see cref="Unsettled"/>): accepted is not chosen.
/// Of a head only its facts are kept. About 130 bytes a name, and the name itself. Not thread-safe.
/// </remarks>
public sealed partial class NameTable
{
    /// <summary>65,536 changed registers are settled one by one; more, and all are.</summary>
    private const int TouchedMax = 65_536;

    private const ulong HolderMask = ushort.MaxValue;

    private readonly RegisterSlots _slots = new();
    private readonly RegisterVotes _votes = new();
    private readonly NameRecords _records = new();
    private readonly List<(BucketId Id, SlotOrder Order)> _buckets = [];
    private readonly Dictionary<BucketId, ushort> _bucketNumbers = [];
    private readonly Dictionary<ReplicaId, ushort> _replicas = [];
    private readonly List<int> _touched = [];
    private readonly HashSet<int> _unsettled = [];
    private readonly NameTracker _tracker = new();
    private Voters? _settledBy;

    /// <summary>Registers of the owner, removed files included.</summary>
    public int Count => _slots.Count;

    /// <summary>What the table calls a replica.</summary>
    public ushort NumberOf(ReplicaId replica)
    {
        if (!_replicas.TryGetValue(replica, out var number))
        {
            number = checked((ushort)(_replicas.Count + 1));
            _replicas.Add(replica, number);
        }

        return number;
    }

    /// <summary>Takes over what a replica has now accepted; <see cref="BallotMark.None"/> when it has nothing any more.</summary>
    /// <param name="value">Must not change any more.</param>
    /// <returns>The register's bucket when its name is not known and stands in this row, or may: with the bucket's keys it is to be taken again.</returns>
    public BucketId? Take(ReplicaId replica, RegisterId register, BallotMark mark, ReadOnlyMemory<byte> value, HeadOpener open)
    {
        var number = NumberOf(replica);
        var slot = _slots.Find(register);
        if (slot < 0)
        {
            if (mark == BallotMark.None || open(register, value.Span) is not { } facts)
            {
                return null;
            }

            slot = _slots.Add(register);
            Describe(slot, mark, facts);
            AddHolder(slot, number);
        }
        else if (_slots[slot].Mark == mark)
        {
            if ((_slots[slot].Flags & SlotFlags.IsSealed) != 0)
            {
                Describe(slot, mark, open(register, value.Span));
            }

            Remove(slot, number);
            AddHolder(slot, number);
        }
        else
        {
            Remove(slot, number);
            if (mark != BallotMark.None)
            {
                _votes.Add(slot, new Vote(number, mark, value));
            }
        }

        Touch(slot);
        ref var its = ref _slots[slot];
        return its.Record == RegisterSlot.NoRecord && mark != BallotMark.None && (its.Mark != mark || (its.Flags & SlotFlags.IsSealed) != 0) ? BucketOf(slot) : null;
    }

    /// <summary>Forgets what a replica holds: all of it comes again.</summary>
    public void Forget(ReplicaId replica)
    {
        var number = NumberOf(replica);
        foreach (var slot in _slots.Used)
        {
            Remove(slot, number);
        }

        _settledBy = null;
    }

    /// <summary>Finds out what is chosen, as these replicas have it.</summary>
    public void Settle(Voters voters, HeadOpener open)
    {
        if (voters != _settledBy)
        {
            foreach (var slot in _slots.Used)
            {
                Settle(slot, voters, open);
            }
        }
        else
        {
            foreach (var slot in _touched.Union(_unsettled).ToList())
            {
                Settle(slot, voters, open);
            }
        }

        _touched.Clear();
        _settledBy = voters;
    }

    /// <summary>What must be read before the list is complete, after every <see cref="Settle(Voters, HeadOpener)"/>.</summary>
    /// <param name="bucket">Null for all.</param>
    public IReadOnlyList<RegisterId> Unsettled(BucketId? bucket) =>
        [.. _unsettled.Where(slot => bucket is null || BucketOf(slot) == bucket).Select(slot => _slots[slot].Register)];

    /// <summary>What must be read by those who may overlook nothing that could still be chosen: all where replicas differ.</summary>
    /// <inheritdoc cref="Unsettled"/>
    public IReadOnlyList<RegisterId> Disputed(BucketId? bucket) =>
        [.. _slots.Used.Where(slot => (bucket is null || BucketOf(slot) == bucket) && IsDisputed(slot)).Select(slot => _slots[slot].Register)];

    /// <summary>Takes over what a read of a register found; until the next settling, that is what it has.</summary>
    public void TakeRead(RegisterId register, BallotMark mark, ReadOnlyMemory<byte> value, HeadOpener open)
    {
        var slot = _slots.Find(register);
        if (slot < 0)
        {
            return;
        }

        if (mark != BallotMark.None && mark != _slots[slot].Mark)
        {
            Choose(slot, mark, value, open);
        }

        SetChosen(slot, mark != BallotMark.None);
        _tracker.NoteRead(register);
    }

    /// <summary>From here on it is remembered what changes; after a settling and before anything is read.</summary>
    public void BeginTracking() => _tracker.Begin();

    /// <summary>What has changed since this was asked last; only when nothing unsettled is left unread.</summary>
    /// <returns>Null when it is not known.</returns>
    public NameChanges? TakeChanges() => _tracker.Take(StateOf);

    /// <summary>The bucket's names that are chosen; valid until the table changes.</summary>
    /// <param name="withRemoved">Also those whose newest version says that the file was removed.</param>
    public INameCursor<ListedName> NamesOf(BucketId bucket, bool withRemoved) =>
        new Cursor(this, _bucketNumbers.TryGetValue(bucket, out var number) ? _buckets[number].Order : new SlotOrder(NameOf), withRemoved);

    /// <summary>Whether the bucket has anything that is not removed, files with kept versions only included.</summary>
    public bool HasAny(BucketId bucket) => Live.Any(slot => BucketOf(slot) == bucket);

    /// <summary>The bucket's registers that are not removed, in no order.</summary>
    /// <param name="withHistory">Only those with more than one version, or a delete marker.</param>
    public IReadOnlyList<RegisterId> RegistersOf(BucketId bucket, bool withHistory) =>
    [
        .. Live.Where(slot => BucketOf(slot) == bucket && (!withHistory || (_slots[slot].Flags & SlotFlags.HasHistory) != 0))
            .Select(slot => _slots[slot].Register),
    ];

    /// <summary>Whether something of a bucket could not be opened with the keys that there were.</summary>
    /// <param name="bucket">Null for any.</param>
    public bool HasSealed(BucketId? bucket) =>
        _slots.Used.Any(slot => (_slots[slot].Flags & SlotFlags.IsSealed) != 0 && (bucket is null || BucketOf(slot) == bucket));

    /// <summary>Buckets with something that could not be opened with the keys that there were.</summary>
    public IReadOnlySet<BucketId> SealedBuckets() =>
        _slots.Used.Where(slot => (_slots[slot].Flags & SlotFlags.IsSealed) != 0).Select(BucketOf).ToHashSet();

    /// <summary>Registers with something that is wrapped in an earlier key epoch than this one.</summary>
    public IReadOnlyList<OwnedRegister> WrappedBefore(KeyEpoch epoch) =>
        [.. Live.Where(slot => _slots[slot].Epoch < epoch.Value).Select(Owned)];

    /// <summary>Registers with shares.</summary>
    public IReadOnlyList<OwnedRegister> Shared() => [.. Live.Where(slot => (_slots[slot].Flags & SlotFlags.HasShares) != 0).Select(Owned)];

    /// <summary>Forgets everything, and overwrites the names.</summary>
    public void Clear()
    {
        _slots.Clear();
        _votes.Clear();
        _records.Clear();
        _buckets.Clear();
        _bucketNumbers.Clear();
        _replicas.Clear();
        _touched.Clear();
        _unsettled.Clear();
        _tracker.Clear();
        _settledBy = null;
    }

    private IEnumerable<int> Live =>
        _slots.Used.Where(slot => (_slots[slot].Flags & (SlotFlags.IsChosen | SlotFlags.IsRemoved)) == SlotFlags.IsChosen);

    /// <param name="facts">Null for what is not this owner's.</param>
    private void Describe(int slot, BallotMark mark, HeadFacts? facts)
    {
        Remember(slot);
        var bucket = facts is null ? _slots[slot].Bucket : NumberOf(facts.Bucket);
        SetName(slot, bucket, facts?.Name);
        ref var its = ref _slots[slot];
        (its.Mark, its.Epoch) = (mark, facts?.Epoch.Value ?? 0);
        its.Flags = (its.Flags & (SlotFlags.IsUsed | SlotFlags.IsTouched | SlotFlags.IsChosen))
            | (facts is null or { IsRemoved: true } ? SlotFlags.IsRemoved : 0)
            | (facts is { HasShares: true } ? SlotFlags.HasShares : 0)
            | (facts is { HasHistory: true } ? SlotFlags.HasHistory : 0)
            | (facts is { IsSealed: true } ? SlotFlags.IsSealed : 0);
    }

    private void SetName(int slot, ushort bucket, ListedName? name)
    {
        if (_slots[slot].Record != RegisterSlot.NoRecord)
        {
            _buckets[_slots[slot].Bucket].Order.Remove(slot);
            _records.Free(_slots[slot].Record);
            _slots[slot].Record = RegisterSlot.NoRecord;
        }

        _slots[slot].Bucket = bucket;
        if (name is not null)
        {
            _slots[slot].Record = _records.Add(name);
            _buckets[bucket].Order.Add(slot);
        }
    }

    private void Erase(int slot)
    {
        Remember(slot);
        SetName(slot, _slots[slot].Bucket, null);
        _slots.Remove(slot);
    }

    private void Touch(int slot)
    {
        if (_touched.Count == TouchedMax)
        {
            _settledBy = null;
        }
        else if ((_slots[slot].Flags & SlotFlags.IsTouched) == 0)
        {
            _slots[slot].Flags |= SlotFlags.IsTouched;
            _touched.Add(slot);
        }
    }

    private void SetChosen(int slot, bool isChosen)
    {
        if (isChosen != ((_slots[slot].Flags & SlotFlags.IsChosen) != 0))
        {
            Remember(slot);
            _slots[slot].Flags ^= SlotFlags.IsChosen;
        }
    }

    private void Remember(int slot)
    {
        if (_tracker.IsOn)
        {
            _tracker.Remember(_slots[slot].Register, () => ListedAt(slot) is { } name ? (BucketOf(slot), name) : default);
        }
    }

    private NameTracker.State StateOf(RegisterId register) => _slots.Find(register) is >= 0 and var slot
        ? new NameTracker.State(BucketOf(slot), ListedAt(slot), (_slots[slot].Flags & SlotFlags.IsRemoved) != 0)
        : default;

    private ListedName? ListedAt(int slot) => (_slots[slot].Flags & SlotFlags.IsChosen) != 0 && _slots[slot].Record != RegisterSlot.NoRecord
        ? _records.Read(_slots[slot].Record)
        : null;

    private ushort NumberOf(BucketId bucket)
    {
        if (!_bucketNumbers.TryGetValue(bucket, out var number))
        {
            number = checked((ushort)_buckets.Count);
            _bucketNumbers.Add(bucket, number);
            _buckets.Add((bucket, new SlotOrder(NameOf)));
        }

        return number;
    }

    private ReadOnlySpan<byte> NameOf(int slot) => _records.NameOf(_slots[slot].Record);

    private BucketId BucketOf(int slot) => _buckets[_slots[slot].Bucket].Id;

    private OwnedRegister Owned(int slot) => new(_slots[slot].Register, BucketOf(slot));

    private sealed class Cursor(NameTable table, SlotOrder order, bool withRemoved) : INameCursor<ListedName>
    {
        private (int Block, int Index) _at;

        public ReadOnlySpan<byte> Name => table.NameOf(order.At(_at));

        public ListedName Entry => table._records.Read(table._slots[order.At(_at)].Record);

        public bool Seek(ReadOnlySpan<byte> from) => ToChosen(order.Seek(from));

        public bool MoveNext() => ToChosen(order.Next(_at));

        private bool ToChosen((int Block, int Index) place)
        {
            while (order.At(place) is >= 0 and var slot && !IsListed(slot))
            {
                place = order.Next(place);
            }

            _at = place;
            return order.At(place) >= 0;
        }

        private bool IsListed(int slot) =>
            (table._slots[slot].Flags & SlotFlags.IsChosen) != 0 && (withRemoved || !table._records.IsRemoved(table._slots[slot].Record));
    }
}
