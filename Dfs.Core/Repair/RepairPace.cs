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

    /// <summary>Half as many beside clients, here or at any other node.</summary>
    public const int CopiesWhileServing = CopiesAlone / 2;

    /// <returns>Copies that may be under way at one node; never none, so repair does not stand still.</returns>
    public static int CopiesMax(bool isServing) => isServing ? CopiesWhileServing : CopiesAlone;
}
