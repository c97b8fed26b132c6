using Dfs.Actors.Membership;
using Dfs.Core.Events;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Trust;
using Dfs.Storage.Events;

namespace Dfs.Actors.Trust;

/// <summary>Notes as events which nodes asked for more than their certificate's role allows.</summary>
/// <remarks>Thread-safe. A node is noted every ten minutes at most, so that a liar does not fill the events.</remarks>
public sealed class RoleComplaints(PeerDirectory directory, EventLog events, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<ReplicaId, long> _noted = [];

    public void Note(ReplicaId node, RoleRight right)
    {
        lock (_lock)
        {
            if (_noted.TryGetValue(node, out var last) && time.GetElapsedTime(last) < Every)
            {
                return;
            }

            if (_noted.Count >= Layout.MembersMax)
            {
                _noted.Clear();
            }

            _noted[node] = time.GetTimestamp();
        }

        var name = directory.View.Peers.TryGetValue(node, out var peer) ? peer.Card.Name : node.ToString();
        events.Add(EventKind.RoleExceeded, name, $"only stores, as its certificate says, and asked for more ({right}); it is refused");
    }
}
