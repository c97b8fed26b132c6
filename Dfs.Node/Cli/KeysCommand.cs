using System.CommandLine;
using Dfs.Storage.Keyring;

namespace Dfs.Node.Cli;

/// <summary><c>dfs keys create|show</c></summary>
public static class KeysCommand
{
    public static Command Create() => new("keys", "Make and look at keyrings") { CreateKeyring(), Show() };

    private static Command CreateKeyring()
    {
        var (keyring, passphraseFile) = (KeyringOption(), PassphraseOption());
        var command = new Command("create", "Make a keyring with a fresh owner, to be given to several nodes") { keyring, passphraseFile };
        command.SetAction(parse =>
        {
            var outcome = KeyringAccess.Create(
                parse.GetValue(keyring)!, KeyringAccess.Passphrase(parse.GetValue(passphraseFile)));
            if (outcome is not KeyringOutcome.Created)
            {
                throw KeyringAccess.Refused(outcome);
            }

            Console.WriteLine(outcome.Message);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show()
    {
        var (keyring, passphraseFile) = (KeyringOption(), PassphraseOption());
        var command = new Command("show", "Open a keyring and print its owner's id, which is public") { keyring, passphraseFile };
        command.SetAction(parse =>
        {
            var outcome = KeyringFile.Open(parse.GetValue(keyring)!, KeyringAccess.Passphrase(parse.GetValue(passphraseFile)));
            if (outcome is not KeyringOutcome.Opened opened)
            {
                throw KeyringAccess.Refused(outcome);
            }

            using var keys = opened.Keys;
            Console.WriteLine($"owner {keys.Id}");
            return ExitCode.Done;
        });
        return command;
    }

    private static Option<string> KeyringOption() => new("--keyring") { Description = "The keyring file", Required = true };

    internal static Option<string?> PassphraseOption() => new("--passphrase-file")
    {
        Description = $"File whose first line wraps the keyring; default from {KeyringAccess.PassphraseVariable}, else none",
    };
}
