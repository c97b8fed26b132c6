using Dfs.Core.Primitives;

namespace Dfs.Actors.Membership;

/// <summary>Since when each directory has been here, or away, as far as this node has been looking.</summary>
internal sealed class PresenceClock
{
    private readonly Dictionary<ReplicaId, (bool IsHere, TimeSpan Since)> _seen = [];

    /// <param name="now">Monotonic.</param>
    public void See(IEnumerable<(ReplicaId Replica, bool IsHere)> directories, TimeSpan now)
    {
        foreach (var (replica, isHere) in directories)
        {
            if (!_seen.TryGetValue(replica, out var before) || before.IsHere != isHere)
            {
                _seen[replica] = (isHere, now);
            }
        }
    }

    public TimeSpan For(ReplicaId replica, TimeSpan now) => _seen.TryGetValue(replica, out var seen) ? now - seen.Since : TimeSpan.Zero;
}
