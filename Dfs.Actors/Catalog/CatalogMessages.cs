using System.Diagnostics;
using Dfs.Actors.Wire;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Catalog;

/// <summary>Every message of the catalog's actors. What the requests mean stands in Core's <see cref="CatalogProtocol"/>.</summary>
public static class CatalogMessages
{
    /// <summary>Proposer → replica at an address; answered with <see cref="ReplicaReply"/>. Twice is harmless.</summary>
    /// <param name="Operation">The proposer's number; comes back with the answer.</param>
    /// <param name="To">A directory with another id does not answer.</param>
    public sealed record ReplicaRequest(
        ulong Operation, int Attempt, ReplicaId From, ReplicaId To, CatalogProtocol.Request Request) : IWireMessage
    {
        /// <summary>What the replica's span is a part of; default when the operation is not traced.</summary>
        public ActivityContext Trace { get; init; }
    }

    /// <summary>Replica → proposer, after what it promises is durable.</summary>
    public sealed record ReplicaReply(ulong Operation, int Attempt, ReplicaId From, CatalogProtocol.Reply Reply) : IWireMessage;

    /// <summary>Requests to one replica that were ready at the same time; the answers come in any order and in any grouping.</summary>
    public sealed record ReplicaRequests(IReadOnlyList<ReplicaRequest> Requests) : IWireMessage;

    /// <summary>Answers to one proposer that were ready at the same time.</summary>
    public sealed record ReplicaReplies(IReadOnlyList<ReplicaReply> Replies) : IWireMessage;

    /// <summary>Anyone in this process → proposer; answered with <see cref="OperationEnded"/>.</summary>
    public sealed record RunOperation(RegisterOperation Operation)
    {
        /// <summary>What the spans of its rounds are a part of; default when nobody traces.</summary>
        public ActivityContext Trace { get; init; }

        /// <summary>Who asks waits so long, from when this comes, its turn included; null: for its turn as long as for its end.</summary>
        public TimeSpan? Within { get; init; }
    }

    /// <summary>Proposer → who asked.</summary>
    public sealed record OperationEnded(ProposerOutcome Outcome);

    /// <summary>Layout keeper → proposer: this layout rules now.</summary>
    public sealed record LayoutChanged(Layout Layout);
}
