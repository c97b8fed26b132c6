using System.Collections.Immutable;
using System.Globalization;
using Akka.Configuration;

namespace Akka.Cluster.SBR;

/// <summary>The section <c>akka.cluster.split-brain-resolver</c>.</summary>
public sealed class SplitBrainResolverSettings
{
    public const string KeepMajorityName = "keep-majority";
    public const string StaticQuorumName = "static-quorum";
    public const string KeepOldestName = "keep-oldest";
    public const string DownAllName = "down-all";

    /// <summary>The strategies that this engine has; there is no lease.</summary>
    public static readonly ImmutableHashSet<string> AllStrategyNames =
        [KeepMajorityName, StaticQuorumName, KeepOldestName, DownAllName];

    private readonly Config _section;

    /// <exception cref="ConfigurationException">An unknown strategy, or a duration that makes no sense.</exception>
    public SplitBrainResolverSettings(Config config)
    {
        _section = config.GetConfig("akka.cluster.split-brain-resolver");
        DowningStableAfter = _section.GetTimeSpan("stable-after", TimeSpan.FromSeconds(20));
        DowningStrategy = _section.GetString("active-strategy", KeepMajorityName).ToLowerInvariant();
        DownAllWhenUnstable = UnstableLimit(_section.GetString("down-all-when-unstable", "on").ToLowerInvariant());
        if (DowningStableAfter <= TimeSpan.Zero)
        {
            throw new ConfigurationException("akka.cluster.split-brain-resolver.stable-after must be longer than 0s");
        }

        if (!AllStrategyNames.Contains(DowningStrategy))
        {
            throw new ConfigurationException($"Unknown akka.cluster.split-brain-resolver.active-strategy: {DowningStrategy}");
        }
    }

    /// <summary>How long nothing may have changed before a decision is taken.</summary>
    public TimeSpan DowningStableAfter { get; }

    public string DowningStrategy { get; }

    /// <summary>How much longer than <see cref="DowningStableAfter"/> changes may go on before all are downed; zero is never.</summary>
    public TimeSpan DownAllWhenUnstable { get; }

    public string KeepMajorityRole => Role(KeepMajorityName);

    public StaticQuorumSettings StaticQuorumSettings => new(QuorumSize(), Role(StaticQuorumName));

    public KeepOldestSettings KeepOldestSettings => new(
        _section.GetBoolean($"{KeepOldestName}.down-if-alone", true), Role(KeepOldestName));

    private string Role(string strategy) => _section.GetString($"{strategy}.role", "");

    private int QuorumSize() =>
        int.TryParse(_section.GetString($"{StaticQuorumName}.quorum-size", ""), CultureInfo.InvariantCulture, out var size) && size > 0
            ? size
            : throw new ConfigurationException("akka.cluster.split-brain-resolver.static-quorum.quorum-size must be 1 or more");

    private TimeSpan UnstableLimit(string value) => value switch
    {
        "off" or "false" or "no" => TimeSpan.Zero,
        "on" or "true" or "yes" => TimeSpan.FromTicks(Math.Max(TimeSpan.FromSeconds(4).Ticks, DowningStableAfter.Ticks * 3 / 4)),
        _ => _section.GetTimeSpan("down-all-when-unstable"),
    };
}

public sealed class StaticQuorumSettings(int size, string role)
{
    public int Size { get; } = size;

    public string Role { get; } = role;
}

public sealed class KeepOldestSettings(bool downIfAlone, string role)
{
    public bool DownIfAlone { get; } = downIfAlone;

    public string Role { get; } = role;
}
