using Akka.Remote;

namespace Engine.Tests.Remote;

public class PhiAccrualFailureDetectorTests
{
    private long _nowMillis;

    private PhiAccrualFailureDetector Detector(
        double threshold = 8, int samples = 1000, int minDeviationMillis = 10, int pauseMillis = 0, int estimateMillis = 1000) =>
        new(
            threshold,
            samples,
            TimeSpan.FromMilliseconds(minDeviationMillis),
            TimeSpan.FromMilliseconds(pauseMillis),
            TimeSpan.FromMilliseconds(estimateMillis),
            () => _nowMillis);

    private void Beat(FailureDetector detector, int count, int intervalMillis)
    {
        for (var beat = 0; beat < count; beat++)
        {
            _nowMillis += intervalMillis;
            detector.HeartBeat();
        }
    }

    [Fact]
    public void A_resource_never_heard_of_is_available_and_not_monitored()
    {
        var detector = Detector();
        _nowMillis += 1_000_000;

        Assert.True(detector.IsAvailable);
        Assert.False(detector.IsMonitoring);
    }

    [Fact]
    public void A_regular_resource_is_available()
    {
        var detector = Detector();
        Beat(detector, 20, 1000);
        _nowMillis += 1000;

        Assert.True(detector.IsMonitoring);
        Assert.True(detector.IsAvailable);
    }

    [Fact]
    public void Silence_after_one_heartbeat_is_found_out()
    {
        var detector = Detector();
        Beat(detector, 1, 0);
        _nowMillis += 10_000;

        Assert.False(detector.IsAvailable);
    }

    [Fact]
    public void The_acceptable_pause_is_accepted_and_not_much_more()
    {
        var detector = Detector(pauseMillis: 3000);
        Beat(detector, 20, 1000);

        _nowMillis += 3900;
        Assert.True(detector.IsAvailable);

        _nowMillis += 1000;
        Assert.False(detector.IsAvailable);
    }

    [Fact]
    public void A_resource_that_comes_back_is_available_again()
    {
        var detector = Detector(pauseMillis: 1000);
        Beat(detector, 20, 1000);
        _nowMillis += 60_000;
        Assert.False(detector.IsAvailable);

        detector.HeartBeat();

        Assert.True(detector.IsAvailable);
    }

    // The interval of the outage itself is not learned: the next outage is found out as fast as the first.
    [Fact]
    public void A_long_outage_does_not_blunt_the_detector()
    {
        var detector = Detector(pauseMillis: 1000);
        Beat(detector, 20, 1000);
        Beat(detector, 1, 600_000);
        Beat(detector, 5, 1000);

        _nowMillis += 5000;

        Assert.False(detector.IsAvailable);
    }

    // Hayashibara et al., section 4.1: the estimate follows a window of the last intervals.
    [Fact]
    public void Slower_heartbeats_are_learned_and_old_ones_forgotten()
    {
        var detector = Detector(samples: 10, minDeviationMillis: 100, pauseMillis: 1000);
        Beat(detector, 20, 200);
        Beat(detector, 30, 1000);

        _nowMillis += 1900;

        Assert.True(detector.IsAvailable);
    }

    [Fact]
    public void An_irregular_resource_is_given_more_time()
    {
        var regular = Detector();
        var irregular = Detector();
        Beat(regular, 20, 1000);
        for (var pair = 0; pair < 10; pair++)
        {
            Beat(irregular, 1, 500);
            Beat(irregular, 1, 1500);
        }

        regular.HeartBeat();
        _nowMillis += 1500;

        Assert.False(regular.IsAvailable);
        Assert.True(irregular.IsAvailable);
    }

    [Theory, InlineData(0), InlineData(-1)]
    public void A_window_without_samples_is_refused(int samples)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Detector(samples: samples).HeartBeat());
    }
}
