using Dfs.Core.Repair;

namespace Dfs.Actors.Repair;

/// <summary>Lets repair copy chunks: not while it is paused, and by turns, a quarter of the time, while clients are served.</summary>
/// <remarks>Thread-safe. Without clients it holds nothing up; callers bound how many copies they make at once.</remarks>
/// <param name="isServing">A client was served a moment ago, here or at another node that answers.</param>
public sealed class RepairPacer(RepairSwitch repair, Func<bool> isServing, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public RepairSwitch Switch => repair;

    /// <summary>Runs one copy of a chunk.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> copy, CancellationToken cancellationToken)
    {
        await repair.WhenRunningAsync(cancellationToken).ConfigureAwait(false);
        if (!isServing())
        {
            return await copy().ConfigureAwait(false);
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var begin = time.GetTimestamp();
            var result = await copy().ConfigureAwait(false);
            if (isServing())
            {
                await Task.Delay(RepairPace.RestAfter(time.GetElapsedTime(begin)), time, cancellationToken).ConfigureAwait(false);
            }

            return result;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
