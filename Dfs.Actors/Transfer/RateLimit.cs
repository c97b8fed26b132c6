using Dfs.Core.Transfer;

namespace Dfs.Actors.Transfer;

/// <summary>A rate that many share, in bytes a second. Thread-safe.</summary>
/// <param name="bytesPerSecond">0: unlimited.</param>
public sealed class RateLimit(long bytesPerSecond, TimeProvider time)
{
    public static readonly RateLimit None = new(0, TimeProvider.System);

    private readonly Lock _lock = new();
    private readonly long _startedAt = time.GetTimestamp();
    private TokenBucket? _bucket = bytesPerSecond > 0 ? TokenBucket.Full(bytesPerSecond) : null;

    public bool IsNone => bytesPerSecond == 0;

    /// <summary>Waits as long as so many bytes take that have gone through.</summary>
    public ValueTask WaitAsync(long bytes, CancellationToken cancellationToken)
    {
        var wait = TimeSpan.Zero;
        lock (_lock)
        {
            if (_bucket is { } bucket && bytes > 0)
            {
                (_bucket, wait) = bucket.Take(bytes, time.GetElapsedTime(_startedAt));
            }
        }

        return wait == TimeSpan.Zero ? ValueTask.CompletedTask : new ValueTask(Task.Delay(wait, time, cancellationToken));
    }
}
