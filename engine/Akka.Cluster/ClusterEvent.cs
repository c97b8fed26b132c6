using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>What <see cref="Cluster.Subscribe(IActorRef, SubscriptionInitialStateMode, Type[])"/> delivers.</summary>
public class ClusterEvent
{
    public static readonly SubscriptionInitialStateMode InitialStateAsSnapshot = SubscriptionInitialStateMode.InitialStateAsSnapshot;

    public static readonly SubscriptionInitialStateMode InitialStateAsEvents = SubscriptionInitialStateMode.InitialStateAsEvents;

    public enum SubscriptionInitialStateMode
    {
        /// <summary>One <see cref="CurrentClusterState"/>, then events.</summary>
        InitialStateAsSnapshot = 0,

        /// <summary>The events that lead from an empty cluster to the present state, then more of them.</summary>
        InitialStateAsEvents = 1,
    }

    public interface IClusterDomainEvent : IDeadLetterSuppression;

    public interface IMemberEvent : IClusterDomainEvent
    {
        Member Member { get; }
    }

    public interface IReachabilityEvent : IClusterDomainEvent;

    /// <summary>The members and who leads them, as this node sees them.</summary>
    public sealed class CurrentClusterState : INoSerializationVerificationNeeded
    {
        private readonly ImmutableDictionary<string, Address?> _roleLeaders;

        public CurrentClusterState() : this([], [], [], null, ImmutableDictionary<string, Address?>.Empty)
        {
        }

        public CurrentClusterState(
            ImmutableSortedSet<Member> members,
            ImmutableHashSet<Member> unreachable,
            ImmutableHashSet<Address> seenBy,
            Address? leader,
            ImmutableDictionary<string, Address?> roleLeaderMap) =>
            (Members, Unreachable, SeenBy, Leader, _roleLeaders) = (members, unreachable, seenBy, leader, roleLeaderMap);

        /// <summary>By address.</summary>
        public ImmutableSortedSet<Member> Members { get; }

        public ImmutableHashSet<Member> Unreachable { get; }

        /// <summary>Who is known to see the cluster as this node does.</summary>
        public ImmutableHashSet<Address> SeenBy { get; }

        public Address? Leader { get; }

        public ImmutableHashSet<string> AllRoles => [.. Members.SelectMany(member => member.Roles)];

        /// <returns>Null when nobody has the role.</returns>
        public Address? RoleLeader(string role) => _roleLeaders.GetValueOrDefault(role);
    }

    public abstract class MemberStatusChange : IMemberEvent
    {
        protected MemberStatusChange(Member member, MemberStatus validStatus) => Member = member.Status == validStatus
            ? member
            : throw new ArgumentException($"Expected {validStatus} but was {member.Status}", nameof(member));

        public Member Member { get; }

        public override bool Equals(object? obj) =>
            obj is MemberStatusChange other && other.GetType() == GetType() && other.Member.Equals(Member);

        public override int GetHashCode() => HashCode.Combine(GetType(), Member);

        public override string ToString() => $"{GetType().Name}(Member={Member})";
    }

    public sealed class MemberJoined(Member member) : MemberStatusChange(member, MemberStatus.Joining);

    public sealed class MemberWeaklyUp(Member member) : MemberStatusChange(member, MemberStatus.WeaklyUp);

    public sealed class MemberUp(Member member) : MemberStatusChange(member, MemberStatus.Up);

    public sealed class MemberLeft(Member member) : MemberStatusChange(member, MemberStatus.Leaving);

    public sealed class MemberExited(Member member) : MemberStatusChange(member, MemberStatus.Exiting);

    public sealed class MemberDowned(Member member) : MemberStatusChange(member, MemberStatus.Down);

    public sealed class MemberRemoved(Member member, MemberStatus previousStatus) : MemberStatusChange(member, MemberStatus.Removed)
    {
        /// <summary>Down, or Exiting for a member that left gracefully.</summary>
        public MemberStatus PreviousStatus { get; } = previousStatus;

        public override bool Equals(object? obj) =>
            base.Equals(obj) && ((MemberRemoved)obj!).PreviousStatus == PreviousStatus;

        public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), PreviousStatus);
    }

    public sealed class LeaderChanged(Address? leader) : IClusterDomainEvent
    {
        /// <summary>Null when nobody can lead.</summary>
        public Address? Leader { get; } = leader;

        public override bool Equals(object? obj) => obj is LeaderChanged other && Leader == other.Leader;

        public override int GetHashCode() => HashCode.Combine(Leader);

        public override string ToString() => $"LeaderChanged(NewLeader={Leader})";
    }

    public sealed class RoleLeaderChanged(string role, Address? leader) : IClusterDomainEvent
    {
        public string Role { get; } = role;

        public Address? Leader { get; } = leader;

        public override bool Equals(object? obj) =>
            obj is RoleLeaderChanged other && Role == other.Role && Leader == other.Leader;

        public override int GetHashCode() => HashCode.Combine(Role, Leader);

        public override string ToString() => $"RoleLeaderChanged(Leader={Leader}, Role={Role})";
    }

    /// <summary>This node is about to leave; sent before its members' last events.</summary>
    public sealed class ClusterShuttingDown : IClusterDomainEvent
    {
        public static readonly IClusterDomainEvent Instance = new ClusterShuttingDown();

        private ClusterShuttingDown()
        {
        }

        public override string ToString() => nameof(ClusterShuttingDown);
    }

    public abstract class ReachabilityEvent : IReachabilityEvent
    {
        protected ReachabilityEvent(Member member) => Member = member;

        public Member Member { get; }

        public override bool Equals(object? obj) =>
            obj is ReachabilityEvent other && other.GetType() == GetType() && other.Member.Equals(Member);

        public override int GetHashCode() => HashCode.Combine(GetType(), Member);

        public override string ToString() => $"{GetType().Name}(Member={Member})";
    }

    public sealed class UnreachableMember(Member member) : ReachabilityEvent(member);

    public sealed class ReachableMember(Member member) : ReachabilityEvent(member);
}
