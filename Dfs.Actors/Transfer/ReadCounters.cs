namespace Dfs.Actors.Transfer;

/// <summary>What reading has cost this node since its start. Thread-safe.</summary>
public sealed class ReadCounters
{
    private long _checkedBytes;

    /// <summary>Ciphertext that was moved here, from a disk or a peer, and hashed: what a transfer asked for, pages of manifests included.</summary>
    public long CheckedBytes => Interlocked.Read(ref _checkedBytes);

    internal void Add(long checkedBytes) => Interlocked.Add(ref _checkedBytes, checkedBytes);
}
