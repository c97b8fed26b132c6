namespace Dfs.Core.Repair;

/// <summary>How many copies of chunks a node makes at once. Pure.</summary>
/// <remarks>
/// A bound on what is under way, and no share of the time: a copy mostly waits, for an answer and for a disk's sync, and where processors are busy it waits longer;
/// resting as a multiple of that would stop repair just there. What is short is shared about evenly among what is under way, so repair keeps its part beside clients.
/// </remarks>
public static class RepairPace
{
    /// <summary>Eight, 32 MiB, while nobody is served.</summary>
    public const int CopiesAlone = 8;

    /// <summary>
    /// One beside clients, here or at any other node. On one machine with two processors one copied at 0.58 of the disk's rate and left clients 0.71 of theirs, two at 0.85 and
    /// 0.45 (docs/reliability.md). Where a sync takes long, as on spinning disks, one waits for it most of the time: repair is slower there while clients are served.
    /// </summary>
    public const int CopiesWhileServing = 1;

    /// <returns>Copies that may be under way at one node; never none, so repair does not stand still.</returns>
    public static int CopiesMax(bool isServing) => isServing ? CopiesWhileServing : CopiesAlone;
}
