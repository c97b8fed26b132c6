using Dfs.Client;

namespace Dfs.Actors.Client;

/// <summary>What a person may ask of the layout, through any node.</summary>
public interface ILayoutClient
{
    /// <param name="node">A node's name, or the replica id of its directory.</param>
    /// <returns>Done when it has durably begun; the rest happens by itself.</returns>
    Task<LayoutResult> RunAsync(LayoutCommand command, string node, CancellationToken cancellationToken);

    /// <summary>What <see cref="LayoutCommand.Apply"/> would change, and what that costs; nothing is changed.</summary>
    /// <returns>Null when the node has no layout, or did not answer.</returns>
    Task<LayoutPlan?> PlanAsync(CancellationToken cancellationToken);
}

/// <summary>The next change of the layout, before anything moves.</summary>
/// <param name="Changes">Sentences: who comes in, who leaves; empty when nothing would change.</param>
/// <param name="Waits">Sentences: who would like to and cannot, and why.</param>
/// <param name="Bytes">Estimated, of all moves.</param>
/// <param name="Seconds">Estimated: of the largest move at <see cref="BytesPerSecond"/>.</param>
/// <param name="NodesThatMayFail">How many nodes may stop while it moves, and every file can still be read and written.</param>
public sealed record LayoutPlan(
    IReadOnlyList<string> Changes, IReadOnlyList<string> Waits, IReadOnlyList<LayoutPlanMove> Moves, long Bytes, double Seconds, int NodesThatMayFail)
{
    /// <summary>Twenty megabytes a second into one node: a quarter of what an idle disk of a small machine takes.</summary>
    public const double BytesPerSecond = 20e6;
}

/// <summary>What one node is given.</summary>
/// <param name="Partitions">Of 1,024.</param>
public sealed record LayoutPlanMove(string Node, int Partitions, long Bytes);

/// <summary>The commands of <see cref="ILayoutClient"/>.</summary>
public enum LayoutCommand
{
    /// <summary>The node gives everything that it holds to the others; then it may be stopped.</summary>
    Drain,

    /// <summary>Takes a drain back, also one that has ended.</summary>
    Undrain,

    /// <summary>Makes the planned change now; names no node.</summary>
    Apply,

    /// <summary>Leaves out a node that is gone for good, without waiting for the time that this takes by itself.</summary>
    Remove,
}

/// <summary>Answer to a <see cref="LayoutCommand"/>; <paramref name="Detail"/> is a sentence for the user.</summary>
public sealed record LayoutResult(DfsOutcome Outcome, string Detail);
