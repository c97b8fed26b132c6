using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>Who sends heartbeats to whom: to the next few nodes on a ring ordered by a hash of the address.</summary>
/// <remarks>
/// Pure. Every node is so watched by <c>monitoredBy</c> others whatever the size of the cluster; the hash puts neighbours in
/// one rack apart. Unreachable nodes on the way are watched too and not counted: someone must notice when they are back.
/// </remarks>
internal sealed class HeartbeatRing
{
    private readonly UniqueAddress _self;
    private readonly ImmutableArray<UniqueAddress> _ring;
    private readonly ImmutableHashSet<UniqueAddress> _unreachable;
    private readonly int _monitoredBy;

    public HeartbeatRing(
        UniqueAddress self, IEnumerable<UniqueAddress> nodes, ImmutableHashSet<UniqueAddress> unreachable, int monitoredBy)
    {
        _self = self;
        _ring = [.. nodes.Append(self).Distinct().OrderBy(HashOf).ThenBy(node => node)];
        _unreachable = unreachable;
        _monitoredBy = monitoredBy;
    }

    public bool Contains(UniqueAddress node) => _ring.Contains(node);

    public ImmutableHashSet<UniqueAddress> Receivers() => ReceiversOf(_self);

    public ImmutableHashSet<UniqueAddress> ReceiversOf(UniqueAddress sender)
    {
        var picked = ImmutableHashSet.CreateBuilder<UniqueAddress>();
        var start = _ring.IndexOf(sender);
        var counted = 0;
        for (var step = 1; step < _ring.Length && counted < _monitoredBy; step++)
        {
            var node = _ring[(start + step) % _ring.Length];
            var isUnreachable = _unreachable.Contains(node);
            if (!isUnreachable || picked.Count < _monitoredBy)
            {
                picked.Add(node);
            }

            counted += isUnreachable ? 0 : 1;
        }

        return picked.ToImmutable();
    }

    /// <summary>FNV-1a, 32 bits: the same on every node, which string.GetHashCode is not.</summary>
    private static uint HashOf(UniqueAddress node)
    {
        var hash = 2166136261u;
        foreach (var letter in $"{node.Address}-{node.Uid}")
        {
            hash = unchecked((hash ^ letter) * 16777619u);
        }

        return hash;
    }
}
