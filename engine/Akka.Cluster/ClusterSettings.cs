using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster;

/// <summary>The section <c>akka.cluster</c>; what the keys mean stands in cluster.conf.</summary>
public sealed class ClusterSettings
{
    private static readonly TimeSpan WeaklyUpDefault = TimeSpan.FromSeconds(7);

    private readonly Config _section;

    /// <exception cref="ConfigurationException">There is no such section: the provider is not <c>cluster</c>.</exception>
    public ClusterSettings(Config config, string systemName)
    {
        _section = config.GetConfig("akka.cluster") is { } section && section.HasPath("failure-detector")
            ? section
            : throw new ConfigurationException(
                $"ActorSystem {systemName} has no akka.cluster settings; akka.actor.provider must be cluster");
        FailureDetectorConfig = _section.GetConfig("failure-detector");
        SeedNodes = [.. _section.GetStringList("seed-nodes").Select(Address.Parse)];
        Roles = [.. _section.GetStringList("roles")];
        WeaklyUpAfter = OffOrTime("allow-weakly-up-members", WeaklyUpDefault) ?? TimeSpan.Zero;
        var downingProvider = _section.GetString("downing-provider-class", "");
        DowningProviderType = downingProvider.Length == 0 ? typeof(NoDowning) : Type.GetType(downingProvider, throwOnError: true)!;
        MinNrOfMembersOfRole = RoleMinimums();
    }

    public bool LogInfoVerbose => _section.GetBoolean("log-info-verbose", false);

    public bool LogInfo => LogInfoVerbose || _section.GetBoolean("log-info", true);

    public Config FailureDetectorConfig { get; }

    public string FailureDetectorImplementationClass => FailureDetectorConfig.GetString("implementation-class");

    public TimeSpan HeartbeatInterval => FailureDetectorConfig.GetTimeSpan("heartbeat-interval");

    public TimeSpan HeartbeatExpectedResponseAfter => FailureDetectorConfig.GetTimeSpan("expected-response-after");

    public int MonitoredByNrOfMembers => FailureDetectorConfig.GetInt("monitored-by-nr-of-members");

    public ImmutableList<Address> SeedNodes { get; }

    public TimeSpan SeedNodeTimeout => _section.GetTimeSpan("seed-node-timeout");

    public TimeSpan? RetryUnsuccessfulJoinAfter => OffOrTime("retry-unsuccessful-join-after", TimeSpan.FromSeconds(10));

    public TimeSpan? ShutdownAfterUnsuccessfulJoinSeedNodes => OffOrTime("shutdown-after-unsuccessful-join-seed-nodes", null);

    public TimeSpan PeriodicTasksInitialDelay => _section.GetTimeSpan("periodic-tasks-initial-delay");

    public TimeSpan GossipInterval => _section.GetTimeSpan("gossip-interval");

    public TimeSpan LeaderActionsInterval => _section.GetTimeSpan("leader-actions-interval");

    public TimeSpan UnreachableNodesReaperInterval => _section.GetTimeSpan("unreachable-nodes-reaper-interval");

    public ImmutableHashSet<string> Roles { get; }

    public int MinNrOfMembers => _section.GetInt("min-nr-of-members", 1);

    public ImmutableDictionary<string, int> MinNrOfMembersOfRole { get; }

    public string UseDispatcher => _section.GetString("use-dispatcher", "") is { Length: > 0 } name
        ? name
        : "akka.actor.internal-dispatcher";

    public double GossipDifferentViewProbability => _section.GetDouble("gossip-different-view-probability");

    public int ReduceGossipDifferentViewProbability => _section.GetInt("reduce-gossip-different-view-probability");

    public Type DowningProviderType { get; }

    public bool RunCoordinatedShutdownWhenDown => _section.GetBoolean("run-coordinated-shutdown-when-down", true);

    public bool AllowWeaklyUpMembers => WeaklyUpAfter > TimeSpan.Zero;

    public TimeSpan WeaklyUpAfter { get; }

    internal MinimumMembers MinimumMembers => new(MinNrOfMembers, MinNrOfMembersOfRole);

    private TimeSpan? OffOrTime(string key, TimeSpan? on) =>
        _section.GetString(key, "off").ToLowerInvariant() switch
        {
            "off" or "false" or "no" => null,
            "on" or "true" or "yes" => on,
            _ => _section.GetTimeSpan(key),
        };

    private ImmutableDictionary<string, int> RoleMinimums()
    {
        var roles = _section.GetConfig("role");
        return roles is null || roles.IsEmpty
            ? ImmutableDictionary<string, int>.Empty
            : roles.Root.GetObject().Items.Keys.ToImmutableDictionary(role => role, role => roles.GetInt($"{role}.min-nr-of-members", 1));
    }
}
