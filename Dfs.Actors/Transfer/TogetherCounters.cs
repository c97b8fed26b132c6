namespace Dfs.Actors.Transfer;

/// <summary>Small chunks that shared their requests to other nodes, since this node's start. Thread-safe.</summary>
public sealed class TogetherCounters
{
    private long _requests;
    private long _chunks;

    /// <summary>Requests that carried several chunks and were answered.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>The chunks in them.</summary>
    public long Chunks => Interlocked.Read(ref _chunks);

    internal void Add(int chunks)
    {
        if (chunks > 0)
        {
            Interlocked.Increment(ref _requests);
            Interlocked.Add(ref _chunks, chunks);
        }
    }
}
