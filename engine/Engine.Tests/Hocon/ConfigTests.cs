using Akka.Configuration;

namespace Engine.Tests.Hocon;

public class ConfigTests
{
    private static readonly Config Sample = ConfigurationFactory.ParseString(
        """
        akka {
          actor.provider = cluster
          loglevel = "INFO"
          actor.serialization-bindings { "Some.Type, Some.Assembly" = json }
          cluster { seed-nodes = ["akka.tcp://dfs@a:1", "akka.tcp://dfs@b:1"], roles = [store, gateway] }
          remote { maximum-frame-size = 128000b, retry = 1.5, log = off, wait = 3 s, forever = infinite }
          nothing = null
        }
        """);

    [Fact]
    public void Values_are_read_by_path()
    {
        Assert.Equal("cluster", Sample.GetString("akka.actor.provider"));
        Assert.Equal("json", Sample.GetString("akka.actor.serialization-bindings.\"Some.Type, Some.Assembly\""));
        Assert.Equal(["store", "gateway"], Sample.GetStringList("akka.cluster.roles"));
        Assert.Equal(128_000, Sample.GetByteSize("akka.remote.maximum-frame-size"));
        Assert.Equal(1.5, Sample.GetDouble("akka.remote.retry"));
        Assert.False(Sample.GetBoolean("akka.remote.log", true));
        Assert.Equal(TimeSpan.FromSeconds(3), Sample.GetTimeSpan("akka.remote.wait"));
        Assert.Equal(Timeout.InfiniteTimeSpan, Sample.GetTimeSpan("akka.remote.forever"));
        Assert.True(Sample.HasPath("akka.nothing"));
        Assert.Null(Sample.GetString("akka.nothing", "default"));
    }

    [Fact]
    public void What_is_missing_answers_the_default()
    {
        Assert.Equal(0, Sample.GetInt("akka.none"));
        Assert.Equal(5, Sample.GetInt("akka.none", 5));
        Assert.Null(Sample.GetString("akka.none.deeper"));
        Assert.Null(Sample.GetString("akka.loglevel.deeper"));
        Assert.Empty(Sample.GetStringList("akka.none"));
        Assert.Null(Sample.GetConfig("akka.none"));
        Assert.Equal(TimeSpan.Zero, Sample.GetTimeSpan("akka.none"));
        Assert.False(Sample.HasPath("akka.none"));
    }

    [Fact]
    public void A_value_of_another_kind_is_refused()
    {
        Assert.Throws<FormatException>(() => Sample.GetInt("akka.loglevel"));
        Assert.ThrowsAny<Exception>(() => Sample.GetBoolean("akka.loglevel"));
        Assert.Throws<FormatException>(() => Sample.GetTimeSpan("akka.loglevel"));
    }

    [Fact]
    public void A_fallback_fills_in_key_by_key()
    {
        var config = Sample
            .WithFallback(ConfigurationFactory.ParseString("akka { loglevel = DEBUG, actor { provider = local, extra = 1 } }"))
            .WithFallback(ConfigurationFactory.ParseString("akka.actor { extra = 2, last = 3 }, other = 4"));

        Assert.Equal("INFO", config.GetString("akka.loglevel"));
        Assert.Equal("cluster", config.GetString("akka.actor.provider"));
        Assert.Equal(1, config.GetInt("akka.actor.extra"));
        Assert.Equal(3, config.GetInt("akka.actor.last"));
        Assert.Equal(4, config.GetInt("other"));
        Assert.Equal(3, config.GetConfig("akka.actor").GetInt("last"));
        Assert.Equal(["akka", "other"], config.AsEnumerable().Select(entry => entry.Key).Order());
    }

    [Fact]
    public void An_upper_list_or_text_replaces_what_is_below()
    {
        var config = ConfigurationFactory.ParseString("a = [1], b = 2, c { d = 3 }")
            .WithFallback(ConfigurationFactory.ParseString("a = [5, 6], b { x = 1 }, c = 4"));

        Assert.Equal(["1"], config.GetStringList("a"));
        Assert.Equal(2, config.GetInt("b"));
        Assert.False(config.HasPath("b.x"));
        Assert.Equal(3, config.GetInt("c.d"));
    }

    [Fact]
    public void A_fallback_that_is_there_already_changes_nothing()
    {
        var below = ConfigurationFactory.ParseString("a = 1, b = 2");
        var config = Sample.WithFallback(below);

        Assert.Same(config, config.WithFallback(below));
        Assert.Same(config, config.SafeWithFallback(below));
    }

    [Fact]
    public void Empty_is_empty_and_gives_way()
    {
        Assert.True(Config.Empty.IsEmpty);
        Assert.True(ConfigurationFactory.ParseString("").IsEmpty);
        Assert.True(((Config?)null).IsNullOrEmpty());
        Assert.Equal(1, Config.Empty.WithFallback(ConfigurationFactory.ParseString("a = 1")).GetInt("a"));
        Assert.Throws<ArgumentException>(() => Sample.WithFallback(Sample));
        Assert.Same(Sample, Sample.SafeWithFallback(Sample));
    }

    [Fact]
    public void Substitutions_are_resolved_within_their_text()
    {
        Assert.Equal("x/y", ConfigurationFactory.ParseString("a = x, b = ${a}/y").GetString("b"));
        Assert.Throws<FormatException>(() => ConfigurationFactory.ParseString("b = ${a}"));
    }
}
