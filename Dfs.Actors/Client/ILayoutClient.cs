namespace Dfs.Actors.Client;

/// <summary>What a person may ask of the layout, through any node.</summary>
public interface ILayoutClient
{
    /// <param name="node">A node's name, or the replica id of its directory.</param>
    /// <returns>Done when it has durably begun; the rest happens by itself.</returns>
    Task<LayoutResult> RunAsync(LayoutCommand command, string node, CancellationToken cancellationToken);
}

/// <summary>The commands of <see cref="ILayoutClient"/>.</summary>
public enum LayoutCommand
{
    /// <summary>The node gives everything that it holds to the others; then it may be stopped.</summary>
    Drain,

    /// <summary>Takes a drain back, also one that has ended.</summary>
    Undrain,

    /// <summary>Leaves out a node that is gone for good, without waiting for the time that this takes by itself.</summary>
    Remove,
}

/// <summary>Answer to a <see cref="LayoutCommand"/>; <paramref name="Detail"/> is a sentence for the user.</summary>
public sealed record LayoutResult(DfsOutcome Outcome, string Detail);
