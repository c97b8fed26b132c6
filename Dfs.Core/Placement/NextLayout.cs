using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Placement;

/// <summary>What the layout should be next, and what stands in its way.</summary>
/// <param name="Proposal">To be decided by the council; null when the layout stays as it is for now.</param>
/// <param name="Waits">Sentences for a person: why somebody is not in it, or not yet out of it.</param>
public sealed record NextLayout(Layout? Proposal, ImmutableArray<string> Waits)
{
    /// <summary>The next layout of what one node sees; every node may see something else, the register decides.</summary>
    /// <remarks>
    /// Pure. Unreachable is not gone: a member leaves when it was told to, when a person says that it is gone, or after the
    /// policy's long time away; and never when fewer would be left than there are copies of everything. A partition is
    /// given only to directories that have made the current layout durable: whoever did has erased the rows of
    /// partitions that it had left, so that nothing removed comes back with it (H6).
    /// </remarks>
    /// <param name="onCommand">A person asks for it now: neither settling nor the policy holds it up.</param>
    public static NextLayout Decide(
        Layout current, IReadOnlyCollection<DirectoryFact> facts, LayoutPolicy policy, bool onCommand) =>
        current.IsJoint
            ? new Thought(current, facts, policy, onCommand).AimAgain()
            : new Thought(current, facts, policy, onCommand).Change();

    /// <summary>While joint: who is given a partition that it does not have.</summary>
    public static IEnumerable<LayoutMember> GainersOf(Layout joint) => joint.Members.Where(member => PartitionId.All.Any(partition =>
        (joint.NextReplicasOf(partition).Contains(member.Id) && !joint.OldReplicasOf(partition).Contains(member.Id))
        || (joint.NextChunkReplicasOf(partition).Contains(member.Id) && !joint.OldChunkReplicasOf(partition).Contains(member.Id))));

