using System.CommandLine;
using System.Text.Json.Nodes;
using Dfs.Storage.Keyring;

namespace Dfs.Node.Cli;

/// <summary><c>dfs keys create|show|passphrase|s3|token</c>, and the commands beside them.</summary>
public static class KeysCommand
{
    public static Command Create() => new("keys", "Make, look at, copy and change keyrings")
    {
        CreateKeyring(), Show(), ChangePassphrase(), KeysCopyCommands.CreateExport(), KeysCopyCommands.CreateImport(),
        KeysNodeCommands.CreateList(), KeysNodeCommands.CreateLock(), KeysNodeCommands.CreateUnlock(), KeysNodeCommands.CreateRotate(), KeysNodeCommands.CreateIdentity(),
        AccessKeysCommand.Create(), TokensCommand.Create(),
    };

    private static Command CreateKeyring()
    {
        var (keyring, passphraseFile) = (KeyringOption(), PassphraseOption());
        var generate = NewPassphrase.GenerateOption();
        var command = new Command("create", "Make a keyring with a fresh owner, to be given to several nodes") { keyring, passphraseFile, generate, JsonOption.Create() };
        command.SetAction(parse =>
        {
            var generated = parse.GetValue(generate) ? FreshRandom.Passphrase() : null;
            var outcome = KeyringAccess.Create(
                parse.GetValue(keyring)!, generated ?? KeyringAccess.Passphrase(parse.GetValue(passphraseFile)));
            if (outcome is not KeyringOutcome.Created)
            {
                throw KeyringAccess.Refused(outcome);
            }

            NewPassphrase.Say(parse, generated);
            JsonOption.Say(parse, outcome.Message, new JsonObject { ["keyring"] = parse.GetValue(keyring), ["detail"] = outcome.Message, ["passphrase"] = generated });
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show()
    {
        var (keyring, passphraseFile) = (KeyringOption(), PassphraseOption());
        var command = new Command("show", "Open a keyring and print what is public of it: its owner's id, how it is protected") { keyring, passphraseFile, JsonOption.Create() };
        command.SetAction(parse =>
        {
            var opened = KeyringAccess.Open(parse.GetValue(keyring)!, parse.GetValue(passphraseFile));
            using var keys = opened.Keys;
            using var protection = opened.Protection;
            var protectedBy = protection is null
                ? "protected by its file mode alone"
                : $"protected by a passphrase, {protection.Rounds} rounds of PBKDF2-HMAC-SHA256";
            JsonOption.Say(parse, $"owner {keys.Id}\n{protectedBy}\nkey epochs {string.Join(", ", keys.Epochs.Keys)}", new JsonObject
            {
                ["owner"] = keys.Id.ToString(),
                ["hasPassphrase"] = protection is not null,
                ["rounds"] = (int?)protection?.Rounds,
                ["epochs"] = new JsonArray([.. keys.Epochs.Keys.Select(epoch => JsonValue.Create(epoch.ToString()))]),
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static Command ChangePassphrase()
    {
        var (keyring, passphraseFile) = (KeyringOption(), PassphraseOption());
        var remove = new Option<bool>("--remove") { Description = "Leave the file's mode as its only protection" };
        var next = new NewPassphrase();
        var command = new Command(
            "passphrase", "Change a keyring's passphrase; copies of it keep theirs, and so does who had it before") { keyring, passphraseFile, remove, JsonOption.Create() };
        next.AddTo(command);
        command.SetAction(parse =>
        {
            var path = parse.GetValue(keyring)!;
            var before = KeyringAccess.Passphrase(parse.GetValue(passphraseFile));
            if (KeyringFile.Open(path, before) is KeyringOutcome.PassphraseNeeded)
            {
                before = KeyringAccess.Ask($"Passphrase of {path}: ") ?? before;
            }

            var chosen = parse.GetValue(remove) ? new NewPassphrase.Choice("", null) : next.Read(parse);
            using var protection = KeyringAccess.ProtectionBy(chosen.Text);
            var outcome = KeyringFile.Rewrap(path, before, protection);
            if (outcome is not KeyringOutcome.Replaced)
            {
                throw KeyringAccess.Refused(outcome);
            }

            NewPassphrase.Say(parse, chosen.Generated);
            JsonOption.Say(parse, outcome.Message, new JsonObject { ["keyring"] = path, ["detail"] = outcome.Message, ["passphrase"] = chosen.Generated });
            return ExitCode.Done;
        });
        return command;
    }

    internal static Option<string> KeyringOption() => new("--keyring") { Description = "The keyring file", Required = true };

    internal static Option<string?> PassphraseOption() => new("--passphrase-file")
    {
        Description = $"File whose first line is the keyring's passphrase, '-' for standard input; default {KeyringAccess.PassphraseFileVariable}, then the passphrase in {KeyringAccess.PassphraseVariable}, else none",
    };
}
