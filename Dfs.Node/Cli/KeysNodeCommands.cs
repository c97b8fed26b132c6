using System.CommandLine;
using System.Text.Json;
using Dfs.Client.Http;
using Dfs.Gateway.Admin;

namespace Dfs.Node.Cli;

/// <summary><c>dfs keys list|lock|unlock</c>: the keyrings of a running node.</summary>
internal static class KeysNodeCommands
{
    public static Command CreateList()
    {
        var json = JsonOption.Create();
        return NodeOptions.OnNode(new Command("list", "List the owners that a node serves, and which are locked") { json }, async (parse, client, cancellationToken) =>
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

    public static Command CreateLock() => Saying(
        new Command("lock", "Make a node forget an owner's keys until they are unlocked"), (_, client, cancellationToken) => client.LockAsync(cancellationToken));

    public static Command CreateRotate() => Saying(
        new Command("rotate", "Wrap the keys of all files under a new key and destroy the one before; uploads nothing"),
        (_, client, cancellationToken) => client.RotateAsync(cancellationToken));

    public static Command CreateUnlock()
    {
        var passphraseFile = KeysCommand.PassphraseOption();
        var command = new Command("unlock", "Open an owner's keyring on a node; the passphrase from a file, the environment or the terminal") { passphraseFile };
        return Saying(command, (parse, client, cancellationToken) =>
        {
            var passphrase = KeyringAccess.Passphrase(parse.GetValue(passphraseFile));
            passphrase = passphrase.Length > 0 ? passphrase : KeyringAccess.Ask("Passphrase (empty for a keyring without): ") ?? "";
            return client.UnlockAsync(passphrase, cancellationToken);
        });
    }

    public static Command CreateIdentity()
    {
        var json = JsonOption.Create();
        return NodeOptions.OnNode(new Command("identity", "Print an owner's public key, for others to share with") { json }, async (parse, client, cancellationToken) =>
        {
            var answer = await client.IdentityAsync(cancellationToken);
            Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(answer, AdminJson.Default.IdentityResult) : answer.Identity);
        });
    }

    /// <summary>Prints the answer's sentence, or all of it as JSON.</summary>
    private static Command Saying(Command command, Func<ParseResult, NodeClient, CancellationToken, Task<AdminAnswer>> ask)
    {
        var json = JsonOption.Create();
        command.Options.Add(json);
        return NodeOptions.OnNode(command, async (parse, client, cancellationToken) =>
        {
            var answer = await ask(parse, client, cancellationToken);
            Console.WriteLine(parse.GetValue(json) ? JsonSerializer.Serialize(answer, AdminJson.Default.AdminAnswer) : answer.Detail);
        });
    }
}
