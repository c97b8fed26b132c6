namespace Akka.Cluster;

/// <summary>Where a member stands in its life; the numbers are Akka.NET's and are sent over the wire.</summary>
public enum MemberStatus
{
    Joining = 0,
    Up = 1,
    Leaving = 2,
    Exiting = 3,
    Down = 4,
    Removed = 5,
    WeaklyUp = 6,
}

/// <summary>The only order in which a status may change, which is what makes merging two views of a member safe.</summary>
internal static class MemberStatusOrder
{
    /// <summary>Rises along every allowed transition.</summary>
    public static int Rank(this MemberStatus status) => status switch
    {
        MemberStatus.Joining => 0,
        MemberStatus.WeaklyUp => 1,
        MemberStatus.Up => 2,
        MemberStatus.Leaving => 3,
        MemberStatus.Exiting => 4,
        MemberStatus.Down => 5,
        _ => 6,
    };

    /// <summary>Forward only, and never out of Leaving's order: a member that has not left cannot be exiting.</summary>
    public static bool MayBecome(this MemberStatus from, MemberStatus to) =>
        to.Rank() > from.Rank() && (to != MemberStatus.Exiting || from == MemberStatus.Leaving);

    /// <summary>On its way out: does not hinder convergence when unreachable, and is then removed by the leader.</summary>
    public static bool IsGoing(this MemberStatus status) => status is MemberStatus.Down or MemberStatus.Exiting;

    /// <summary>Takes part in convergence, and may lead.</summary>
    public static bool IsFull(this MemberStatus status) => status is MemberStatus.Up or MemberStatus.Leaving;
}
