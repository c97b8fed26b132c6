using System.Collections.Immutable;
using System.Runtime.Serialization;

namespace Akka.Cluster.Serialization;

/// <summary>A gossip in a message: members, seen, reachability rows, version, tombstones.</summary>
internal static class GossipFormat
{
    public static void Write(ClusterWriter to, Gossip gossip)
    {
        to.Each(gossip.Members, member => WriteMember(to, member));
        to.Each(gossip.Seen, to.Node);
        to.Each(gossip.Reachability.Rows, row =>
        {
            to.Node(row.Key);
            to.Number(row.Value.Version);
            to.Each(row.Value.Subjects, subject =>
            {
                to.Node(subject.Key);
                to.Number((int)subject.Value);
            });
        });
        WriteVersions(to, gossip.Version.Versions);
        WriteVersions(to, gossip.Tombstones);
    }

    public static Gossip Read(ClusterReader from)
    {
        var members = from.Many(() => ReadMember(from)).ToImmutableSortedSet();
        var seen = from.Many(from.Node).ToImmutableSortedSet();
        var rows = ReadMap(from, () => new Reachability.Row(
            from.Number(), ReadMap(from, () => (ReachabilityStatus)from.Number((int)ReachabilityStatus.Terminated + 1))));
        var version = ReadVersions(from);
        return Gossip.Of(members, seen, new Reachability(rows), new VectorClock(version), ReadVersions(from));
    }

    public static void WriteVersions(ClusterWriter to, ImmutableSortedDictionary<UniqueAddress, long> versions) =>
        to.Each(versions, entry =>
        {
            to.Node(entry.Key);
            to.Number(entry.Value);
        });

    public static ImmutableSortedDictionary<UniqueAddress, long> ReadVersions(ClusterReader from) => ReadMap(from, from.Number);

    private static void WriteMember(ClusterWriter to, Member member)
    {
        to.Node(member.UniqueAddress);
        to.Number((int)member.Status);
        to.Number(member.UpNumber);
        to.Each(member.Roles, to.Text);
    }

    private static Member ReadMember(ClusterReader from)
    {
        var (node, status, upNumber) = (from.Node(), (MemberStatus)from.Number((int)MemberStatus.WeaklyUp + 1), from.Number());
        if (status == MemberStatus.Removed || upNumber > int.MaxValue)
        {
            throw new SerializationException($"Not a gossip: a member {status} with number {upNumber}");
        }

        return new Member(node, (int)upNumber, status, [.. from.Many(from.Text)]);
    }

    private static ImmutableSortedDictionary<UniqueAddress, T> ReadMap<T>(ClusterReader from, Func<T> readValue)
    {
        // The last of two entries for one node counts: a strict reader would gain nothing here.
        var map = ImmutableSortedDictionary.CreateBuilder<UniqueAddress, T>();
        foreach (var (node, value) in from.Many(() => (from.Node(), readValue())))
        {
            map[node] = value;
        }

        return map.ToImmutable();
    }
}
