using System.Collections.Immutable;

namespace Dfs.Core.Repair;

/// <summary>How fast a rising total rises, over the last ten seconds. Pure.</summary>
public sealed record RateWindow
{
    /// <summary>Ten seconds: long enough that a chunk of 4 MiB does not make it jump, short enough to be of now.</summary>
    public static readonly TimeSpan Width = TimeSpan.FromSeconds(10);

    public static readonly RateWindow Empty = new();

    private ImmutableQueue<(TimeSpan At, long Total)> Samples { get; init; } = ImmutableQueue<(TimeSpan At, long Total)>.Empty;

    private (TimeSpan At, long Total) Last { get; init; }

    /// <summary>A second; 0 before two samples.</summary>
    public long PerSecond => !Samples.IsEmpty && Last.At - Samples.Peek().At is { Ticks: > 0 } span
        ? (long)((Last.Total - Samples.Peek().Total) / span.TotalSeconds)
        : 0;

    /// <param name="at">Monotonic.</param>
    public RateWindow Add(TimeSpan at, long total)
    {
        var samples = Samples;
        // The sample at the window's edge stays: the window begins there.
        while (!samples.IsEmpty && samples.Dequeue() is { IsEmpty: false } rest && rest.Peek().At <= at - Width)
        {
            samples = rest;
        }

        return new RateWindow { Samples = samples.Enqueue((at, total)), Last = (at, total) };
    }
}
