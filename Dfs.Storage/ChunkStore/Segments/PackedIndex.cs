using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>Which chunks a store has, where, and how they are pinned: 40 bytes a chunk, in the order of ids.</summary>
/// <remarks>
/// A sorted array for each partition. An entry is the id, with the code of its pin in the ten bits that the partition
/// says already, and its place: five words. A search takes the logarithm, an insertion moves half a partition, about
/// 20 KiB with a million chunks; in exchange there are no empty slots and a listing is a copy.
/// One thread changes it, any number may ask.
/// </remarks>
internal sealed class PackedIndex
{
    // An array grows by a sixteenth: three per cent of it are empty on the average.
    private const int GrowthShare = 16;
    private const int GrowthMin = 4;
    private const ulong IdMask = ulong.MaxValue >> EpochCodes.Bits;

    private readonly Partition[] _partitions = [.. Enumerable.Range(0, PartitionId.Count).Select(_ => new Partition())];
    private readonly EpochCodes _epochs = new();
    private long _chunks;
    private long _bytes;

    public long Chunks => Interlocked.Read(ref _chunks);

    /// <summary>Of ciphertext.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What the entries take in memory, the empty ones included.</summary>
    public long MemoryBytes
    {
        get
        {
            long entries = 0;
            foreach (var partition in _partitions)
            {
                lock (partition)
                {
                    entries += partition.Entries.Length;
                }
            }

            return entries * Unsafe.SizeOf<Entry>();
        }
    }

    public bool TryFind(ChunkId id, out IndexedChunk found)
    {
        var key = Entry.Of(id);
        var partition = _partitions[id.Partition.Index];
        lock (partition)
        {
            var at = partition.Find(key);
            if (at < 0)
            {
                found = default;
                return false;
            }

            ref var entry = ref partition.Entries[at];
            found = new IndexedChunk(id, entry.Place, _epochs.Decode(id, entry.PinCode));
            return true;
        }
    }

    /// <summary>Notes where a chunk is; its pin becomes the given one.</summary>
    /// <returns>Where it was before, or null.</returns>
    public RecordPlace? Set(ChunkId id, RecordPlace place, Epoch pin)
    {
        var key = Entry.Of(id);
        var partition = _partitions[id.Partition.Index];
        lock (partition)
        {
            var at = partition.Find(key);
            RecordPlace? old = at >= 0 ? partition.Entries[at].Place : null;
            if (old is { } known)
            {
                _epochs.Return(id, partition.Entries[at].PinCode);
                Interlocked.Add(ref _bytes, -known.LengthBytes);
            }
            else
            {
                at = ~at;
                partition.Insert(at);
                Interlocked.Increment(ref _chunks);
            }

            partition.Entries[at] = key with { Place = place, PinCode = _epochs.Take(id, pin) };
            Interlocked.Add(ref _bytes, place.LengthBytes);
            return old;
        }
    }

    /// <summary>Raises a pin; a lower one and an unknown chunk change nothing.</summary>
    public void RaisePin(ChunkId id, Epoch pin)
    {
        var key = Entry.Of(id);
        var partition = _partitions[id.Partition.Index];
        lock (partition)
        {
            var at = partition.Find(key);
            if (at >= 0 && _epochs.Decode(id, partition.Entries[at].PinCode).CompareTo(pin) < 0)
            {
                _epochs.Return(id, partition.Entries[at].PinCode);
                partition.Entries[at] = partition.Entries[at] with { PinCode = _epochs.Take(id, pin) };
            }
        }
    }

    /// <returns>Where it was, or null when it was not here.</returns>
    public RecordPlace? Remove(ChunkId id)
    {
        var key = Entry.Of(id);
        var partition = _partitions[id.Partition.Index];
        lock (partition)
        {
            var at = partition.Find(key);
            if (at < 0)
            {
                return null;
            }

            var place = partition.Entries[at].Place;
            _epochs.Return(id, partition.Entries[at].PinCode);
            partition.Remove(at);
            Interlocked.Decrement(ref _chunks);
            Interlocked.Add(ref _bytes, -place.LengthBytes);
            return place;
        }
    }

    /// <summary>The chunks of a partition in the order of their ids, as they are now.</summary>
    public IndexedChunk[] Of(PartitionId partitionId)
    {
        var partition = _partitions[partitionId.Index];
        lock (partition)
        {
            var chunks = new IndexedChunk[partition.Count];
            for (var i = 0; i < chunks.Length; i++)
            {
                ref var entry = ref partition.Entries[i];
                var id = entry.Id(partitionId);
                chunks[i] = new IndexedChunk(id, entry.Place, _epochs.Decode(id, entry.PinCode));
            }

            return chunks;
        }
    }

    /// <summary>Makes room for what is about to be set, so that no array grows step by step.</summary>
    public void Reserve(PartitionId partitionId, int chunks)
    {
        var partition = _partitions[partitionId.Index];
        lock (partition)
        {
            if (partition.Entries.Length < chunks)
            {
                Array.Resize(ref partition.Entries, chunks);
            }
        }
    }

    private sealed class Partition
    {
        public Entry[] Entries = [];

        public int Count { get; private set; }

        /// <returns>Where it is, or the complement of where it would be.</returns>
        public int Find(in Entry key)
        {
            var (from, to) = (0, Count - 1);
            while (from <= to)
            {
                var middle = (from + to) / 2;
                var order = Entries[middle].CompareId(key);
                if (order == 0)
                {
                    return middle;
                }

                (from, to) = order < 0 ? (middle + 1, to) : (from, middle - 1);
            }

            return ~from;
        }

        public void Insert(int at)
        {
            if (Count == Entries.Length)
            {
                Array.Resize(ref Entries, Count + Math.Max(GrowthMin, Count / GrowthShare));
            }

            Array.Copy(Entries, at, Entries, at + 1, Count - at);
            Count++;
        }

        public void Remove(int at)
        {
            Count--;
            Array.Copy(Entries, at + 1, Entries, at, Count - at);
        }
    }

    // Big-endian words, so that comparing words compares ids.
    private readonly record struct Entry(ulong Word0, ulong Word1, ulong Word2, ulong Word3, RecordPlace Place)
    {
        public int PinCode
        {
            get => (int)(Word0 >> (64 - EpochCodes.Bits));
            init => Word0 = (Word0 & IdMask) | ((ulong)value << (64 - EpochCodes.Bits));
        }

        public static Entry Of(ChunkId id)
        {
            Span<byte> bytes = stackalloc byte[Bytes32.SizeBytes];
            id.Value.CopyTo(bytes);
            return new Entry(
                BinaryPrimitives.ReadUInt64BigEndian(bytes) & IdMask,
                BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
                BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]),
                default);
        }

        public ChunkId Id(PartitionId partition)
        {
            Span<byte> bytes = stackalloc byte[Bytes32.SizeBytes];
            BinaryPrimitives.WriteUInt64BigEndian(
                bytes, (Word0 & IdMask) | ((ulong)partition.Index << (64 - EpochCodes.Bits)));
            BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Word1);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], Word2);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], Word3);
            return new ChunkId(bytes);
        }

        public int CompareId(in Entry other)
        {
            var order = (Word0 & IdMask).CompareTo(other.Word0 & IdMask);
            order = order != 0 ? order : Word1.CompareTo(other.Word1);
            order = order != 0 ? order : Word2.CompareTo(other.Word2);
            return order != 0 ? order : Word3.CompareTo(other.Word3);
        }
    }
}

/// <param name="Pin">Durable.</param>
internal readonly record struct IndexedChunk(ChunkId Id, RecordPlace Place, Epoch Pin);
