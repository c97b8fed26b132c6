using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>What a directory has durably of the cluster's epochs.</summary>
/// <param name="Current">The highest that it knows.</param>
/// <param name="First">
/// The first one that it was raised to since its last start, under the layout that it works under; above <paramref name="Current"/> when it
/// has not been raised since. Whatever was pinned here before that was pinned at a lower one.
/// </param>
public readonly record struct EpochFact(Epoch Current, Epoch First)
{
    /// <summary>A million: nothing is raised by more at once, because that is a mistake, and must not use the numbers up.</summary>
    public const ulong JumpMax = 1_000_000;

    /// <summary>Whether an epoch that somebody else speaks of can be one.</summary>
    public static bool CanBe(Epoch heard, Epoch known) => heard.Value <= known.Value || heard.Value - known.Value <= JumpMax;
}
