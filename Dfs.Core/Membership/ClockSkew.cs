using System.Collections.Immutable;
using Dfs.Core.Primitives;
using static System.FormattableString;

namespace Dfs.Core.Membership;

/// <summary>How far nodes' wall clocks are from each other, by what they say of themselves. Pure; for people: nothing is decided by it.</summary>
public static class ClockSkew
{
    /// <summary>Ten seconds: what a clock that is kept right never shows, and a message that waited on a busy node does not either.</summary>
    public static readonly TimeSpan TellFrom = TimeSpan.FromSeconds(10);

    /// <summary>Four, eight seconds of greetings: a clock that was set is told as soon as these are past.</summary>
    public const int SamplesMax = 4;

    /// <summary>Takes in one more greeting.</summary>
    /// <param name="samples">The last ones; the newest stands last.</param>
    /// <param name="ahead">Of the clock here when it came, so less than the truth by the time that it was on its way.</param>
    public static ImmutableArray<TimeSpan> Add(ImmutableArray<TimeSpan> samples, TimeSpan ahead) =>
        [.. samples.Append(ahead).TakeLast(SamplesMax)];

    /// <returns>The greeting that was on its way the shortest.</returns>
    public static TimeSpan Best(ImmutableArray<TimeSpan> samples) => samples.Max();

    /// <summary>Turns what they are ahead of the clock here into what they are ahead of most.</summary>
    /// <remarks>One of two clocks that differ may be wrong as well as the other: with an even number the lower middle one counts as right.</remarks>
    /// <param name="ahead">Of the clock here, this node with zero included.</param>
    public static ImmutableDictionary<TNode, TimeSpan> AheadOfMost<TNode>(IReadOnlyCollection<KeyValuePair<TNode, TimeSpan>> ahead)
        where TNode : notnull
    {
        if (ahead.Count == 0)
        {
            return ImmutableDictionary<TNode, TimeSpan>.Empty;
        }

        var middle = ahead.Select(clock => clock.Value).Order().ElementAt((ahead.Count - 1) / 2);
        return ahead.ToImmutableDictionary(clock => clock.Key, clock => clock.Value - middle);
    }

    public static bool IsTold(TimeSpan? ahead) => ahead is { } by && by.Duration() >= TellFrom;

    /// <returns>"1:02:03 behind most nodes'", days before it where there are some.</returns>
    public static string Say(TimeSpan ahead)
    {
        var by = ahead.Duration();
        var days = by.Days > 0 ? Counted.Of(by.Days, "day") + " " : "";
        return Invariant($"{days}{by:h\\:mm\\:ss} {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} most nodes'");
    }
}
