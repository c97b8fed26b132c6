using Dfs.Core.Catalog;
using Dfs.Core.Primitives;

namespace Dfs.Storage.CatalogStore;

/// <summary>What is committed, in memory: every partition's row, the registers of late, and which have no row at all.</summary>
/// <remarks>
/// Published a commit at a time under one lock: a promise for a partition must never be seen beside a register as it
/// was before an accept that came earlier in the same commit. Bounded by bytes, with two generations: when the
/// younger is full it becomes the older, whose rows come back when they are asked for.
/// </remarks>
internal sealed class CatalogCache(PartitionRow[] partitions, RegisterFilter written, CatalogFacts facts)
{
    /// <summary>32 MiB a generation: some 16,000 heads of files of 1 KiB, as many as are read again within a minute.</summary>
    private const long GenerationBytesMax = 32L << 20;

    /// <summary>What a row costs besides its value.</summary>
    private const int RowBytes = 300;

    private readonly Lock _gate = new();
    private Dictionary<RowKey, RegisterRow> _young = [], _old = [];
    private long _youngBytes;

    private volatile CatalogFacts _facts = facts;

    public CatalogFacts Facts => _facts;

    /// <summary>Null when the register may have a row that is not in memory.</summary>
    public AcceptorRows? Find(RowKey key) => Find(key, out _);

    /// <param name="facts">As of the same commit.</param>
    public AcceptorRows? Find(RowKey key, out CatalogFacts facts)
    {
        lock (_gate)
        {
            facts = _facts;
            if (!_young.TryGetValue(key, out var row))
            {
                if (_old.TryGetValue(key, out row))
                {
                    Keep(row);
                }
                else if (!key.IsCouncil && !written.MayHave(key.Register))
                {
                    row = RegisterRow.Absent(key);
                }
                else
                {
                    return null;
                }
            }

            return new AcceptorRows(Partition(key.Partition, key.IsCouncil), row);
        }
    }

    /// <param name="isCouncil">The council's registers belong to no partition.</param>
    public PartitionRow Partition(PartitionId partition, bool isCouncil)
    {
        lock (_gate)
        {
            return isCouncil ? PartitionRow.Empty(partition) : partitions[partition.Index];
        }
    }

    /// <param name="fetched">Rows that were only read, absent ones among them.</param>
    public void Publish(
        IEnumerable<RegisterRow> fetched, IReadOnlyCollection<RegisterRow> registers, IEnumerable<PartitionRow> partitionRows, CatalogFacts facts)
    {
        lock (_gate)
        {
            _facts = facts;
            foreach (var row in partitionRows)
            {
                partitions[row.Partition.Index] = row;
            }

            foreach (var row in fetched)
            {
                Keep(row);
            }

            foreach (var row in registers)
            {
                written.Add(row.Key.Register);
                Keep(row);
            }
        }
    }

    public void Forget(PartitionId partition)
    {
        lock (_gate)
        {
            foreach (var rows in new[] { _young, _old })
            {
                foreach (var key in rows.Keys.Where(key => !key.IsCouncil && key.Partition == partition).ToList())
                {
                    rows.Remove(key);
                }
            }
        }
    }

    private void Keep(RegisterRow row)
    {
        if (_youngBytes > GenerationBytesMax)
        {
            (_old, _young, _youngBytes) = (_young, [], 0);
        }

        // A row that is replaced counts again: the bound holds, the generation ends a little early.
        _young[row.Key] = row;
        _youngBytes += RowBytes + row.Value.Length;
    }
}
