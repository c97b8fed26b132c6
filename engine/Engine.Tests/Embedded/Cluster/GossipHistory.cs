using Akka.Cluster;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

/// <summary>
/// A few nodes that join, observe, down, remove and gossip at random, so that their views are such as a cluster really has:
/// a version stands for one content only.
/// </summary>
internal sealed class GossipHistory
{
    private readonly Random _random;
    private readonly Gossip[] _views;
    private int _nextNode;

    public GossipHistory(int seed, int nodes = 4, int steps = 60)
    {
        _random = new Random(seed);
        _nextNode = nodes;
        _views = new Gossip[nodes];
        var start = GossipOf([.. Enumerable.Range(0, nodes).Select(node => Joining(node))]).ChangedBy(Node(0), seen: true);
        Array.Fill(_views, start);
        for (var step = 0; step < steps; step++)
        {
            Step(step);
        }
    }

    public IReadOnlyList<Gossip> Views => _views;

    private void Step(int step)
    {
        var node = _random.Next(_views.Length);
        if (_random.Next(3) == 0)
        {
            _views[node] = Receive(_views[node], _views[_random.Next(_views.Length)]);
        }
        else
        {
            var changed = Change(_views[node], node, step);
            _views[node] = ReferenceEquals(changed, _views[node]) ? changed : changed.ChangedBy(Node(node), seen: true);
        }
    }

    private static Gossip Receive(Gossip local, Gossip remote) => remote.Version.CompareTo(local.Version) switch
    {
        ClockOrder.Same => local.MergeSeen(remote),
        ClockOrder.Before => local,
        ClockOrder.After => remote,
        _ => local.Merge(remote),
    };

    private Gossip Change(Gossip gossip, int node, int step)
    {
        if (gossip.Members.IsEmpty || !gossip.Has(Node(node)))
        {
            return gossip;
        }

        var member = gossip.Members[_random.Next(gossip.Members.Count)];
        switch (_random.Next(6))
        {
            case 0:
                return gossip.Add(Joining(_nextNode++));
            case 1:
                var status = (ReachabilityStatus)_random.Next(3);
                var observed = gossip.Reachability.Observe(Node(node), member.UniqueAddress, status);
                return ReferenceEquals(observed, gossip.Reachability) ? gossip : gossip.With(observed);
            case 2 when member.Status.MayBecome(MemberStatus.Up):
                return gossip.Replace([member.CopyUp(gossip.YoungestUpNumber + 1)]);
            case 3 when member.Status.MayBecome(MemberStatus.Leaving):
                return gossip.Replace([member.Copy(MemberStatus.Leaving)]);
            case 4 when member.Status.MayBecome(MemberStatus.Down):
                return gossip.MarkDown(member);
            case 5 when member.Status == MemberStatus.Down && member.UniqueAddress != Node(node):
                return gossip.Remove(new HashSet<UniqueAddress> { member.UniqueAddress }, step);
            default:
                return gossip;
        }
    }
}
