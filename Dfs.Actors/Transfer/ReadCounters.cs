namespace Dfs.Actors.Transfer;

/// <summary>What reading has cost this node since its start. Thread-safe.</summary>
public sealed class ReadCounters
{
    private long _checkedBytes;
    private long _repairBytes;

    /// <summary>Ciphertext that was moved here, from a disk or a peer, and hashed: what a transfer asked for, pages of manifests included.</summary>
    public long CheckedBytes => Interlocked.Read(ref _checkedBytes);

    /// <summary>The same, read to be kept here or to look after what is kept: no transfer asked for it.</summary>
    public long RepairBytes => Interlocked.Read(ref _repairBytes);

    internal void Add(long checkedBytes, bool isRepair = false) =>
        Interlocked.Add(ref isRepair ? ref _repairBytes : ref _checkedBytes, checkedBytes);
}
