using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Placement;

/// <summary>Members for tests: a number is an id, a name and an address.</summary>
internal static class Members
{
    public static readonly LayoutFactors Three = new(3, 3);

    public static ReplicaId Id(int number) => new(new Bytes16(0xD1F5_0000_0000_0000UL + (ulong)number, (ulong)number));

    public static LayoutMember Member(int number, string zone = "", uint weight = 1) => LayoutMember.Newcomer(
        Id(number), 1, $"node{number}", zone.Length > 0 ? zone : $"zone{number}", weight,
        $"akka.tcp://dfs@127.0.0.1:{4000 + number}", $"http://127.0.0.1:{5000 + number}");

    public static Layout First(int count, int factor = 3) =>
        Layout.First(
            new ClusterId(new Bytes16(7, 7)), new LayoutFactors(factor, factor),
            [.. Enumerable.Range(1, count).Select(number => Member(number))]);

    /// <summary>How many partitions' chunks each member holds.</summary>
    public static Dictionary<ReplicaId, int> Shares(Layout layout) =>
        Partitions().SelectMany(layout.ChunkReplicasOf).GroupBy(id => id).ToDictionary(g => g.Key, g => g.Count());

    public static IEnumerable<PartitionId> Partitions() =>
        Enumerable.Range(0, PartitionId.Count).Select(index => new PartitionId(index));
}
