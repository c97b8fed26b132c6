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
    /// One is brought here at a time beside clients, here or at any other node; the one before it is being written meanwhile. Network and processors are busy with the one, the disk
    /// with the other, so that repair waits for neither and takes from clients at one place only (docs/reliability.md has what each bound leaves to whom).
    /// </summary>
    public const int FetchesWhileServing = 1;

    /// <summary>Two beside clients: one that is brought, one that is written.</summary>
    public const int CopiesWhileServing = 2;

    /// <returns>Copies that may be under way at one node; never none, so repair does not stand still.</returns>
    public static int CopiesMax(bool isServing) => isServing ? CopiesWhileServing : CopiesAlone;

    /// <returns>Of these, those that may be on their way here.</returns>
    public static int FetchesMax(bool isServing) => isServing ? FetchesWhileServing : CopiesAlone;
}
