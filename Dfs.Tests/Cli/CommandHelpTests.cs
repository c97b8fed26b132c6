using System.CommandLine;
using Dfs.Node.Cli;

namespace Dfs.Tests.Cli;

/// <summary>Every command explains itself.</summary>
public sealed class CommandHelpTests
{
    private static readonly RootCommand Root = DfsCommand.Create();

    public static TheoryData<string> Paths => [.. Leaves(Root, "")];

    [Theory, MemberData(nameof(Paths))]
    public void A_command_says_what_it_does_what_it_takes_and_how_it_is_used(string path)
    {
        var command = path.Split(' ').Aggregate((Command)Root, (at, word) => at.Subcommands.Single(each => each.Name == word));

        Assert.False(string.IsNullOrWhiteSpace(command.Description), "a description");
        Assert.All(command.Options.Where(option => !option.Hidden), option => Assert.False(string.IsNullOrWhiteSpace(option.Description), $"what {option.Name} means"));
        Assert.All(command.Arguments, argument => Assert.False(string.IsNullOrWhiteSpace(argument.Description), $"what {argument.Name} means"));
        using var help = new StringWriter();
        var parse = Root.Parse([.. path.Split(' '), "--help"]);
        Assert.Empty(parse.Errors);
        Assert.Equal(0, parse.Invoke(new InvocationConfiguration { Output = help }));
        Assert.Contains("Examples:", help.ToString(), StringComparison.Ordinal);
        Assert.Contains("Exit codes:", help.ToString(), StringComparison.Ordinal);
        Assert.Contains(CommandHelp.Examples[path][0], help.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up", "8 port in use")]
    [InlineData("node", "9 data directory")]
    [InlineData("verify", "12 damage found")]
    [InlineData("keys create", "11 keyring")]
    [InlineData("get", "3 not found")]
    public void The_codes_that_a_command_may_end_with_are_named(string path, string code)
    {
        using var help = new StringWriter();

        Assert.Equal(0, Root.Parse([.. path.Split(' '), "--help"]).Invoke(new InvocationConfiguration { Output = help }));

        Assert.Contains(code, help.ToString().Split("Exit codes:")[1], StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Paths))]
    public void Its_examples_are_commands_that_it_takes(string path)
    {
        foreach (var example in CommandHelp.Examples[path].Where(example => example.StartsWith("dfs ", StringComparison.Ordinal)))
        {
            var parse = Root.Parse(example.Split(" | ")[0].Replace("'", "", StringComparison.Ordinal)["dfs ".Length..]);

            Assert.True(parse.Errors.Count == 0, $"{example}: {string.Join(' ', parse.Errors)}");
            Assert.Equal(path, CommandHelp.PathOf(parse.CommandResult));
        }
    }

    [Fact]
    public void No_example_is_of_a_command_that_is_gone() =>
        Assert.Equal(Leaves(Root, "").Order(StringComparer.Ordinal), CommandHelp.Examples.Keys.Order(StringComparer.Ordinal));

    private static IEnumerable<string> Leaves(Command command, string path) => command.Subcommands.SelectMany(below =>
        Leaves(below, $"{path}{below.Name} ").Concat(below.Subcommands.Count == 0 || below.Action is not null ? [path + below.Name] : []));
}
