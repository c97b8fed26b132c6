using Dfs.Actors.Transfer;
using Dfs.Tests.Placement;

namespace Dfs.Tests.Transfer;

public sealed class PeerHealthTests
{
    private readonly HandTime _time = new();

    [Fact]
    public void A_peer_rests_after_three_failures_in_a_row_and_is_tried_again_after_its_rest()
    {
        var health = new PeerHealth(_time);

        Fail(health, PeerHealth.FailuresMax - 1);
        Assert.False(health.IsResting(Members.Id(1)));

        health.Failed(Members.Id(1));
        Assert.True(health.IsResting(Members.Id(1)));
        Assert.False(health.IsResting(Members.Id(2)));

        _time.Advance(PeerHealth.RestTime);
        Assert.False(health.IsResting(Members.Id(1)));

        health.Failed(Members.Id(1));
        Assert.True(health.IsResting(Members.Id(1)));
    }

    [Fact]
    public void One_success_forgets_all_failures()
    {
        var health = new PeerHealth(_time);
        Fail(health, PeerHealth.FailuresMax);

        health.Succeeded(Members.Id(1));
        Assert.False(health.IsResting(Members.Id(1)));

        Fail(health, PeerHealth.FailuresMax - 1);
        Assert.False(health.IsResting(Members.Id(1)));
    }

    private static void Fail(PeerHealth health, int times)
    {
        for (var i = 0; i < times; i++)
        {
            health.Failed(Members.Id(1));
        }
    }

    private sealed class HandTime : TimeProvider
    {
        private TimeSpan _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now.Ticks;

        public void Advance(TimeSpan time) => _now += time;
    }
}
