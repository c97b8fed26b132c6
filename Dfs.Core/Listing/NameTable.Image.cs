using Dfs.Core.Primitives;

namespace Dfs.Core.Listing;

/// <content>The table as records, and back: docs/formats/names.md.</content>
/// <remarks>
/// What is written is what replicas hold up to the given places of their feeds, so whoever reads it goes on from there. What was chosen is not
/// written: it is found out anew, with the replicas that answer then.
/// </remarks>
public sealed partial class NameTable
{
    private const SlotFlags KeptFlags = SlotFlags.IsRemoved | SlotFlags.HasShares | SlotFlags.IsSealed | SlotFlags.HasHistory;

    /// <summary>Writes everything, names in their order.</summary>
    /// <param name="places">Where feeds can be gone on with; a replica without one is read from its beginning.</param>
    /// <param name="buckets">Those whose names are known.</param>
    public void Write(IReadOnlyCollection<FeedPlace> places, IReadOnlyDictionary<BucketId, string> buckets, NamePieceSink sink)
    {
        var writer = new NameImageWriter(sink);
        foreach (var replica in _replicas.OrderBy(pair => pair.Value).Select(pair => pair.Key))
        {
            Write(writer.Begin(NameRecordKind.Replica), replica, places.FirstOrDefault(place => place.Replica == replica));
        }

        // Those in which nothing was seen yet too: what comes into them meanwhile opens at once.
        foreach (var bucket in _buckets.Select(bucket => bucket.Id).Concat(buckets.Keys.Where(id => !_bucketNumbers.ContainsKey(id))))
        {
            var record = writer.Begin(NameRecordKind.Bucket);
            record.Bytes16(bucket.Value);
            record.Text(buckets.GetValueOrDefault(bucket, ""));
        }

        foreach (var (_, order) in _buckets)
        {
            for (var place = (Block: 0, Index: 0); order.At(place) is >= 0 and var slot; place = order.Next(place))
            {
                Write(writer.Begin(NameRecordKind.Register), slot);
            }
        }

        foreach (var slot in _slots.Used.Where(slot => _slots[slot].Record == RegisterSlot.NoRecord))
        {
            Write(writer.Begin(NameRecordKind.Register), slot);
        }

        writer.End();
    }

    /// <summary>Takes over a piece; the table was empty before the first.</summary>
    /// <returns>False when it is not such a piece: then the table is to be cleared.</returns>
    public bool TryRead(ReadOnlySpan<byte> piece, ICollection<FeedPlace> places, IDictionary<BucketId, string> buckets)
    {
        var reader = new ByteReader(piece);
        while (!reader.HasFailed && reader.RemainingBytes > 0)
        {
            switch ((NameRecordKind)reader.Byte())
            {
                case NameRecordKind.Replica: ReadReplica(ref reader, places); break;
                case NameRecordKind.Bucket: ReadBucket(ref reader, buckets); break;
                case NameRecordKind.Register: ReadRegister(ref reader); break;
                default: reader.Refuse(); break;
            }
        }

        return reader.IsComplete;
    }

    private static void Write(ByteWriter record, ReplicaId replica, FeedPlace? place)
    {
        record.Bytes16(replica.Value);
        record.Byte(place is null ? (byte)0 : (byte)1);
        if (place is not null)
        {
            record.Bytes16(place.Feed);
            record.U64(place.Cursor);
            record.U64(place.Floor);
        }
    }

    private void Write(ByteWriter record, int slot)
    {
        ref var its = ref _slots[slot];
        record.Bytes32(its.Register.Value);
        record.U16(its.Bucket);
        record.U64(its.Mark.Value);
        record.U32(its.Epoch);
        record.Byte((byte)(its.Flags & KeptFlags));
        record.U64(its.Holders);
        var votes = _votes.Of(slot);
        record.U16(checked((ushort)votes.Length));
        foreach (var vote in votes)
        {
            record.U16(vote.Replica);
            record.U64(vote.Mark.Value);
        }

        record.Byte(its.Record == RegisterSlot.NoRecord ? (byte)0 : (byte)1);
        if (its.Record != RegisterSlot.NoRecord)
        {
            record.Fixed(_records.BytesOf(its.Record));
        }
    }

    private void ReadReplica(ref ByteReader reader, ICollection<FeedPlace> places)
    {
        var replica = new ReplicaId(reader.Bytes16());
        var hasPlace = reader.Byte();
        if (reader.Require(hasPlace <= 1 && _replicas.Count < ushort.MaxValue && !_replicas.ContainsKey(replica)))
        {
            NumberOf(replica);
            if (hasPlace == 1)
            {
                places.Add(new FeedPlace(replica, reader.Bytes16(), reader.U64(), reader.U64()));
            }
        }
    }

    private void ReadBucket(ref ByteReader reader, IDictionary<BucketId, string> buckets)
    {
        var (bucket, name) = (new BucketId(reader.Bytes16()), reader.Text(ObjectKey.NameBytesMax));
        if (reader.Require(_buckets.Count <= ushort.MaxValue && !_bucketNumbers.ContainsKey(bucket)))
        {
            NumberOf(bucket);
            if (name.Length > 0)
            {
                buckets[bucket] = name;
            }
        }
    }

    private void ReadRegister(ref ByteReader reader)
    {
        var (register, bucket) = (new RegisterId(reader.Bytes32()), reader.U16());
        var (mark, epoch, flags, holders) = (new BallotMark(reader.U64()), reader.U32(), (SlotFlags)reader.Byte(), reader.U64());
        var isNew = !reader.HasFailed && bucket < _buckets.Count && (flags & ~KeptFlags) == 0 && AreKnown(holders) && _slots.Find(register) < 0;
        if (!reader.Require(isNew))
        {
            return;
        }

        var slot = _slots.Add(register);
        (_slots[slot].Bucket, _slots[slot].Mark, _slots[slot].Epoch, _slots[slot].Holders) = (bucket, mark, epoch, holders);
        _slots[slot].Flags |= flags;
        for (var votes = reader.Count16(sizeof(ushort) + sizeof(ulong), ushort.MaxValue); votes > 0; votes--)
        {
            var (replica, held) = (reader.U16(), new BallotMark(reader.U64()));
            if (reader.Require(IsKnown(replica)))
            {
                _votes.Add(slot, new Vote(replica, held, default));
            }
        }

        var hasName = reader.Byte();
        if (reader.Require(hasName <= 1) && hasName == 1 && NameRecords.ReadBytes(ref reader) is { IsEmpty: false } record)
        {
            _slots[slot].Record = _records.Add(record);
            _buckets[bucket].Order.Add(slot);
        }
    }

    private bool AreKnown(ulong holders)
    {
        for (; holders != 0; holders >>= 16)
        {
            if (!IsKnown((ushort)(holders & HolderMask)))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsKnown(ushort replica) => replica > 0 && replica <= _replicas.Count;
}
