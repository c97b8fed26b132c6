using Akka.Configuration;
using Dfs.Node.Configuration;
using Hocon;

namespace Dfs.Tests.Configuration;

public sealed class AkkaOverlayTests
{
    [Fact]
    public void Scalars_and_lists_arrive_as_they_were_written()
    {
        var config = Overlay(
            """
            akka.cluster { split-brain-resolver.stable-after = 7s, min-nr-of-members = 2 }
            akka.roles = ["a", "b, c"]
            akka.text = "quote \" backslash \\ # no comment"
            """);

        Assert.Equal(TimeSpan.FromSeconds(7), config.GetTimeSpan("akka.cluster.split-brain-resolver.stable-after"));
        Assert.Equal(2, config.GetInt("akka.cluster.min-nr-of-members"));
        Assert.Equal(["a", "b, c"], config.GetStringList("akka.roles"));
        Assert.Equal("quote \" backslash \\ # no comment", config.GetString("akka.text"));
    }

    [Fact]
    public void Keys_with_dots_stay_one_key()
    {
        var config = Overlay("""akka.actor.deployment { "/a.b/c" { timeout = 3s } }""");

        Assert.Equal(TimeSpan.FromSeconds(3), config.GetTimeSpan("akka.actor.deployment.\"/a.b/c\".timeout"));
    }

    [Fact]
    public void Only_what_stands_below_akka_is_handed_on()
    {
        Assert.Equal("", AkkaOverlay.Of(HoconParser.Parse("dfs.port = 1")));
        Assert.Equal("", AkkaOverlay.Of(HoconParser.Parse("{}")));
        Assert.False(Overlay("akka.a = 1\ndfs.port = 2").HasPath("dfs"));
    }

    private static Config Overlay(string file) => ConfigurationFactory.ParseString(AkkaOverlay.Of(HoconParser.Parse(file)));
}
