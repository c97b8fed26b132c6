using Dfs.Actors.Client;
using Dfs.Actors.Store;
using Dfs.Core.Membership;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Actors.Repair;

/// <summary>What this node's repair has done and found, for its greetings and for people.</summary>
/// <remarks>Thread-safe; outlives the actor system, so that counts do not begin anew with it.</remarks>
/// <param name="quarantined">Damaged copies on this node's disk.</param>
public sealed class RepairState(DamagedChunks damaged, RepairSwitch repair, Func<long> quarantined, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _begin = time.GetTimestamp();
    private RepairFacts _facts = RepairFacts.None;
    private RateWindow _rate = RateWindow.Empty;
    private long _movedBytes;
    private long _strays;

    public RepairFacts Facts
    {
        get
        {
            lock (_lock)
            {
                // Also while nobody moves anything: a rate is of now.
                _rate = _rate.Add(time.GetElapsedTime(_begin), _movedBytes);
                return _facts with
                {
                    MovedBytes = _movedBytes,
                    BytesPerSecond = _rate.PerSecond,
                    Damaged = damaged.Waiting,
                    Unhealed = damaged.Unhealed,
                    Healed = damaged.Healed,
                    Quarantined = quarantined(),
                    Order = repair.Order,
                    IsServing = OperationMetrics.IsServing,
                };
            }
        }
    }

    /// <summary>Chunks here that do not belong here, and that not all of their replicas have proved to have; as of the last look.</summary>
    public long Strays => Interlocked.Read(ref _strays);

    public void StraysAre(long count) => Interlocked.Exchange(ref _strays, count);

    public void Moved(int sizeBytes)
    {
        lock (_lock)
        {
            _movedBytes += sizeBytes;
        }
    }

    public void IsAt(RepairPhase phase, int partitionsLeft)
    {
        lock (_lock)
        {
            _facts = _facts with { Phase = phase, PartitionsLeft = partitionsLeft };
        }
    }

    public void Counted(LayoutNumber under, uint with, CopyCount chunks, HeadCount heads)
    {
        lock (_lock)
        {
            _facts = _facts with { CountedUnder = under, CountedWith = with, Chunks = chunks, Heads = heads };
        }
    }
}
