namespace Dfs.Tests.Faults;

/// <summary>Which nodes are killed or frozen, and how often that has changed: a client of theirs may have to wait.</summary>
internal sealed class Disturbances(int nodes)
{
    private readonly int[] _counts = new int[nodes];

    /// <summary>Odd while it is killed or frozen.</summary>
    public int CountOf(int node) => Volatile.Read(ref _counts[node]);

    public bool IsDisturbed(int node) => CountOf(node) % 2 == 1;

    /// <returns>False when it is already.</returns>
    public bool TryBegin(int node)
    {
        var count = CountOf(node);
        return count % 2 == 0 && Interlocked.CompareExchange(ref _counts[node], count + 1, count) == count;
    }

    public void End(int node) => Interlocked.Increment(ref _counts[node]);
}
