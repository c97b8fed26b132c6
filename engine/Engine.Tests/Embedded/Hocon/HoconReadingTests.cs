using Hocon;

namespace Engine.Tests.Embedded.Hocon;

public class HoconReadingTests
{
    [Theory]
    [InlineData("100", 100)]
    [InlineData("5 ms", 5)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2 minutes", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1 day", 86_400_000)]
    [InlineData("infinite", -1)]
    public void Durations(string text, double milliseconds) =>
        Assert.Equal(milliseconds, HoconParser.Parse($"a = {text}").GetTimeSpan("a").TotalMilliseconds);

    [Theory]
    [InlineData("17", 17)]
    [InlineData("64KiB", 65_536)]
    [InlineData("64 k", 65_536)]
    [InlineData("4 MB", 4_000_000)]
    [InlineData("1.5M", 1_572_864)]
    [InlineData("2 gibibytes", 2_147_483_648)]
    public void Sizes(string text, long bytes) => Assert.Equal(bytes, HoconParser.Parse($"a = {text}").GetByteSize("a"));

    [Theory]
    [InlineData("5 parsecs")]
    [InlineData("-1s")]
    [InlineData("s")]
    [InlineData("99999999999999 days")]
    public void What_is_no_duration_is_refused(string text) =>
        Assert.Throws<HoconValueException>(() => HoconParser.Parse($"a = {text}").GetTimeSpan("a"));

    [Theory]
    [InlineData("5 pounds")]
    [InlineData("99999 EiB")]
    public void What_is_no_size_is_refused(string text) =>
        Assert.Throws<HoconValueException>(() => HoconParser.Parse($"a = {text}").GetByteSize("a"));

    [Fact]
    public void What_is_written_is_kept_and_null_is_there()
    {
        var root = HoconParser.Parse("i = -5, hex = 0x10, yes = on, none = null");

        Assert.Equal("-5", root.GetString("i"));
        Assert.Equal("0x10", root.GetString("hex"));
        Assert.Equal("on", root.GetString("yes"));
        Assert.True(root.HasPath("none"));
        Assert.Null(root.GetString("none"));
        Assert.False(root.HasPath("nothing"));
    }

    [Fact]
    public void Types_are_told_apart()
    {
        var root = HoconParser.Parse("a = 1, b = \"1\", c = true, d = [], e = {}, f = x");

        Assert.Equal(
            [HoconType.Number, HoconType.String, HoconType.Boolean, HoconType.Array, HoconType.Object, HoconType.String],
            root.Value.GetObject().Select(entry => entry.Value.Type));
    }

    [Fact]
    public void Includes_ask_the_callback_and_are_merged_where_they_stand()
    {
        var asked = new List<(HoconCallbackType Kind, string Name)>();
        var root = HoconParser.Parse(
            """
            x = outer
            at {
              include "one"
              include required(classpath("two"))
              a = own
            }
            """,
            (kind, name) =>
            {
                asked.Add((kind, name));
                return Task.FromResult<string?>(name == "one" ? "a = included, b = ${c}, c = inner, d = ${x}" : "e = 5");
            });

        Assert.Equal([(HoconCallbackType.File, "one"), (HoconCallbackType.Resource, "two")], asked);
        Assert.Equal("own", root.GetString("at.a"));
        Assert.Equal("inner", root.GetString("at.b"));
        Assert.Equal("outer", root.GetString("at.d"));
        Assert.Equal("5", root.GetString("at.e"));
    }

    [Fact]
    public void A_fault_in_an_include_names_the_include_and_the_line_in_it()
    {
        var failure = Assert.Throws<HoconParserException>(() =>
            HoconParser.Parse("\ninclude \"bad.conf\"", (_, _) => Task.FromResult<string?>("a = 1\nb = ]")));

        Assert.Equal(2, failure.LineNumber);
        Assert.Contains("bad.conf", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_includes_itself_is_refused()
    {
        static Task<string?> Itself(HoconCallbackType kind, string name) => Task.FromResult<string?>("include \"again\"");

        Assert.Throws<HoconParserException>(() => HoconParser.Parse("include \"again\"", Itself));
    }

    [Fact]
    public void A_printed_configuration_reads_back_the_same()
    {
        var root = HoconParser.Parse(
            "\"a.b\" { c = [1, \"x, y\", { d = \"q\\\"\\n\" }], e = {}, f = null }, g = 10s, h = \"true\", i = []");

        var again = HoconParser.Parse(root.ToString());

        Assert.Equal(root.ToString(), again.ToString());
        Assert.Equal("q\"\n", again.GetObject("\"a.b\"")["c"].GetArray()[2].GetObject()["d"].GetString());
        Assert.Null(again.GetString("\"a.b\".f"));
        Assert.Equal(HoconType.String, again.Value.GetObject()["h"].Type);
    }
}
