using System.Collections.Immutable;
using Dfs.Core.Membership;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Membership;

/// <summary>Who is there, as one node sees it at one moment.</summary>
/// <param name="SelfAddress">"akka.tcp://dfs@host:port".</param>
/// <param name="SelfIsMember">This node's actor system is up in a cluster.</param>
/// <param name="Peers">By replica id, this node included.</param>
public sealed record PeerView(string SelfAddress, bool SelfIsMember, ImmutableSortedDictionary<ReplicaId, PeerInfo> Peers)
{
    public static readonly PeerView Empty = new("", false, ImmutableSortedDictionary<ReplicaId, PeerInfo>.Empty);
}

/// <summary>One data directory that was heard of.</summary>
/// <param name="State">The cluster's word for it, in lower case; "unreachable" over all; "known" or "absent" when it is no member.</param>
public sealed record PeerInfo(NodeCard Card, string State, bool Reachable)
{
    /// <summary>By how much its wall clock is ahead of most nodes'; null while that is not known.</summary>
    public TimeSpan? ClockAhead { get; init; }

    public bool IsMember => State is "up" or "weaklyup" or "leaving" or "exiting" or "joining";
}
