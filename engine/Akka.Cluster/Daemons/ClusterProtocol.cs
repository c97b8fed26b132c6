using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>Marks what goes from node to node; bound to <see cref="Serialization.ClusterMessageSerializer"/>.</summary>
public interface IClusterMessage;

/// <summary>A joining node → each seed node: may I join you? Answered with <see cref="InitJoinAck"/> or <see cref="InitJoinNack"/>.</summary>
internal sealed record InitJoin : IClusterMessage, IDeadLetterSuppression;

internal sealed record InitJoinAck(Address Address) : IClusterMessage, IDeadLetterSuppression;

/// <summary>Not a member itself, or no longer a good one to join.</summary>
internal sealed record InitJoinNack(Address Address) : IClusterMessage, IDeadLetterSuppression;

/// <summary>A joining node → a member, answered with <see cref="Welcome"/>. Twice is harmless.</summary>
internal sealed record Join(UniqueAddress Node, ImmutableHashSet<string> Roles) : IClusterMessage;

internal sealed record Welcome(UniqueAddress From, Gossip Gossip) : IClusterMessage;

/// <summary>Member → member: my view. Answered with another when the receiver knows more.</summary>
internal sealed record GossipEnvelope(UniqueAddress From, UniqueAddress To, Gossip Gossip) : IClusterMessage, IDeadLetterSuppression;

/// <summary>Member → member: how far I am. Answered with one of the two, unless the receiver is just as far.</summary>
internal sealed record GossipStatus(UniqueAddress From, VectorClock Version) : IClusterMessage, IDeadLetterSuppression;

/// <summary>An exiting node → the two who may lead: I am done, remove me.</summary>
internal sealed record ExitingConfirmed(UniqueAddress Node) : IClusterMessage, IDeadLetterSuppression;

/// <summary>Answered with <see cref="HeartbeatRsp"/>; ahead of other messages on the wire.</summary>
internal sealed record Heartbeat(Address From, long SequenceNr) : IClusterMessage, IPriorityMessage, IDeadLetterSuppression;

internal sealed record HeartbeatRsp(UniqueAddress From, long SequenceNr) : IClusterMessage, IPriorityMessage, IDeadLetterSuppression;

/// <summary>Cluster → its own daemon.</summary>
internal static class ClusterCommand
{
    public sealed record JoinTo(Address Address);

    public sealed record JoinSeedNodes(ImmutableList<Address> SeedNodes);

    public sealed record Leave(Address Address);

    public sealed record Down(Address Address);

    public sealed record Subscribe(IActorRef Subscriber, bool AsEvents, ImmutableHashSet<Type> To);

    /// <param name="To">Null for all.</param>
    public sealed record Unsubscribe(IActorRef Subscriber, Type? To);

    public sealed record SendCurrentState(IActorRef Receiver);

    /// <summary>A child of the daemon asks for <see cref="MembershipChanged"/>.</summary>
    public sealed record SendMembership
    {
        public static readonly SendMembership Instance = new();
    }

    /// <summary>The coordinated shutdown begins: answered with Done once this node is leaving, or was no member.</summary>
    public sealed record LeaveSelf
    {
        public static readonly LeaveSelf Instance = new();
    }

    /// <summary>The coordinated shutdown has done what is to be done while exiting; answered with Done.</summary>
    public sealed record ExitingCompleted
    {
        public static readonly ExitingCompleted Instance = new();
    }
}

/// <summary>Daemon → heartbeat sender, SBR and remote watcher, on the EventStream: the whole state, after each change.</summary>
internal sealed record MembershipChanged(MembershipState State) : IDeadLetterSuppression;
