using Dfs.Core.Catalog;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>When a chunk that nothing refers to may go; docs/design/garbage.md has the proof.</summary>
/// <remarks>Pure. What is counted are epochs, never time: no clock can make a chunk old.</remarks>
public static class GarbageRule
{
    /// <summary>The epoch of a collection that begins now.</summary>
    /// <param name="members">Of every member of the layout: with one missing there is no collection.</param>
    /// <returns>The highest that is known, while a member has yet to learn it: the next one begins only when all have the one before.</returns>
    public static Epoch Begin(IReadOnlyCollection<EpochFact> members)
    {
        var highest = members.Max(member => member.Current);
        return members.All(member => member.Current == highest) ? new Epoch(highest.Value + 1) : highest;
    }

    /// <summary>
    /// Whether the epoch before this one was the members' under this layout and since their last start: then what was pinned
    /// under an earlier one was pinned two epochs ago, and no head can be accepted any more that rests on it.
    /// </summary>
    /// <param name="members">As they answered after this epoch was durable at all of them.</param>
    public static bool MayCondemn(Epoch current, IReadOnlyCollection<EpochFact> members) =>
        members.All(member => member.First.CompareTo(current) < 0);

    /// <summary>A chunk that was pinned in this epoch, or in the one before, may belong to an upload that is under way.</summary>
    /// <param name="current">The collection's.</param>
    public static bool IsProtected(Epoch pin, Epoch current) => pin.Value + 1 >= current.Value;

    /// <summary>Whether it has been in the trash long enough.</summary>
    /// <param name="since">The collection that found it first, and from which on every one did.</param>
    /// <param name="trashEpochs">How many collections it rests; 0: none.</param>
    public static bool MayDelete(Epoch since, Epoch current, int trashEpochs) => since.Value + (ulong)trashEpochs <= current.Value;
}
