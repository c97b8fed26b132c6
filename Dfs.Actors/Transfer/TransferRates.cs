namespace Dfs.Actors.Transfer;

/// <summary>What a node lets through, of all its owners' transfers together.</summary>
public sealed record TransferRates
{
    public static readonly TransferRates Unlimited = new();

    /// <summary>Content that clients send.</summary>
    public RateLimit Uploads { get; init; } = RateLimit.None;

    /// <summary>Content that clients fetch.</summary>
    public RateLimit Downloads { get; init; } = RateLimit.None;

    /// <summary>Chunks that this node pulls from others, and hands back to them, with no client waiting.</summary>
    public RateLimit Background { get; init; } = RateLimit.None;
}
