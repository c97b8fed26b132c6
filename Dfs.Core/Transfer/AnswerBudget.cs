namespace Dfs.Core.Transfer;

/// <summary>How long whoever asked may still wait for an answer: one budget for all steps of a request.</summary>
/// <remarks>
/// Pure: times are of a clock that nobody sets. What is bounded is waiting without progress: while the client is waited for nothing is due, and content that
/// moves begins the time anew; from the content's last byte on it does not, so all that is left of a put then has one end. Steps are over
/// <see cref="EndTime"/> before the answer is due, so that what they find out is what is answered.
/// </remarks>
/// <param name="Limit">From one progress to the answer, or the next progress.</param>
/// <param name="Due">When the answer is due; null while the client is waited for.</param>
/// <param name="IsContentOver">The client has given its last byte.</param>
public readonly record struct AnswerBudget(TimeSpan Limit, TimeSpan? Due, bool IsContentOver)
{
    /// <summary>Two seconds, to end what was cut off and to say so.</summary>
    public static readonly TimeSpan EndTime = TimeSpan.FromSeconds(2);

    /// <summary>Three nodes are tried one after the other before the time is over, however long each takes.</summary>
    public const int TriesMin = 3;

    public static AnswerBudget Start(TimeSpan limit, TimeSpan now) => new(limit, now + limit, IsContentOver: false);

    /// <summary>Content moved between the client and the store.</summary>
    public AnswerBudget Moved(TimeSpan now) => IsContentOver ? this : Worked(now);

    /// <summary>Something is done of which a large file has more than a small one.</summary>
    public AnswerBudget Worked(TimeSpan now) => this with { Due = now + Limit };

    /// <summary>Content moved over a slow link between nodes: a standstill begins anew, before the content's end and after it.</summary>
    public AnswerBudget LinkMoved(TimeSpan now) => Due is null ? this : Worked(now);

    /// <summary>What the client gave before is stored. While it is waited for, that is no reason to expect more of it.</summary>
    public AnswerBudget Stored(TimeSpan now) => IsContentOver ? this : LinkMoved(now);

    /// <summary>It is the client's turn.</summary>
    public AnswerBudget AwaitClient() => IsContentOver ? this : this with { Due = null };

    /// <summary>The last byte is here: the rest has one end. What did not have to be waited for was here before, so the time does not begin anew.</summary>
    public AnswerBudget EndContent(TimeSpan now) => IsContentOver ? this : (Due is null ? Worked(now) : this) with { IsContentOver = true };

    /// <summary>What a step that begins now may take; none when it is not worth beginning.</summary>
    public TimeSpan StepTime(TimeSpan now) => AtLeastNone((Due is { } due ? due - now : Limit) - EndTime);

    /// <summary>Until the answer is due; null while the client is waited for.</summary>
    public TimeSpan? Left(TimeSpan now) => Due is { } due ? AtLeastNone(due - now) : null;

    /// <summary>A try's part of a step's time, so that others can still be tried after it.</summary>
    /// <param name="triedBefore">Of this step, one after the other.</param>
    public static TimeSpan ShareOf(TimeSpan stepTime, int triedBefore) => stepTime / Math.Max(1, TriesMin - triedBefore);

    private static TimeSpan AtLeastNone(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
