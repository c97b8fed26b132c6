namespace Dfs.Actors.Transfer;

/// <summary>What hedging has done on this node since its start. Thread-safe.</summary>
public sealed class HedgeCounters
{
    private long _begun;
    private long _won;
    private long _denied;

    /// <summary>Reads that another replica was asked for as well, because the first took too long.</summary>
    public long Begun => Interlocked.Read(ref _begun);

    /// <summary>Of these, those where the other one was first.</summary>
    public long Won => Interlocked.Read(ref _won);

    /// <summary>How often a read waited on because there was no budget for a hedge.</summary>
    public long Denied => Interlocked.Read(ref _denied);

    internal void Begin() => Interlocked.Increment(ref _begun);

    internal void Win() => Interlocked.Increment(ref _won);

    internal void Deny() => Interlocked.Increment(ref _denied);
}
