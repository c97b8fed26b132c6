namespace Dfs.Core.Placement;

/// <summary>How many slices each member should hold: by its weight, within what zones and whole numbers allow.</summary>
/// <remarks>
/// A zone has one copy of a slice where there are enough zones, so a heavy zone is cut off at that and the others get more; a
/// light one has at least one where zones are short. Zones first, then the members of each. Doubles are added, multiplied
/// and divided only, which IEEE 754 rounds alike on every machine.
/// </remarks>
internal static class LoadTargets
{
    /// <summary>Far below one slice, far above what sums of a thousand shares are rounded by.</summary>
    private const double Tiny = 1e-6;

    /// <param name="loads">Slices held now, so that a member which holds one more or less than a fraction asks for keeps it; null when nothing is held.</param>
    /// <returns>By member; together copies × slices.</returns>
    public static int[] Of(IReadOnlyList<LayoutMember> members, int copies, int slices, int[]? loads)
    {
        var zones = Enumerable.Range(0, members.Count).GroupBy(index => members[index].Zone, StringComparer.Ordinal)
            .Select(zone => zone.ToArray()).ToList();
        var isShort = zones.Count < copies;
        var zoneMost = copies - Math.Min(copies, zones.Count) + 1;
        var zoneTargets = Whole(
            copies * slices,
            Split(
                copies * slices,
                [.. zones.Select(zone => zone.Sum(index => (double)members[index].Weight))],
                [.. zones.Select(_ => isShort ? (double)slices : 0)],
                [.. zones.Select(zone => (double)slices * Math.Min(zone.Length, zoneMost))]),
            loads is null ? null : [.. zones.Select(zone => zone.Sum(index => loads[index]))]);
        var targets = new int[members.Count];
        for (var number = 0; number < zones.Count; number++)
        {
            var zone = zones[number];
            var shares = Split(
                zoneTargets[number],
                [.. zone.Select(index => (double)members[index].Weight)],
                new double[zone.Length],
                [.. zone.Select(_ => (double)slices)]);
            var whole = Whole(zoneTargets[number], shares, loads is null ? null : [.. zone.Select(index => loads[index])]);
            for (var place = 0; place < zone.Length; place++)
            {
                targets[zone[place]] = whole[place];
            }
        }

        return targets;
    }

    /// <summary>Splits by weight; who would get more than its most, or less than its least, gets that, and the others share the rest.</summary>
    internal static double[] Split(double total, double[] weights, double[] least, double[] most)
    {
        var shares = new double[weights.Length];
        var open = Enumerable.Range(0, weights.Length).ToList();
        var left = total;
        while (open.Count > 0)
        {
            var perWeight = left / open.Sum(index => weights[index]);
            var over = open.Sum(index => Math.Max(0, (perWeight * weights[index]) - most[index]));
            var under = open.Sum(index => Math.Max(0, least[index] - (perWeight * weights[index])));
            var pinned = over + under == 0 ? open.ToList()
                : over >= under ? open.FindAll(index => perWeight * weights[index] > most[index])
                : open.FindAll(index => perWeight * weights[index] < least[index]);
            foreach (var index in pinned)
            {
                shares[index] = Math.Clamp(perWeight * weights[index], least[index], most[index]);
                left -= shares[index];
                open.Remove(index);
            }
        }

        return shares;
    }

    // Each the whole number below or above its share, the one nearer to its load; then as many as needed one up or down,
    // first those for which it makes the least of their share.
    private static int[] Whole(int total, double[] shares, int[]? loads)
    {
        var (floor, ceiling) = (Array.ConvertAll(shares, share => (int)Math.Floor(share + Tiny)), Array.ConvertAll(shares, share => (int)Math.Ceiling(share - Tiny)));
        var whole = shares.Select((_, index) => loads is null ? floor[index] : Math.Clamp(loads[index], floor[index], ceiling[index])).ToArray();
        var sum = whole.Sum();
        var indexes = Enumerable.Range(0, shares.Length).ToList();
        while (sum < total && indexes.FindAll(index => whole[index] < ceiling[index]) is { Count: > 0 } low)
        {
            whole[low.MinBy(index => (whole[index] - shares[index]) / shares[index])]++;
            sum++;
        }

        while (sum > total && indexes.FindAll(index => whole[index] > floor[index]) is { Count: > 0 } high)
        {
            whole[high.MaxBy(index => (whole[index] - shares[index]) / shares[index])]--;
            sum--;
        }

        return whole;
    }
}
