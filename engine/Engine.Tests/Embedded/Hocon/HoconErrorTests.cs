using Hocon;

namespace Engine.Tests.Embedded.Hocon;

public class HoconErrorTests
{
    [Theory]
    [InlineData("a = 1\nb = [1, 2", 2, 5)]
    [InlineData("a {\n b = 1\n", 1, 3)]
    [InlineData("a = 1\n}", 2, 1)]
    [InlineData("{ a = 1 } b", 1, 11)]
    [InlineData("a = \"never closed\nb = 2", 1, 5)]
    [InlineData("x = 1\na = \"\"\"never closed", 2, 5)]
    [InlineData("a = \"\\q\"", 1, 6)]
    [InlineData("a = \"\\u12g4\"", 1, 10)]
    [InlineData("a = ", 1, 5)]
    [InlineData("a = ,", 1, 5)]
    [InlineData("a = 1,,b = 2", 1, 7)]
    [InlineData(", a = 1", 1, 1)]
    [InlineData("a = [1,,2]", 1, 8)]
    [InlineData("a = [1}", 1, 7)]
    [InlineData("a = { b = 1 ]", 1, 13)]
    [InlineData("a b c", 1, 6)]
    [InlineData("a..b = 1", 1, 3)]
    [InlineData("a. = 1", 1, 4)]
    [InlineData("a = x:y", 1, 6)]
    [InlineData("a = ${b", 1, 8)]
    [InlineData("a = ${}", 1, 7)]
    [InlineData("\n\n  a = ${b}", 3, 7)]
    [InlineData("a = ${b}, b = ${a}", 1, 15)]
    [InlineData("a = ${a}", 1, 5)]
    [InlineData("a = ${b}, b = ${c}, c = ${a}", 1, 25)]
    [InlineData("a = 1, b = 2, a = ${b}, b = ${a}", 1, 29)]
    [InlineData("a = { b = ${c} }, c = { d = ${a} }", 1, 29)]
    [InlineData("a = { b = ${a} }", 1, 11)]
    [InlineData("a = [${a}]", 1, 6)]
    [InlineData("a = [1] x", 1, 1)]
    [InlineData("include file(\"x\"", 1, 17)]
    [InlineData("include x", 1, 9)]
    [InlineData("include required(\"x\")", 1, 1)]
    [InlineData("", 1, 1)]
    public void A_fault_is_named_with_line_and_position(string text, int line, int position)
    {
        var failure = Assert.Throws<HoconParserException>(() => HoconParser.Parse(text));

        Assert.Equal((line, position), (failure.LineNumber, failure.LinePosition));
        Assert.StartsWith($"Line {line}, position {position}: ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_says_what_was_expected()
    {
        var failure = Assert.Throws<HoconParserException>(() => HoconParser.Parse("port 80"));

        Assert.Equal("Line 1, position 8: expected '=', ':', '+=' or '{' after the key port 80, "
            + "found the end of the text.", failure.Message);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("a.b")]
    [InlineData("text")]
    public void A_value_that_is_not_there_or_not_a_duration_is_named_with_its_path(string path)
    {
        var root = HoconParser.Parse("a = 1s, text = many");

        var failure = Assert.Throws<HoconValueException>(() => root.GetTimeSpan(path));

        Assert.Equal(path, failure.FailPath);
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_that_ask_for_too_much_are_refused()
    {
        var deep = new string('[', 100_000);
        var chain = string.Join('\n', Enumerable.Range(0, 20_000).Select(i => $"a{i} = ${{a{i + 1}}}")) + "\na20000 = 1";
        var doubling = "a0 = xxxxxxxxxx\n"
            + string.Join('\n', Enumerable.Range(1, 60).Select(i => $"a{i} = ${{a{i - 1}}}${{a{i - 1}}}"));
        var lists = "a0 = [1]\n"
            + string.Join('\n', Enumerable.Range(1, 60).Select(i => $"a{i} = [${{a{i - 1}}}, ${{a{i - 1}}}]"));

        foreach (var text in (string[])["a = " + deep, chain, doubling, lists])
        {
            Assert.Throws<HoconParserException>(() => HoconParser.Parse(text));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_text_the_parser_ends_with_a_result_or_with_its_own_exception(int seed)
    {
        string[] pieces =
        [
            "{", "}", "[", "]", "\"", "\"\"\"", "=", ":", "+=", ",", "\n", " ", ".", "${", "${?", "}", "a", "b", "c",
            "a.b", "1", "-1e+3", "null", "#", "//", "include \"x\"", "\\", "\\u", "$", "\0", "é", "a = ${b}\n",
            "b = ${?a}\n", "a { b = ${c} }\n", "c = ${a} [1]\n", "a += ${a}\n",
        ];
        var random = new Random(seed);
        var parsed = 0;
        for (var round = 0; round < 2_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 25)).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                HoconParser.Parse(text, (_, _) => Task.FromResult<string?>("c = ${?b}")).ToString();
                parsed++;
            }
            catch (HoconParserException failure)
            {
                Assert.True(failure.LineNumber > 0, text);
            }
        }

        Assert.True(parsed > 20, $"only {parsed} texts were valid: the fuzz shows nothing");
    }
}
