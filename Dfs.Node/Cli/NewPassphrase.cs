using System.CommandLine;
using Dfs.Storage.Keyring;

namespace Dfs.Node.Cli;

/// <summary>The options of a command that sets a passphrase: from a file, generated, or typed twice at the terminal.</summary>
internal sealed class NewPassphrase
{
    private readonly Option<string?> _file = new("--new-passphrase-file")
    {
        Description = "File whose first line is the new passphrase, '-' for standard input; default asks at the terminal",
    };

    private readonly Option<bool> _generate = GenerateOption();

    /// <param name="Generated">The same text when the program made it, so that it has to be shown; else null.</param>
    public sealed record Choice(string Text, string? Generated)
    {
        public override string ToString() => "a passphrase (not shown)";
    }

    public static Option<bool> GenerateOption() => new("--generate-passphrase")
    {
        Description = "Make a passphrase of 118 bits and print it, once",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        command.Options.Add(_generate);
    }

    public bool IsGiven(ParseResult parse) => parse.GetValue(_file) is not null || parse.GetValue(_generate);

    /// <exception cref="CliException">None was given and nobody sits at a terminal, or the two that were typed differ.</exception>
    public Choice Read(ParseResult parse)
    {
        if (parse.GetValue(_generate))
        {
            var generated = FreshRandom.Passphrase();
            return new Choice(generated, generated);
        }

        if (parse.GetValue(_file) is { } file)
        {
            return new Choice(KeyringAccess.FirstLine(file), null);
        }

        var typed = KeyringAccess.Ask("New passphrase: ")
            ?? throw new CliException(ExitCode.Usage, "Give --new-passphrase-file FILE or --generate-passphrase.");
        if (typed.Length == 0)
        {
            throw new CliException(ExitCode.Usage, "An empty passphrase protects nothing; nothing was changed.");
        }

        return KeyringAccess.Ask("The same again: ") == typed
            ? new Choice(typed, null)
            : throw new CliException(ExitCode.Usage, "The two passphrases differ; nothing was changed.");
    }

    /// <summary>To people; a program finds it in the command's answer.</summary>
    /// <param name="generated">Null when the user knows it already.</param>
    public static void Say(ParseResult parse, string? generated)
    {
        if (generated is not null && !JsonOption.IsGiven(parse))
        {
            Console.WriteLine($"passphrase: {generated}");
        }
    }
}
