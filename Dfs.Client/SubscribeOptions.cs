using Dfs.Core.Primitives;

namespace Dfs.Client;

/// <summary>How to follow what happens to files.</summary>
public sealed record SubscribeOptions
{
    /// <summary>Under which the place is kept; empty keeps none, and begins with what happens from now on.</summary>
    public string Subscriber { get; init; } = "";

    /// <summary>Whose files.</summary>
    public string Bucket { get; init; } = ObjectKey.DefaultBucket;

    /// <summary>The same owner's store through other nodes, to go on with when one does not answer.</summary>
    public IReadOnlyList<IDfsClient> Others { get; init; } = [];

    /// <summary>At most so many changes are acknowledged together, 1 to 1,000: that many may come again.</summary>
    public int CountMax { get; init; } = 100;

    /// <summary>Called with what a node could not do; the next one is asked after <see cref="RetryAfter"/>.</summary>
    public Action<DfsException> Troubled { get; init; } = static _ => { };

    /// <summary>One second, between two attempts.</summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);
}
