using Hocon;

namespace Engine.Tests.Hocon;

/// <summary>What the product asks of HOCON; Embedded/Hocon has the rest of the specification.</summary>
public class HoconContractTests
{
    private static readonly HoconRoot Sample = HoconParser.Parse(
        """
        # A node.
        node {
          name = store-1
          name = ${?ENGINE_TESTS_NO_SUCH_VARIABLE}
          "quoted.key" = yes
          data = "/var/lib/dfs"
          listen { port = 4100, url = "http://"${node.host}":4100" }
          host = h1
          pause = 3 s
          size = 64KiB
          seeds = ["a:1", "b:2"]
        }
        """);

    [Fact]
    public void Values_are_read_by_path()
    {
        Assert.Equal("store-1", Sample.GetString("node.name"));
        Assert.Equal("yes", Sample.GetString("node.\"quoted.key\""));
        Assert.Equal("/var/lib/dfs", Sample.GetString("node.data"));
        Assert.Equal("4100", Sample.GetString("node.listen.port"));
        Assert.Equal("http://h1:4100", Sample.GetString("node.listen.url"));
        Assert.Equal(TimeSpan.FromSeconds(3), Sample.GetTimeSpan("node.pause"));
        Assert.Equal(65_536, Sample.GetByteSize("node.size"));
        Assert.Equal(["a:1", "b:2"], Sample.GetStringList("node.seeds"));
    }

    [Fact]
    public void What_is_missing_is_an_error_that_names_the_path()
    {
        Assert.False(Sample.HasPath("node.none"));
        Assert.Equal("node.none", Assert.Throws<HoconValueException>(() => Sample.GetString("node.none")).FailPath);
        Assert.Throws<HoconValueException>(() => Sample.GetTimeSpan("node.name"));
    }

    [Fact]
    public void The_environment_stands_above_an_earlier_value()
    {
        Environment.SetEnvironmentVariable("ENGINE_TESTS_HOCON_CONTRACT", "from-outside");

        Assert.Equal("from-outside", HoconParser.Parse("a = 1, a = ${?ENGINE_TESTS_HOCON_CONTRACT}").GetString("a"));
    }

    [Fact]
    public void An_include_is_asked_of_the_callback()
    {
        var root = HoconParser.Parse("include \"more.conf\"\nb = 2", (_, name) => Task.FromResult<string?>($"a = \"{name}\""));

        Assert.Equal("more.conf", root.GetString("a"));
        Assert.Equal("2", root.GetString("b"));
    }

    [Theory]
    [InlineData("a = [1, 2")]
    [InlineData("a { b = 1")]
    [InlineData("a = \"open")]
    [InlineData("a = ${no.such.value}")]
    [InlineData("a = ${b}, b = ${a}")]
    [InlineData("")]
    public void What_is_not_HOCON_is_refused(string text) =>
        Assert.Throws<HoconParserException>(() => HoconParser.Parse(text));
}
