using System.CommandLine;

namespace Dfs.Node.Cli;

/// <summary>Flags of which at most one is given.</summary>
internal sealed class OneFlagOf(params (string Name, string Description)[] flags)
{
    private readonly Option<bool>[] _options = [.. flags.Select(flag => new Option<bool>(flag.Name) { Description = flag.Description })];

    public void AddTo(Command command)
    {
        foreach (var option in _options)
        {
            command.Add(option);
        }
    }

    /// <summary>The flag's name without its dashes; null when none was given.</summary>
    /// <exception cref="CliException">More than one was.</exception>
    public string? Read(ParseResult parse)
    {
        var given = _options.Where(parse.GetValue).Select(option => option.Name.TrimStart('-')).ToList();
        return given.Count <= 1
            ? given.FirstOrDefault()
            : throw new CliException(ExitCode.Usage, $"Give one of {string.Join(", ", _options[..^1].Select(option => option.Name))} and {_options[^1].Name}.");
    }
}
