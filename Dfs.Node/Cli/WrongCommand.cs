using System.CommandLine;

namespace Dfs.Node.Cli;

/// <summary>What a command line that cannot be understood is told.</summary>
internal static class WrongCommand
{
    /// <summary>Swapped, missing and wrong letters of one word: more would be another word.</summary>
    private const int TyposMax = 2;

    /// <summary>One sentence an error; of an unknown command the word alone, and of a missing argument which.</summary>
    public static IReadOnlyList<string> Sentences(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        if (command.Subcommands.Count > 0 && parse.UnmatchedTokens is [var word, ..])
        {
            var near = Nearest(word, command.Subcommands.Where(each => !each.Hidden).Select(each => each.Name));
            var path = CommandHelp.PathOf(parse.CommandResult);
            var unknown = $"There is no command '{$"{path} {word}".TrimStart()}'";
            return [near is null ? unknown + "." : $"{unknown}; did you mean '{$"{path} {near}".TrimStart()}'?"];
        }

        var missing = command.Arguments.Where(argument =>
            argument.Arity.MinimumNumberOfValues > (parse.GetResult(argument)?.Tokens.Count ?? 0)).Select(argument => argument.Name).ToList();
        var others = parse.Errors.Select(error => error.Message).Where(message => missing.Count == 0 || !message.StartsWith("Required argument missing", StringComparison.Ordinal));
        return missing.Count == 0 ? [.. others] : [.. others, $"`dfs {CommandHelp.PathOf(parse.CommandResult)}` wants {string.Join(' ', missing)}."];
    }

    private static string? Nearest(string word, IEnumerable<string> names) =>
        names.Select(name => (Name: name, Typos: Typos(word, name)))
            .Where(each => each.Typos <= Math.Min(TyposMax, word.Length - 1))
            .OrderBy(each => each.Typos).ThenBy(each => each.Name, StringComparer.Ordinal)
            .Select(each => each.Name).FirstOrDefault();

    // Levenshtein, and neighbours that were swapped are one: Damerau, CACM 7(3), 1964.
    private static int Typos(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                cost[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
