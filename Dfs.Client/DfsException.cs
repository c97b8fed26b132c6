using System.Net;

namespace Dfs.Client;

/// <summary>What was asked of the store was not done; the message is a sentence for the user.</summary>
/// <param name="outcome">Never <see cref="DfsOutcome.Done"/>.</param>
public sealed class DfsException(DfsOutcome outcome, string message) : Exception(message)
{
    /// <summary>Why, for the program.</summary>
    public DfsOutcome Outcome { get; } = outcome;

    /// <summary>The HTTP status, where the node answered with one and no outcome; 401 also when its certificate is not believed. Null otherwise.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>True when the same call may succeed later, unchanged, and nothing was done by this one.</summary>
    public bool IsTemporary => Outcome is DfsOutcome.NoQuorum or DfsOutcome.Busy or DfsOutcome.NotReady or DfsOutcome.Unreachable;
}