    private sealed class Thought(
        Layout current, IReadOnlyCollection<DirectoryFact> facts, LayoutPolicy policy, bool onCommand)
    {
        private readonly List<string> _waits = [];

        public NextLayout Change()
        {
            var lost = Replacements().ToList();
            if (lost.Count > 0)
            {
                var (old, newcomer) = lost[0];
                return Answer(current.ReplaceStart(old.Id, newcomer));
            }

            var joiners = Joiners();
            var members = Stayers(joiners.Count).Select(AsItSays).Concat(joiners).ToList();
            return members.SequenceEqual(current.Members) ? Answer(null) : Checked(members, current.ChangeStart);
        }

        // Only newcomers are left out again: nothing is lost with them, and without them the change can finish. Where too few would
        // be left, those stay who were to go: fewer members than copies would each be needed, for reading too.
        public NextLayout AimAgain()
        {
            var lost = Replacements().ToList();
            var members = lost.Count > 0
                ? [.. current.Members.Where(member => member != lost[0].Old), lost[0].Newcomer with { Slot = lost[0].Old.Slot }]
                : current.Members.Where(member => !IsLostNewcomer(member)).ToList();
            return lost.Count == 0 && members.Count == current.Members.Length
                ? Answer(null)
                : Checked([.. members, .. StayersBeside(members)], current.Retarget);
        }

        private List<LayoutMember> StayersBeside(List<LayoutMember> members)
        {
            var copies = Math.Min(Math.Max(current.Factors.Data, current.Factors.Metadata), current.OldMembers.Length);
            List<LayoutMember> stayers =
            [
                .. current.OldMembers.Where(old => members.All(member => member.Id != old.Id && member.Slot != old.Slot))
                    .OrderByDescending(old => IsHere(old.Id)).Take(Math.Max(0, copies - members.Count)),
            ];
            _waits.AddRange(stayers.Select(old => $"{old.Name} stays for now: {members.Count} nodes would be left, and everything is kept {copies} times."));
            return stayers;
        }

        // A node that has come back under its name with an empty directory takes the place of the old one at once.
        private IEnumerable<(LayoutMember Old, LayoutMember Newcomer)> Replacements() =>
            from member in current.Members
            where !IsHere(member.Id)
            from fact in Newcomers()
            where fact.Member.Name == member.Name
            select (member, fact.Member);

        private List<LayoutMember> Joiners()
        {
            if (!onCommand && (!policy.IsAutomatic || current.Members.Length >= policy.MembersMax))
            {
                Wait(Newcomers(), $"waits for `dfs plan --apply`");
                return [];
            }

            var named = Newcomers().ToLookup(fact => current.Members.Any(member => member.Name == fact.Member.Name));
            Wait(named[true], "has the name of a member; give it another");
            var ripe = named[false].ToLookup(fact => onCommand || fact.For >= policy.Settle);
            Wait(ripe[false], $"is taken in {policy.Settle.TotalSeconds:0} s after it came");

            // Who came shortly after is waited for, but not by one who has waited three times as long.
            var goes = !ripe[false].Any() || ripe[true].Any(fact => fact.For >= 3 * policy.Settle);
            return goes ? [.. ripe[true].Select(fact => fact.Member)] : [];
        }

        // As many as may go: who is not here first, for what it has is of no use; then in the order of their ids.
        private List<LayoutMember> Stayers(int joining)
        {
            var copies = Math.Max(current.Factors.Data, current.Factors.Metadata);
            var leavers = current.Members.Where(MayLeave).OrderBy(member => IsHere(member.Id)).ToList();
            var going = leavers.Take(Math.Max(0, current.Members.Length + joining - copies)).ToList();
            var left = current.Members.Length + joining - going.Count - 1;
            _waits.AddRange(leavers.Skip(going.Count).Select(member =>
                $"{member.Name} stays for now: {left} nodes would be left, and everything is kept {copies} times; start another node first."));
            return [.. current.Members.Except(going)];
        }

        // Its weight and its zone are settings of the node, which it says with every greeting.
        private LayoutMember AsItSays(LayoutMember member)
        {
            if (Find(member.Id) is not { IsHere: true } fact || (fact.Member.Weight == member.Weight && fact.Member.Zone == member.Zone))
            {
                return member;
            }

            if (!onCommand && (!policy.IsAutomatic || current.Members.Length >= policy.MembersMax))
            {
                Wait([fact], "has another weight or zone and waits for `dfs plan --apply`");
                return member;
            }

            if (!onCommand && fact.For < policy.Settle)
            {
                Wait([fact], $"has another weight or zone, which counts {policy.Settle.TotalSeconds:0} s after it came");
                return member;
            }

            return member with { Weight = fact.Member.Weight, Zone = fact.Member.Zone };
        }

        private bool MayLeave(LayoutMember member) => Find(member.Id) is { } fact
            && (fact.IsLeaving || fact.IsGone || (policy.IsAutomatic && !fact.IsHere && fact.For >= policy.DeadAfter));

        private NextLayout Checked(List<LayoutMember> members, Func<IReadOnlyCollection<LayoutMember>, Layout> make)
        {
            if (Layout.Refusal(current.Factors, members) is { } refusal)
            {
                _waits.Add(refusal);
                return Answer(null);
            }

            var next = make(members);
            var late = GainersOf(next).Where(member => !IsReady(member.Id)).ToList();
            _waits.AddRange(late.Select(member => $"{member.Name} gets data and is not here with {current}."));
            return Answer(late.Count == 0 ? next : null);
        }

        private IEnumerable<DirectoryFact> Newcomers() => facts
            .Where(fact => fact is { IsHere: true, IsLeaving: false } && fact.Knows == current.Number && current.Find(fact.Member.Id) is null)
            .OrderBy(fact => fact.Member.Id);

        private bool IsLostNewcomer(LayoutMember member) =>
            current.OldMembers.All(old => old.Id != member.Id)
            && Find(member.Id) is { } fact && (fact.IsLeaving || (!fact.IsHere && fact.For >= policy.NewcomerPatience));

        private bool IsReady(ReplicaId id) => Find(id) is { IsHere: true } fact && fact.Knows == current.Number;

        private bool IsHere(ReplicaId id) => Find(id) is { IsHere: true };

        private DirectoryFact? Find(ReplicaId id) => facts.FirstOrDefault(fact => fact.Member.Id == id);

        private void Wait(IEnumerable<DirectoryFact> who, string why) =>
            _waits.AddRange(who.Select(fact => $"{fact.Member.Name} {why}."));

        private NextLayout Answer(Layout? proposal) => new(proposal, [.. _waits]);
    }
}
