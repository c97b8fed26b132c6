namespace Dfs.Actors.Membership;

/// <summary>Keeps the installing of a layout and the deleting of chunks under the one before apart.</summary>
/// <remarks>
/// One per data directory; outlives the actor system. Otherwise a chunk that the next layout gives to this directory could
/// be answered for as present, and be deleted a moment later by a decision of the layout before.
/// </remarks>
public sealed class LayoutFence : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private int _waiting;

    /// <summary>Who is at the fence, and not yet under it.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <returns>Disposed of when the work under the fence is done.</returns>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        return new Held(_one);
    }

    public void Dispose() => _one.Dispose();

    private sealed class Held(SemaphoreSlim one) : IDisposable
    {
        public void Dispose() => one.Release();
    }
}
