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
    /// Two beside clients, here or at any other node. On one machine with two processors four left clients a third less and copied 7 % faster, one copied a third
    /// slower and gave clients 6 % more (docs/reliability.md); and on machines of their own one copy would wait for its sync most of the time.
    /// </summary>
    public const int CopiesWhileServing = CopiesAlone / 4;

    /// <returns>Copies that may be under way at one node; never none, so repair does not stand still.</returns>
    public static int CopiesMax(bool isServing) => isServing ? CopiesWhileServing : CopiesAlone;
}
