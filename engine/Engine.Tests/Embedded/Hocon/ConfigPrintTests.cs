using Akka.Configuration;

namespace Engine.Tests.Embedded.Hocon;

/// <summary>Akka.NET's own print loses null and keys with dots; ours reads back.</summary>
public class ConfigPrintTests
{
    [Fact]
    public void A_printed_configuration_reads_back_the_same()
    {
        var config = ConfigurationFactory.ParseString(
            """
            a { "Some.Type, Some.Assembly" = json, "x.y" = [1, "two three", { z = "q\"" }] }
            nothing = null
            empty = {}
            """);

        var again = ConfigurationFactory.ParseString(config.ToString());

        Assert.Equal(config.ToString(), again.ToString());
        Assert.Equal("json", again.GetString("a.\"Some.Type, Some.Assembly\""));
        Assert.Null(again.GetString("nothing", "default"));
    }
}
