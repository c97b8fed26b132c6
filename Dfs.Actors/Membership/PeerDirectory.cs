using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Membership;

/// <summary>Where replicas are reached: what they said last, else what the layout says.</summary>
/// <remarks>
/// Thread-safe, and outlives the actor system: chunk transfers and the catalog ask it on every request, so that data
/// flows on while membership is being rebuilt.
/// </remarks>
public sealed class PeerDirectory
{
    private volatile PeerView _view = PeerView.Empty;

    public PeerView View => _view;

    public void Update(PeerView view) => _view = view;

    /// <returns>"akka.tcp://dfs@host:port"; null when nobody has ever said.</returns>
    public string? AddressOf(ReplicaId replica, Layout? layout) =>
        _view.Peers.TryGetValue(replica, out var peer) ? peer.Card.Address : InOurScheme(layout?.Find(replica)?.Address);

    /// <returns>"http://host:port"; null when nobody has ever said.</returns>
    public string? EndpointOf(ReplicaId replica, Layout? layout) =>
        _view.Peers.TryGetValue(replica, out var peer) ? peer.Card.PeerEndpoint : layout?.Find(replica)?.PeerEndpoint;

    /// <summary>True only for a peer that the cluster has and reaches.</summary>
    public bool IsReachable(ReplicaId replica) => _view.Peers.TryGetValue(replica, out var peer) && peer.Reachable;

    /// <summary>False only for a peer that the cluster has found unreachable; nobody is gone because of it.</summary>
    public bool SeemsReachable(ReplicaId replica) => !_view.Peers.TryGetValue(replica, out var peer) || peer.Reachable;

    // A layout from before the cluster's connections were encrypted, or the other way round: host and port are as they were.
    private string? InOurScheme(string? address) =>
        address is not null && _view.SelfAddress.Length > 0 ? SameScheme(_view.SelfAddress, address) : address;

    /// <returns>The address with the scheme of <paramref name="self"/>.</returns>
    internal static string SameScheme(string self, string address) =>
        string.Concat(self.AsSpan(0, self.IndexOf(':', StringComparison.Ordinal)), address.AsSpan(address.IndexOf(':', StringComparison.Ordinal)));
}
