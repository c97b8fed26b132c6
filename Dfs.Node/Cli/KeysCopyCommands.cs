using System.CommandLine;
using System.Text.Json.Nodes;
using Dfs.Core.Crypto;
using Dfs.Node.Configuration;
using Dfs.Storage.Keyring;

namespace Dfs.Node.Cli;

/// <summary><c>dfs keys export|import</c>: copies of a keyring to keep elsewhere, and back.</summary>
internal static class KeysCopyCommands
{
    public static Command CreateExport()
    {
        var (keyring, passphraseFile) = (KeysCommand.KeyringOption(), KeysCommand.PassphraseOption());
        var to = new Option<string?>("--to") { Description = "Write an encrypted recovery file there; never overwrites" };
        var phrase = new Option<bool>("--phrase") { Description = "Print a recovery phrase to write down on paper" };
        var wrap = new NewPassphrase();
        var command = new Command("export", "Copy a keyring, to a file with a passphrase of its own or to paper") { keyring, passphraseFile, to, phrase, JsonOption.Create() };
        wrap.AddTo(command);
        command.SetAction(parse =>
        {
            var path = parse.GetValue(to);
            if (path is null != parse.GetValue(phrase))
            {
                throw new CliException(ExitCode.Usage, "Give either --to FILE or --phrase.");
            }

            var opened = KeyringAccess.Open(parse.GetValue(keyring)!, parse.GetValue(passphraseFile));
            using var keys = opened.Keys;
            using var before = opened.Protection;
            if (path is null)
            {
                PrintPhrase(parse, keys);
            }
            else
            {
                var chosen = wrap.Read(parse);
                Write(parse, path, keys, chosen);
                JsonOption.Say(
                    parse, $"Wrote {path}: a copy under a passphrase of its own. Keep the two in different places.",
                    new JsonObject { ["file"] = path, ["owner"] = keys.Id.ToString(), ["passphrase"] = chosen.Generated });
            }

            return ExitCode.Done;
        });
        return command;
    }

    public static Command CreateImport()
    {
        var file = new Argument<string?>("FILE") { Description = "A recovery file, or any keyring", Arity = ArgumentArity.ZeroOrOne };
        var (keyring, passphraseFile) = (KeysCommand.KeyringOption(), KeysCommand.PassphraseOption());
        var phraseFile = new Option<string?>("--phrase-file") { Description = "A file that has the recovery phrase, '-' for standard input" };
        var wrap = new NewPassphrase();
        var command = new Command("import", "Make a keyring from a recovery file or a recovery phrase; never overwrites") { file, keyring, passphraseFile, phraseFile, JsonOption.Create() };
        wrap.AddTo(command);
        command.SetAction(parse =>
        {
            if (parse.GetValue(file) is null == (parse.GetValue(phraseFile) is null))
            {
                throw new CliException(ExitCode.Usage, "Give either a recovery file or --phrase-file FILE ('-' for standard input).");
            }

            using var keys = parse.GetValue(file) is { } source
                ? KeysOfFile(source, parse.GetValue(passphraseFile))
                : KeysOfPhrase(ReadAll(parse.GetValue(phraseFile)!));
            // A copy of a file that a passphrase protects is not to lie open because nobody thought of it.
            var chosen = wrap.IsGiven(parse) || !Console.IsInputRedirected ? wrap.Read(parse)
                : new NewPassphrase.Choice(KeyringAccess.Passphrase(parse.GetValue(passphraseFile)), null);
            Write(parse, parse.GetValue(keyring)!, keys, chosen);
            JsonOption.Say(
                parse, $"Made {parse.GetValue(keyring)}, owner {keys.Id}.",
                new JsonObject { ["keyring"] = parse.GetValue(keyring), ["owner"] = keys.Id.ToString(), ["passphrase"] = chosen.Generated });
            return ExitCode.Done;
        });
        return command;
    }

    private static void PrintPhrase(ParseResult parse, OwnerKeys keys)
    {
        if (keys.Epochs.Count > RecoveryPhrase.EpochsMax)
        {
            throw new CliException(ExitCode.Keyring, "This keyring has too many key epochs for paper; export it to a file.");
        }

        var phrase = RecoveryPhrase.Encode(keys);
        JsonOption.Say(parse, phrase, new JsonObject { ["owner"] = keys.Id.ToString(), ["phrase"] = phrase });
        Console.Error.WriteLine("Whoever reads this has the keys. It needs no passphrase.");
    }

    private static OwnerKeys KeysOfFile(string path, string? passphraseFile)
    {
        var opened = KeyringAccess.Open(path, passphraseFile);
        opened.Protection?.Dispose();
        return opened.Keys;
    }

    private static OwnerKeys KeysOfPhrase(string text) => RecoveryPhrase.TryDecode(text, out var keys, out var refusal)
        ? keys
        : throw new CliException(ExitCode.Keyring, refusal);

    private static string ReadAll(string path)
    {
        try
        {
            return path == "-" ? Console.In.ReadToEnd() : SecretFile.Read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Keyring, $"Cannot read the recovery phrase: {error.Message}");
        }
    }

    private static void Write(ParseResult parse, string path, OwnerKeys keys, NewPassphrase.Choice chosen)
    {
        using var protection = KeyringAccess.ProtectionBy(chosen.Text);
        var outcome = KeyringFile.Create(path, keys, protection);
        if (outcome is not KeyringOutcome.Created)
        {
            throw KeyringAccess.Refused(outcome);
        }

        NewPassphrase.Say(parse, chosen.Generated);
    }
}
