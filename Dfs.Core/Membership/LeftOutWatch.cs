using System.Collections.Immutable;

namespace Dfs.Core.Membership;

/// <summary>Decides when a node that its cluster of actor systems does not know gives up its place there, to be let in anew.</summary>
/// <remarks>
/// Pure. Who lets a node in tells the others with its next gossip. Is it killed before, the newcomer counts members that do not count it: they refuse what it
/// gossips, and the answers to its heartbeats keep it from finding out. So peers say it when they are greeted (<see cref="AskerStanding"/>). Who is sure has
/// heard for <see cref="SureAfter"/> from members of its own that they do not count it, and from none that it is counted: one that does will have told the
/// others by then, or the split brain resolver has decided about the two.
/// </remarks>
public sealed record LeftOutWatch
{
    private static readonly ImmutableSortedDictionary<string, Answer> Nothing = ImmutableSortedDictionary.Create<string, Answer>(StringComparer.Ordinal);

    private LeftOutWatch() { }

    public TimeSpan SureAfter { get; private init; }

    /// <summary>An answer counts for this long.</summary>
    public TimeSpan AnswerCountsFor { get; private init; }

    /// <summary>A member has said so again after long enough: the actor system is to end.</summary>
    public bool IsSure { get; private init; }

    private ImmutableSortedDictionary<string, Answer> Answers { get; init; } = Nothing;

    /// <summary>Since when members say that it is none of theirs, and no other one says that it is.</summary>
    private TimeSpan? Since { get; init; }

    /// <param name="sureAfter">Longer than a newcomer's name needs to get around, and than the resolver takes to decide about a cut.</param>
    /// <param name="answerCountsFor">Longer than a few rounds of greetings, so that some may be lost.</param>
    public static LeftOutWatch Start(TimeSpan sureAfter, TimeSpan answerCountsFor) => new() { SureAfter = sureAfter, AnswerCountsFor = answerCountsFor };

    /// <param name="peer">Address of the peer that has answered.</param>
    /// <param name="standing">What this node is to it.</param>
    /// <param name="members">Addresses of the members that this node counts, takes for reachable, and that are not on the way out.</param>
    public LeftOutWatch Hear(string peer, AskerStanding standing, IReadOnlySet<string> members, TimeSpan now)
    {
        var earlier = Answers.RemoveRange(Answers.Where(entry => !members.Contains(entry.Key) || now - entry.Value.At > AnswerCountsFor).Select(entry => entry.Key));
        var answers = members.Contains(peer) && standing != AskerStanding.Unknown
            ? earlier.SetItem(peer, new Answer(standing, now))
            : earlier.Remove(peer);
        TimeSpan? since = !IsLeftOut(answers) ? null : (IsLeftOut(earlier) ? Since : null) ?? now;
        return this with { Answers = answers, Since = since, IsSure = now - since >= SureAfter };
    }

    private static bool IsLeftOut(ImmutableSortedDictionary<string, Answer> answers) =>
        !answers.IsEmpty && answers.Values.All(answer => answer.Standing == AskerStanding.Stranger);

    private readonly record struct Answer(AskerStanding Standing, TimeSpan At);
}

/// <summary>What a node that greets is to the one that answers.</summary>
public enum AskerStanding
{
    /// <summary>The one that answers is not up itself, or the asker is on its way out there; or it is of a version that does not say.</summary>
    Unknown,

    /// <summary>Some incarnation of it is a member.</summary>
    Member,

    /// <summary>No member of the cluster of the one that answers.</summary>
    Stranger,
}
