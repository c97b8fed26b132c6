using System.Collections.Immutable;
using Dfs.Actors.Client;
using Dfs.Actors.Wire;
using Dfs.Client;
using Dfs.Core.Membership;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;

namespace Dfs.Actors.Membership;

/// <summary>Every message between nodes about who is there and who holds data, and the local ones around it.</summary>
/// <remarks>All of them may be sent twice.</remarks>
public static class MembershipProtocol
{
    /// <summary>Registry → registry at an address; answered with <see cref="HelloAnswer"/>.</summary>
    public sealed record Hello(NodeCard Card) : IWireMessage;

    /// <summary>Answer to <see cref="Hello"/>.</summary>
    public sealed record HelloAnswer(NodeCard Card) : IWireMessage
    {
        public AskerStanding Asker { get; init; }
    }

    /// <summary>Layout keeper → layout keeper; answered with <see cref="LayoutIs"/>, or not at all when there is none.</summary>
    public sealed record GetLayout : IWireMessage
    {
        /// <summary>What the asker stands on; it is sent the proofs from there on.</summary>
        public LayoutNumber After { get; init; }
    }

    /// <summary>Layout keeper → any other: the newest layout that it knows, encoded. Takes effect when newer than theirs.</summary>
    public sealed record LayoutIs(ReadOnlyMemory<byte> Layout) : IWireMessage
    {
        /// <summary>The sender's; known before the layout is worked under, so that a newcomer accepts nothing that the others refuse.</summary>
        public Epoch Epoch { get; init; } = Epoch.First;

        /// <summary>What proves it, by rising number; encoded, unchecked. Empty in a cluster without an authority of its own.</summary>
        public ImmutableArray<ByteString> Proofs { get; init; } = [];
    }

    /// <summary>First seed's keeper → those whom a first layout names; answered with <see cref="FirstLayoutAnswer"/>.</summary>
    public sealed record AskFirstLayout(ReadOnlyMemory<byte> Layout) : IWireMessage;

    /// <summary>Answer to <see cref="AskFirstLayout"/>, after it is durable.</summary>
    /// <param name="Yes">False when it belongs to a cluster, or has said yes to another one.</param>
    public sealed record FirstLayoutAnswer(ReplicaId Replica, bool Yes) : IWireMessage;

    /// <summary>
    /// This node's peer endpoint, or its own sync → its layout keeper; not answered, twice is harmless. Between nodes it is a request, because its
    /// connection shows whose report it is: no message of another node is taken for one.
    /// </summary>
    public sealed record SyncProgress(SyncReport Report);

    /// <summary>Layout keeper → the keeper of a node that is to give its data away, or not; answered with <see cref="LeavingIs"/>.</summary>
    /// <param name="To">A directory with another id does not answer.</param>
    public sealed record SetLeaving(ReplicaId To, bool Leaving) : IWireMessage;

    /// <summary>Answer to <see cref="SetLeaving"/>, after it is durable.</summary>
    public sealed record LeavingIs(ReplicaId Replica, bool Leaving) : IWireMessage;

    /// <summary>A person, through this node → its layout keeper; answered with <see cref="LayoutCommandEnded"/>.</summary>
    /// <param name="Node">A node's name, or the replica id of its directory.</param>
    public sealed record RunLayoutCommand(LayoutCommand Command, string Node);

    /// <summary>A person, through this node → its layout keeper; answered with <see cref="PlanIs"/>.</summary>
    public sealed record GetPlan;

    /// <param name="Plan">Null before the first layout.</param>
    public sealed record PlanIs(LayoutPlan? Plan);

    /// <param name="Outcome">Done: begun, and durably so; what follows happens by itself.</param>
    /// <param name="Detail">A sentence for a person.</param>
    public sealed record LayoutCommandEnded(DfsOutcome Outcome, string Detail);

    /// <summary>Registry → its layout keeper: who is there now.</summary>
    public sealed record ViewChanged(PeerView View);

    /// <summary>Registry or catalog → layout keeper: somebody knows a newer layout.</summary>
    public sealed record NewerLayoutSeen(LayoutNumber Number, string Address);
}
