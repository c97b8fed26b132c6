using Dfs.Core.Primitives;
using Dfs.Core.Trust;

namespace Dfs.Core.Placement;

/// <summary>What an honest member of a council looks at before it lets a layout follow the one that it has.</summary>
/// <remarks>
/// Pure. <see cref="Follows"/> is the same on every node: replicas of the council's register ask it too. <see cref="Refusal"/> is also what
/// this node sees: nobody that it can talk to is left out against its will, and nobody comes in whom it does not know.
/// </remarks>
public static class LayoutSuccession
{
    /// <summary>Who may ask for signatures: a member of the layout that may change it.</summary>
    public static bool MayAsk(Layout current, NodeIdentity? sender) => sender is { Role: NodeRole.Gateway } && current.Find(sender.Replica) is not null;

    /// <summary>Whether the layout is what this program, too, would make of the current one for those members.</summary>
    public static bool Follows(Layout current, Layout proposed) =>
        proposed.Number == current.Number.Next && proposed.Cluster == current.Cluster && proposed.Factors == current.Factors
        && Made(current, proposed).Encode().AsSpan().SequenceEqual(proposed.Encode());

    /// <param name="facts">What this node knows of each directory.</param>
    /// <param name="mayFinish">Whether this node has heard that everything is where a joint layout wants it.</param>
    /// <returns>Why this node does not endorse it, a sentence; null when it does.</returns>
    public static string? Refusal(Layout current, Layout proposed, IReadOnlyCollection<DirectoryFact> facts, bool mayFinish)
    {
        if (!Follows(current, proposed))
        {
            return $"Layout {proposed.Number} does not follow layout {current.Number}.";
        }

        if (!proposed.IsJoint)
        {
            return mayFinish ? null : "Not everything is known to be where the layout wants it.";
        }

        var here = facts.Where(fact => fact.IsHere).ToDictionary(fact => fact.Member.Id);
        var before = current.IsJoint ? Math.Min(current.Members.Length, current.OldMembers.Length) : current.Members.Length;
        var copies = Math.Min(Math.Max(current.Factors.Data, current.Factors.Metadata), before);
        return proposed.Members.Length < copies ? $"{proposed.Members.Length} nodes would be left, and everything is kept {copies} times."
            : current.Members.Where(member => proposed.Members.All(next => next.Id != member.Id)).Select(member => WhyNotOut(member, here)).FirstOrDefault(why => why is not null)
                ?? proposed.Members.Select(member => WhyNotIn(member, current, here)).FirstOrDefault(why => why is not null)
                ?? NextLayout.GainersOf(proposed).Where(member => here.GetValueOrDefault(member.Id)?.Knows != current.Number)
                    .Select(member => $"{member.Name} gets data and is not here with layout {current.Number}.").FirstOrDefault();
    }

    private static Layout Made(Layout current, Layout proposed) =>
        !current.IsJoint ? current.ChangeStart(proposed.Members) : proposed.IsJoint ? current.Retarget(proposed.Members) : current.Finish();

    private static string? WhyNotOut(LayoutMember member, Dictionary<ReplicaId, DirectoryFact> here) =>
        here.TryGetValue(member.Id, out var fact) && !fact.IsLeaving ? $"{member.Name} answers, and does not leave." : null;

    private static string? WhyNotIn(LayoutMember member, Layout current, Dictionary<ReplicaId, DirectoryFact> here)
    {
        var fact = here.GetValueOrDefault(member.Id)?.Member;
        var before = current.Everyone.FirstOrDefault(one => one.Id == member.Id);
        var isAsBefore = member == before || current.OldMembers.Contains(member)
            || (before is not null && fact is not null && member == before with { Weight = fact.Weight, Zone = fact.Zone });
        var isAsItSays = before is null && fact is not null && member.StartFloor <= fact.StartFloor
            && member with { Slot = fact.Slot, StartFloor = fact.StartFloor } == fact
            && (member.Slot == member.Id.Value || current.Members.Any(one => one.Slot == member.Slot));
        return isAsBefore || isAsItSays ? null : $"{member.Name} is not here, or is not as it says of itself.";
    }
}
