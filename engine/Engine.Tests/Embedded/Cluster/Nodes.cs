using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace Engine.Tests.Embedded.Clustering;

/// <summary>Short ways to write members and gossips.</summary>
internal static class Nodes
{
    public static readonly MinimumMembers NoMinimum = new(1, ImmutableDictionary<string, int>.Empty);

    public static readonly ImmutableHashSet<UniqueAddress> Nobody = [];

    public static UniqueAddress Node(int number, int uid = 1) =>
        new(new Address("akka.tcp", "test", "host", 1000 + number), uid);

    public static Member Joining(int number, params string[] roles) => Member.Joining(Node(number), [.. roles]);

    public static Member Up(int number, int? upNumber = null, params string[] roles) =>
        Joining(number, roles).CopyUp(upNumber ?? number);

    public static Member Leaving(int number) => Up(number).Copy(MemberStatus.Leaving);

    public static Member Exiting(int number) => Leaving(number).Copy(MemberStatus.Exiting);

    public static Member Down(int number) => Up(number).Copy(MemberStatus.Down);

    public static Gossip GossipOf(params Member[] members) => members.Aggregate(Gossip.Empty, (gossip, member) => gossip.Add(member));

    public static Gossip SeenByAll(this Gossip gossip) =>
        gossip.Members.Aggregate(gossip, (all, member) => all.SeenBy(member.UniqueAddress));

    public static Gossip Unreachable(this Gossip gossip, int observer, params int[] subjects) => gossip.With(subjects.Aggregate(
        gossip.Reachability,
        (all, subject) => all.Observe(Node(observer), Node(subject), ReachabilityStatus.Unreachable)));

    public static MembershipState AsSeenBy(this Gossip gossip, int node) => new(gossip, Node(node));
}
