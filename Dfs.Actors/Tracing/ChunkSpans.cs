using System.Diagnostics;

namespace Dfs.Actors.Tracing;

/// <summary>The trace of one transfer, for its first chunks.</summary>
internal sealed class ChunkSpans(ActivityContext trace)
{
    private int _chunks;

    /// <summary>What the next chunk's spans belong to; default when there is no trace, or they would be too many.</summary>
    public ActivityContext Next() =>
        Spans.IsRecorded(trace) && Interlocked.Increment(ref _chunks) <= Spans.ChunksPerTransferMax ? trace : default;
}
