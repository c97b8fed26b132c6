using System.CommandLine;
using System.Text.Json;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs keys list|lock|unlock</c>: the keyrings of a running node.</summary>
internal static class KeysNodeCommands
{
    public static Command CreateList()
    {
        var json = JsonOption.Create();
        return OnNode(new Command("list", "List the owners that a node serves, and which are locked") { json }, async (parse, client, cancellationToken) =>
        {
            var list = await client.OwnersAsync(cancellationToken);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(list, AdminJson.Default.AdminOwnerList));
                return;
            }

            foreach (var owner in list.Owners)
            {
                Console.WriteLine($"{owner.Name,-16} {(owner.Locked ? "locked" : "unlocked"),-8} {owner.Id}{(owner.Default ? "  (default)" : "")}");
            }
        });
    }

    public static Command CreateLock() =>
        OnNode(new Command("lock", "Make a node forget an owner's keys until they are unlocked"), async (_, client, cancellationToken) =>
            Console.WriteLine((await client.LockAsync(cancellationToken)).Detail));

    public static Command CreateRotate() => OnNode(
        new Command("rotate", "Wrap the keys of all files under a new key and destroy the one before; uploads nothing"),
        async (_, client, cancellationToken) => Console.WriteLine((await client.RotateAsync(cancellationToken)).Detail));

    public static Command CreateUnlock()
    {
        var passphraseFile = KeysCommand.PassphraseOption();
        var command = new Command("unlock", "Open an owner's keyring on a node; the passphrase from a file, the environment or the terminal") { passphraseFile };
        return OnNode(command, async (parse, client, cancellationToken) =>
        {
            var passphrase = KeyringAccess.Passphrase(parse.GetValue(passphraseFile));
            passphrase = passphrase.Length > 0 ? passphrase : KeyringAccess.Ask("Passphrase (empty for a keyring without): ") ?? "";
            Console.WriteLine((await client.UnlockAsync(passphrase, cancellationToken)).Detail);
        });
    }

    public static Command CreateIdentity() => OnNode(
        new Command("identity", "Print an owner's public key, for others to share with"), async (_, client, cancellationToken) =>
            Console.WriteLine((await client.IdentityAsync(cancellationToken)).Identity));

    private static Command OnNode(Command command, Func<ParseResult, NodeClient, CancellationToken, Task> act)
    {
        var node = new NodeOptions();
        node.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var client = node.Connect(parse);
            await act(parse, client, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }
}
