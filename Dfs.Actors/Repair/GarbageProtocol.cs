using Dfs.Client;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;

namespace Dfs.Actors.Repair;

/// <summary>Every message that <see cref="GarbageKeeper"/> takes or sends; none leaves the node.</summary>
public static class GarbageProtocol
{
    /// <summary>A person, through this node → its keeper; answered with <see cref="CollectionEnded"/>. While one runs, with that one's.</summary>
    public sealed record CollectNow;

    /// <summary>Keeper → who asked.</summary>
    public sealed record CollectionEnded(CollectionResult Result);
}

/// <summary>How a collection ended.</summary>
/// <param name="Outcome">Done: every head was read, and every node took what was found; though that may be nothing yet, see <paramref name="Refusal"/>.</param>
/// <param name="Epoch">Null when it did not come so far.</param>
/// <param name="Refusal">Why nothing was condemned, a sentence; empty when something may have been.</param>
/// <param name="Totals">Of all nodes.</param>
/// <param name="LiveReferences">How many references were found, each as often as it is made.</param>
/// <param name="TombstonesDropped">Registers of removed files whose rows every replica was told to drop.</param>
public sealed record CollectionResult(
    DfsOutcome Outcome, Epoch? Epoch, string Refusal, GarbageTotals Totals, long Registers, long LiveReferences, long TombstonesDropped);
