namespace Dfs.Actors.Client;

/// <summary>How long a client waits for an answer at most; a node has one for all of its ways in.</summary>
/// <param name="Time">By which it is told; its wall clock is not asked.</param>
public sealed record AnswerLimit(TimeSpan Within, TimeProvider Time)
{
    /// <summary>12 s, so that a client that gives up after 15 has heard before.</summary>
    public static readonly AnswerLimit Default = new(TimeSpan.FromSeconds(12), TimeProvider.System);
}
