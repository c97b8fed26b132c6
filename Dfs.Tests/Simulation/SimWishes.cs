using Dfs.Core.Placement;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Simulation;

/// <summary>Layout changes for a <see cref="SimOperator"/>, each made from whatever is the layout by then.</summary>
internal static class SimWishes
{
    public static Func<Layout, Layout> Replace(int old) =>
        layout => SimLayouts.Replace(layout, Members.Id(old), Members.Member(4, $"zone{old}"));

    /// <summary>For a change by <see cref="Replace"/> that is under way.</summary>
    public static Func<Layout, Layout> ReplaceByAnother(int old) => layout => SimLayouts.Retarget(
        layout,
    [
        .. layout.Members.Where(member => member.Id != Members.Id(4)),
        Members.Member(5, $"zone{old}") with { Slot = Members.Member(old).Slot },
    ]);

    /// <summary>One comes, one goes, and so on; who went may come again.</summary>
    public static IReadOnlyList<Func<Layout, Layout>> ComeAndGo(Random random)
    {
        List<Func<Layout, Layout>> wishes = [Come(random.Next()), Go(random.Next()), Come(random.Next()), Go(random.Next())];
        return wishes[..random.Next(1, wishes.Count + 1)];
    }

    /// <summary>Node 4 takes partitions from the others and gives them back.</summary>
    public static IReadOnlyList<Func<Layout, Layout>> ThereAndBack => [Come(0), Go(3)];

    /// <summary>Both spares come, one after the other: with five members there is a choice of what moves.</summary>
    public static IReadOnlyList<Func<Layout, Layout>> Grow => [Come(0), Come(0)];

    /// <summary>Who was first goes, twice: of three that hold what was stored at the beginning one stays.</summary>
    public static IReadOnlyList<Func<Layout, Layout>> Renew => [Come(0), Go(0), Come(1), Go(0)];

    /// <summary>For a change that is under way: its newcomer is left out, and another one is taken.</summary>
    public static Layout AnotherNewcomer(Layout joint)
    {
        var newcomers = joint.Members.Where(member => joint.OldMembers.All(old => old.Id != member.Id)).ToList();
        var kept = joint.Members.Except(newcomers).ToList();
        return SimLayouts.Retarget(joint, newcomers.Count == 0 ? joint.Members : [.. kept, Stranger(joint, 1)]);
    }

    private static Func<Layout, Layout> Come(int choice) => layout => SimLayouts.Change(layout, [.. layout.Members, Stranger(layout, choice)]);

    private static Func<Layout, Layout> Go(int choice) =>
        layout => SimLayouts.Change(layout, layout.Members.RemoveAt(choice % layout.Members.Length));

    private static LayoutMember Stranger(Layout layout, int choice)
    {
        var strangers = Enumerable.Range(1, SimCluster.NodesMax).Where(number => layout.Find(Members.Id(number)) is null).ToList();
        return Members.Member(strangers[choice % strangers.Count]);
    }
}
