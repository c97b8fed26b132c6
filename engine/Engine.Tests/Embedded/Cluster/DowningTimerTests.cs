using Akka.Cluster;
using Akka.Cluster.SBR;
using static Engine.Tests.Embedded.Clustering.Nodes;

namespace Engine.Tests.Embedded.Clustering;

public sealed class DowningTimerTests
{
    private static readonly Gossip Three = GossipOf(Up(1), Up(2), Up(3));

    [Fact]
    public void A_change_of_reachability_starts_the_wait_anew()
    {
        var timer = Observing(Three.Unreachable(1, 2), atSeconds: 100);

        Assert.False(timer.IsStable(Seconds(119)));
        Assert.True(timer.IsStable(Seconds(120)));
        Assert.False(timer.Observe(View(Three.Unreachable(1, 2, 3)), Seconds(115)).IsStable(Seconds(120)));
    }

    [Fact]
    public void What_has_no_bearing_on_the_decision_does_not_start_it_anew()
    {
        var timer = Observing(Three.Unreachable(1, 2), atSeconds: 100);

        var later = timer.Observe(View(Three.Unreachable(1, 2).Add(Joining(4)).SeenByAll()), Seconds(115));

        Assert.True(later.IsStable(Seconds(120)));
    }

    [Fact]
    public void Restless_for_too_long_is_counted_from_the_first_change_and_ends_when_all_is_healed()
    {
        var timer = Observing(Three.Unreachable(1, 2), atSeconds: 100)
            .Observe(View(Three.Unreachable(1, 2, 3)), Seconds(110));

        Assert.False(timer.IsUnstableForTooLong(Seconds(135)));
        Assert.True(timer.IsUnstableForTooLong(Seconds(136)));
        Assert.False(timer.Observe(View(Three), Seconds(120)).IsUnstableForTooLong(Seconds(136)));
        Assert.False((timer with { DownAllWhenUnstable = TimeSpan.Zero }).IsUnstableForTooLong(Seconds(999)));
    }

    private static DowningTimer Observing(Gossip gossip, int atSeconds) =>
        new DowningTimer(Seconds(20), Seconds(15), Seconds(0)).Observe(View(Three), Seconds(1)).Observe(View(gossip), Seconds(atSeconds));

    private static DowningView View(Gossip gossip) => DowningView.Of(gossip.AsSeenBy(1));

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
