using Dfs.Core.Primitives;

namespace Dfs.Actors.Transfer;

/// <summary>What every request to a peer endpoint carries: who asks whom, and what they believe.</summary>
/// <param name="To">The replica that is meant, so that an address that changed hands is noticed.</param>
/// <param name="Layout">The newest layout that the sender knows.</param>
/// <param name="Epoch">The epoch that the sender believes to be current.</param>
public sealed record PeerCall(ClusterId Cluster, ReplicaId From, ReplicaId To, LayoutNumber Layout, Epoch Epoch);
