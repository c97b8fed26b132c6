using Akka.Remote;

namespace Engine.Tests.Remote;

public class FailureDetectorRegistryTests
{
    private long _nowMillis;

    private DefaultFailureDetectorRegistry<string> Registry() => new(() => new DeadlineFailureDetector(
        TimeSpan.FromMilliseconds(900), TimeSpan.FromMilliseconds(100), () => _nowMillis));

    [Fact]
    public void Each_resource_has_its_own_detector()
    {
        var registry = Registry();
        registry.Heartbeat("a");
        _nowMillis += 700;
        registry.Heartbeat("b");
        _nowMillis += 700;

        Assert.False(registry.IsAvailable("a"));
        Assert.True(registry.IsAvailable("b"));
    }

    [Fact]
    public void An_unknown_resource_is_available_and_not_monitored()
    {
        var registry = Registry();

        Assert.True(registry.IsAvailable("nobody"));
        Assert.False(registry.IsMonitoring("nobody"));
    }

    [Fact]
    public void A_removed_resource_is_as_if_never_heard_of()
    {
        var registry = Registry();
        registry.Heartbeat("a");
        _nowMillis += 5000;
        Assert.False(registry.IsAvailable("a"));

        registry.Remove("a");

        Assert.True(registry.IsAvailable("a"));
        Assert.False(registry.IsMonitoring("a"));
    }

    [Fact]
    public void Reset_removes_all()
    {
        var registry = Registry();
        registry.Heartbeat("a");
        registry.Heartbeat("b");

        registry.Reset();

        Assert.False(registry.IsMonitoring("a") || registry.IsMonitoring("b"));
    }

    [Fact]
    public void The_deadline_is_the_interval_and_the_pause()
    {
        var registry = Registry();
        registry.Heartbeat("a");

        _nowMillis += 999;
        Assert.True(registry.IsAvailable("a"));

        _nowMillis += 1;
        Assert.False(registry.IsAvailable("a"));
    }
}
