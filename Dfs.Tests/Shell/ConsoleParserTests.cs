using Dfs.Node.Shell;

namespace Dfs.Tests.Shell;

public sealed class ConsoleParserTests
{
    [Fact]
    public void The_three_commands_of_old_are_understood()
    {
        Assert.Equal(new ConsoleCommand.Write("key", "content"), ConsoleParser.Parse("write,key,content"));
        Assert.Equal(new ConsoleCommand.Read("key"), ConsoleParser.Parse("read,key"));
        Assert.Equal(new ConsoleCommand.Remove("key"), ConsoleParser.Parse("remove,key"));
    }

    [Theory]
    [InlineData("write,a,one, two,three", "a", "one, two,three")]
    [InlineData("write, a , spaced ", "a", " spaced ")]
    [InlineData("write,\"a,b\",c", "a,b", "c")]
    [InlineData("WRITE,a,\"quoted, \"\"text\"\"\"", "a", "quoted, \"text\"")]
    [InlineData("write,a,", "a", "")]
    [InlineData("write,a,\"open", "a", "open")]
    public void Content_keeps_its_commas_and_quotes_keep_theirs(string line, string key, string content) =>
        Assert.Equal(new ConsoleCommand.Write(key, content), ConsoleParser.Parse(line));

    [Theory]
    [InlineData("write"), InlineData("write,a"), InlineData("write,,c"), InlineData("read"), InlineData("read,"), InlineData("put,a,")]
    public void What_is_missing_is_said(string line) =>
        Assert.StartsWith("expected ", Assert.IsType<ConsoleCommand.Unknown>(ConsoleParser.Parse(line)).Reason, StringComparison.Ordinal);

    [Fact]
    public void Unknown_words_and_empty_lines_are_no_errors()
    {
        Assert.Contains("frobnicate", Assert.IsType<ConsoleCommand.Unknown>(ConsoleParser.Parse("frobnicate,x")).Reason, StringComparison.Ordinal);
        Assert.IsType<ConsoleCommand.Nothing>(ConsoleParser.Parse("   "));
        Assert.Equal(new ConsoleCommand.List("photos/"), ConsoleParser.Parse("ls,photos/"));
        Assert.Equal(new ConsoleCommand.List("", "a,b"), ConsoleParser.Parse("ls,,\"a,b\""));
    }
}
