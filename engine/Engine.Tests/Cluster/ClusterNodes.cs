using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;

namespace Engine.Tests.Clustering;

/// <summary>Nodes of one cluster in this process, on loopback, with everything that takes seconds made to take tenths.</summary>
public sealed class ClusterNodes
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const string Fast = """
        akka {
          loglevel = WARNING
          stdout-loglevel = OFF
          loggers = []
          actor.provider = cluster
          remote { dot-netty.tcp { hostname = "127.0.0.1", port = 0 }, retry-gate-closed-for = 200ms }
          coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off, terminate-actor-system = on }
          cluster {
            periodic-tasks-initial-delay = 100ms
            gossip-interval = 50ms
            leader-actions-interval = 50ms
            unreachable-nodes-reaper-interval = 100ms
            seed-node-timeout = 500ms
            retry-unsuccessful-join-after = 500ms
            allow-weakly-up-members = 300ms
            failure-detector {
              heartbeat-interval = 100ms
              acceptable-heartbeat-pause = 1s
              expected-response-after = 500ms
              min-std-deviation = 50ms
            }
            split-brain-resolver { active-strategy = keep-majority, stable-after = 500ms, down-all-when-unstable = off }
          }
        }
        """;

    private readonly List<ActorSystem> _systems = [];

    public Cluster Start(string settings = "")
    {
        var config = ConfigurationFactory.ParseString(settings).WithFallback(ConfigurationFactory.ParseString(Fast));
        var system = ActorSystem.Create("nodes", config);
        _systems.Add(system);
        return Cluster.Get(system);
    }

    /// <summary>Nodes that are up and agree; the first has formed the cluster.</summary>
    public async Task<Cluster[]> StartTogether(int count, string settings = "")
    {
        var nodes = Enumerable.Range(0, count).Select(_ => Start(settings)).ToArray();
        foreach (var node in nodes)
        {
            node.Join(nodes[0].SelfAddress);
        }

        await UntilAgreed(nodes);
        return nodes;
    }

    /// <summary>Ends a node without a word to the others.</summary>
    public static Task Kill(Cluster node) => node.System.Terminate();

    /// <summary>All of them see just them, all Up, with the first by address as leader.</summary>
    public static Task UntilAgreed(params Cluster[] nodes)
    {
        var addresses = nodes.Select(node => node.SelfAddress).ToImmutableSortedSet(Member.AddressOrdering);
        return Until(() => nodes.All(node => node.State.Leader == addresses[0]
            && node.State.Unreachable.IsEmpty
            && node.State.Members.All(member => member.Status == MemberStatus.Up)
            && node.State.Members.Select(member => member.Address).SequenceEqual(addresses)));
    }

    public static async Task Until(Func<bool> condition)
    {
        var waited = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waited.Elapsed < Patience, "the condition did not come true in time");
            await Task.Delay(20);
        }
    }

    public static Task InTime(Task task) => task.WaitAsync(Patience);

    public Task Stop() => InTime(Task.WhenAll(_systems.Select(system => system.Terminate())));
}
