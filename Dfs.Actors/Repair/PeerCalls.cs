using Dfs.Actors.Transfer;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Repair;

/// <summary>Addresses a peer's endpoint under a layout; the peer answers only when it works under the same number.</summary>
internal static class PeerCalls
{
    public static async Task<PeerOutcome> CallPeerAsync(
        this LayoutSyncOptions options, Layout layout, ReplicaId peer, Func<Uri, PeerCall, Task<PeerOutcome>> call) =>
        options.Directory.EndpointOf(peer, layout) is { } endpoint
            ? await call(new Uri(endpoint), new PeerCall(layout.Cluster, options.Self, peer, layout.Number, options.Traffic.Epoch))
                .ConfigureAwait(false)
            : new PeerOutcome.Unreachable("Its address is not known.");
}
