namespace Dfs.Core.Transfer;

/// <summary>Between which times a read is given up waiting for, and another replica asked as well.</summary>
public sealed record HedgeLimits
{
    /// <summary>50 ms: nobody notices less, and a second reading costs a whole chunk.</summary>
    public TimeSpan DelayMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>500 ms, so that a node that freezes is noticed within a second by whoever reads.</summary>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>200 ms, until enough reads have ended to know better.</summary>
    public TimeSpan DelayFirst { get; init; } = TimeSpan.FromMilliseconds(200);
}
