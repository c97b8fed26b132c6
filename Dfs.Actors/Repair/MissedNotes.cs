using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Actors.Repair;

/// <summary>What replicas missed of the writes of this node, until <see cref="MissedKeeper"/> has told them.</summary>
/// <remarks>Thread-safe; outlives the actor system. Lost when the node stops: the comparison with other nodes finds it then.</remarks>
public sealed class MissedNotes(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _begin = time.GetTimestamp();
    private MissedCopies _missed = MissedCopies.Empty;
    private long _noted;

    /// <summary>Copies whose replica was not told yet, or has not seen to it.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _missed.Count;
            }
        }
    }

    /// <summary>Since the node's start.</summary>
    public long Noted => Interlocked.Read(ref _noted);

    private TimeSpan Now => time.GetElapsedTime(_begin);

    public void Note(ReplicaId by, ChunkId chunk)
    {
        Interlocked.Increment(ref _noted);
        Change(missed => missed.Note(by, chunk, Now));
    }

    public void Note(ReplicaId by, RegisterId register)
    {
        Interlocked.Increment(ref _noted);
        Change(missed => missed.Note(by, register, Now));
    }

    /// <inheritdoc cref="MissedCopies.Settle"/>
    public void Settle(ReplicaId by, ulong page) => Change(missed => missed.Settle(by, page, Now));

    /// <inheritdoc cref="MissedCopies.TakeDue"/>
    /// <param name="isMember">Others are forgotten.</param>
    public IReadOnlyList<MissedPage> TakeDue(Func<ReplicaId, bool> isMember, Func<ReplicaId, bool> canHear)
    {
        lock (_lock)
        {
            (_missed, var due) = _missed.KeepOnly(isMember).TakeDue(Now, canHear);
            return due;
        }
    }

    private void Change(Func<MissedCopies, MissedCopies> change)
    {
        lock (_lock)
        {
            _missed = change(_missed);
        }
    }
}
