using System.Globalization;
using System.Text;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Benchmarks;

/// <summary>How evenly does placement spread data over unequal nodes in zones, and what moves when they change? A simulation: no clock, the same figures everywhere.</summary>
/// <remarks>Prints the tables of docs/design/placement.md; with a folder it writes the plot <see cref="PlotFile"/> there.</remarks>
internal static class PlacementBenchmark
{
    public const string PlotFile = "placement.svg";

    private const int Copies = 3;
    private const int SequenceSteps = 30;

    private static readonly (int Nodes, int Zones, int Slices)[] Cases =
        [(10, 5, PartitionId.Count), (100, 10, PartitionId.Count), (100, 10, 16_384), (1000, 20, PartitionId.Count), (1000, 20, 16_384)];

    public static async Task<string> RunAsync(string[] args)
    {
        var text = new StringBuilder(
            """
            | nodes | zones | slices | a node's slices | by hash alone, largest deviation | mean deviation | largest | within 10 % | a slice off or more | two in a zone |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |

            """);
        var panels = new List<(string Title, double[] Ideal, double[] Ratio)>();
        foreach (var (nodes, zones, slices) in Cases)
        {
            var members = Members(nodes, zones);
            var table = TableOf(members, slices);
            var (ideal, load) = (IdealOf(members).Select(share => share * slices * Copies).ToArray(), LoadOf(table, nodes));
            var ratio = RatioOf(load, ideal);
            var hashed = RatioOf(LoadOf(Enumerable.Range(0, slices).Select(slice => Rendezvous.Spread(members, Rendezvous.Order(members, slice), Copies).ToArray()), nodes), ideal);
            var doubled = table.Count(replicas => replicas.Select(node => members[node].Zone).Distinct().Count() < Copies);
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {nodes:N0} | {zones} | {slices:N0} | {load.Min()} to {load.Max()} | {hashed.Max(r => Math.Abs(r - 1)):P1} | {ratio.Average(r => Math.Abs(r - 1)):P1} | {ratio.Max(r => Math.Abs(r - 1)):P1} | {ratio.Count(r => Math.Abs(r - 1) <= 0.1) / (double)nodes:P0} | {load.Zip(ideal).Count(node => Math.Abs(node.First - node.Second) >= 1)} | {doubled} |");
            panels.Add(($"{nodes:N0} nodes, {slices:N0} slices", ideal.Select(share => share * nodes / slices / Copies).ToArray(), ratio));
        }

        text.Append(
            """

            | nodes | slices | change | copies moved | necessary | ratio | largest deviation then |
            | --- | --- | --- | --- | --- | --- | --- |

            """);
        foreach (var (nodes, zones, slices) in Cases)
        {
            foreach (var (change, moved, necessary, deviation) in Changes(Members(nodes, zones), slices))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"| {nodes:N0} | {slices:N0} | {change} | {moved:N0} | {necessary:N0} | {(necessary == 0 ? "–" : (moved / (double)necessary).ToString("0.00", CultureInfo.InvariantCulture))} | {deviation:P1} |");
            }
        }

        if (args.Length > 0)
        {
            await File.WriteAllTextAsync(Path.Combine(args[0], PlotFile), PlacementPlot.Draw(panels));
        }

        return text.ToString();
    }

    // Weights of 1 to 4 in turn, zones in turn: every zone has light and heavy nodes.
    private static List<LayoutMember> Members(int nodes, int zones) => [.. Enumerable.Range(0, nodes).Select(node => Member(node, node % zones, 100 * (1 + (uint)(node * 7 / zones % 4))))];

    private static LayoutMember Member(int node, int zone, uint weight)
    {
        var id = new ReplicaId(new Bytes16(Mix((ulong)node), Mix((ulong)node + 1_000_003)));
        return LayoutMember.Newcomer(id, 1, $"node-{node}", $"zone-{zone}", weight, "", "");
    }

    private static int[][] TableOf(IReadOnlyList<LayoutMember> members, int slices, IReadOnlyList<int[]>? before = null) =>
        SliceBalance.Of(members, Copies, slices, before);

    private static long[] LoadOf(IEnumerable<int[]> table, int nodes)
    {
        var load = new long[nodes];
        foreach (var node in table.SelectMany(replicas => replicas))
        {
            load[node]++;
        }

        return load;
    }

    private static double[] RatioOf(long[] load, double[] ideal) => [.. load.Zip(ideal, (slices, share) => slices / share)];

    /// <summary>Of all copies, each node's by its weight; but a zone has at most one copy of each slice, and what that cuts off goes to the others.</summary>
    private static double[] IdealOf(IReadOnlyList<LayoutMember> members)
    {
        var weights = members.GroupBy(member => member.Zone).ToDictionary(zone => zone.Key, zone => zone.Sum(member => (double)member.Weight));
        var (full, left) = (new HashSet<string>(), 1.0);
        while (true)
        {
            var open = weights.Where(zone => !full.Contains(zone.Key)).ToList();
            var sum = open.Sum(zone => zone.Value);
            var over = open.Where(zone => left * zone.Value / sum > 1.0 / Copies + 1e-12).Select(zone => zone.Key).ToList();
            if (over.Count == 0)
            {
                return [.. members.Select(member => member.Weight / weights[member.Zone]
                    * (full.Contains(member.Zone) ? 1.0 / Copies : left * weights[member.Zone] / sum))];
            }

            full.UnionWith(over);
            left = 1.0 - (full.Count / (double)Copies);
        }
    }

    // What is necessary: what the newcomer gets, what the leaver had, what a node gets or loses whose weight has changed.
    private static IEnumerable<(string Change, long Moved, long Necessary, double Deviation)> Changes(List<LayoutMember> members, int slices)
    {
        var (before, last) = (TableOf(members, slices), members.Count);
        var load = LoadOf(before, last);
        List<LayoutMember> joined = [.. members, Member(last, 0, 200)];
        yield return Change("a node joins", joined, before, after => after[last]);

        // The last one leaves, so that the others keep their places in the list.
        var left = before.Select(row => Array.ConvertAll(row, node => node == last - 1 ? -1 : node)).ToArray();
        yield return Change("a node leaves", members[..^1], left, _ => load[last - 1]);

        var heavier = members.ToList();
        heavier[0] = heavier[0] with { Weight = 2 * heavier[0].Weight };
        yield return Change("a node's weight doubles", heavier, before, after => after[0] - load[0]);

        var lighter = members.ToList();
        lighter[^1] = lighter[^1] with { Weight = lighter[^1].Weight / 2 };
        yield return Change("a node's weight halves", lighter, before, after => load[^1] - after[^1]);

        // One after the other, each on what the one before has left: does it stay even, and near the minimum?
        var (table, nodes, moved, necessary) = (before, members.ToList(), 0L, 0L);
        for (var step = 0; step < SequenceSteps; step++)
        {
            var (next, node) = (nodes.ToList(), (int)(Mix((ulong)step) % (ulong)nodes.Count));
            var was = LoadOf(table, nodes.Count);
            var kept = table;
            switch (step % 3)
            {
                case 0: next.Add(Member(last + step, step % Copies, (uint)(100 * (1 + (step % 4))))); break;
                case 1: next[node] = next[node] with { Weight = next[node].Weight == 400 ? 100u : 400u }; break;
                default:
                    next.RemoveAt(node);
                    kept = [.. table.Select(row => Array.ConvertAll(row, index => index == node ? -1 : index > node ? index - 1 : index))];
                    break;
            }

            table = TableOf(next, slices, kept);
            var now = LoadOf(table, next.Count);
            necessary += (step % 3) switch { 0 => now[^1], 1 => Math.Abs(now[node] - was[node]), _ => was[node] };
            moved += Moved(kept, table);
            nodes = next;
        }

        var ends = IdealOf(nodes).Select(share => share * slices * Copies).ToArray();
        yield return ($"{SequenceSteps} such changes in turn", moved, necessary, RatioOf(LoadOf(table, nodes.Count), ends).Max(r => Math.Abs(r - 1)));

        (string, long, long, double) Change(string what, List<LayoutMember> next, int[][] from, Func<long[], long> least)
        {
            var after = TableOf(next, slices, from);
            var loads = LoadOf(after, next.Count);
            var ideal = IdealOf(next).Select(share => share * slices * Copies).ToArray();
            return (what, Moved(from, after), least(loads), RatioOf(loads, ideal).Max(r => Math.Abs(r - 1)));
        }
    }

    private static long Moved(int[][] before, int[][] after) =>
        before.Zip(after).Sum(slice => (long)slice.Second.Except(slice.First).Count());

    // SplitMix64's finalizer: ids as random as real ones, and the same at every run.
    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
