using Akka.Cluster.SBR;
using Akka.Configuration;

namespace Engine.Tests.Clustering;

[Collection(nameof(ClusterNodes))]
public sealed class SettingsSpec
{
    [Fact]
    public async Task What_is_not_configured_has_the_defaults()
    {
        var nodes = new ClusterNodes();
        var settings = nodes.Start("akka.cluster { roles = [store], role.store.min-nr-of-members = 3 }").Settings;

        Assert.Equal(["store"], settings.Roles);
        Assert.Equal(3, settings.MinNrOfMembersOfRole["store"]);
        Assert.Equal((1, 9), (settings.MinNrOfMembers, settings.MonitoredByNrOfMembers));
        Assert.Empty(settings.SeedNodes);
        Assert.Null(settings.ShutdownAfterUnsuccessfulJoinSeedNodes);
        Assert.True(settings.RunCoordinatedShutdownWhenDown);
        Assert.Equal(typeof(SplitBrainResolverProvider), settings.DowningProviderType);
        Assert.Equal(8.0, settings.FailureDetectorConfig.GetDouble("threshold"));
        await nodes.Stop();
    }

    [Theory]
    [InlineData("on", 15)]
    [InlineData("off", 0)]
    [InlineData("7s", 7)]
    public void The_resolver_gives_up_on_instability_when_told_to(string configured, int seconds)
    {
        var settings = Resolver($"stable-after = 20s, active-strategy = keep-majority, down-all-when-unstable = {configured}");

        Assert.Equal(TimeSpan.FromSeconds(20), settings.DowningStableAfter);
        Assert.Equal(TimeSpan.FromSeconds(seconds), settings.DownAllWhenUnstable);
    }

    [Fact]
    public void A_quorum_is_read_with_its_role()
    {
        var settings = Resolver("stable-after = 1s, active-strategy = static-quorum, static-quorum { quorum-size = 3, role = store }");

        Assert.Equal(SplitBrainResolverSettings.StaticQuorumName, settings.DowningStrategy);
        Assert.Equal((3, "store"), (settings.StaticQuorumSettings.Size, settings.StaticQuorumSettings.Role));
    }

    [Fact]
    public void An_unknown_strategy_is_refused() =>
        Assert.Throws<ConfigurationException>(() => Resolver("stable-after = 1s, active-strategy = keep-everyone"));

    private static SplitBrainResolverSettings Resolver(string section) =>
        new(ConfigurationFactory.ParseString($"akka.cluster.split-brain-resolver {{ down-all-when-unstable = on, {section} }}"));
}
