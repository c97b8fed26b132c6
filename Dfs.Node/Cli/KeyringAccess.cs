using Dfs.Actors.Client;
using Dfs.Core.Crypto;
using Dfs.Node.Configuration;
using Dfs.Node.Hosting;
using Dfs.Storage.Keyring;

namespace Dfs.Node.Cli;

/// <summary>Opens and makes keyrings for commands; the passphrase comes from a file or the environment, never from an argument.</summary>
internal static class KeyringAccess
{
    public const string PassphraseVariable = "DFS_PASSPHRASE";

    /// <summary>Its twin: the environment of a process is shown to more than its files are.</summary>
    public const string PassphraseFileVariable = PassphraseVariable + "_FILE";

    /// <param name="passphraseFile">Null: the environment, or none.</param>
    /// <exception cref="CliException">The file cannot be read, or has no first line.</exception>
    public static string Passphrase(string? passphraseFile)
    {
        var file = passphraseFile ?? Environment.GetEnvironmentVariable(PassphraseFileVariable);
        return string.IsNullOrEmpty(file) ? Environment.GetEnvironmentVariable(PassphraseVariable) ?? "" : FirstLine(file);
    }

    /// <param name="path">'-' is standard input.</param>
    /// <exception cref="CliException">It cannot be read, others may read it too, or its first line is empty.</exception>
    /// <param name="what">For the message.</param>
    public static string FirstLine(string path, string what = "passphrase")
    {
        try
        {
            using var file = path == "-" ? null : SecretFile.Open(path);
            return (file ?? Console.In).ReadLine() is { Length: > 0 } line
                ? line
                : throw new CliException(ExitCode.Keyring, $"{(path == "-" ? "Standard input" : path)} has no {what} in its first line.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Keyring, $"Cannot read the {what}: {error.Message}");
        }
    }

    /// <summary>An owner of a node: unlocked, or locked where there is a passphrase and none was given.</summary>
    /// <param name="makes">A keyring with a fresh owner when there is none.</param>
    /// <param name="say">Is told that one was made; null: standard error.</param>
    /// <exception cref="CliException">It does not open; the sentence says what to do.</exception>
    public static NodeOwner OwnerOf(string path, string passphrase, bool makes, Action<string>? say = null)
    {
        var outcome = makes ? OpenOrCreate(path, passphrase, say ?? Console.Error.WriteLine) : KeyringFile.Open(path, passphrase);
        if (!makes && outcome is KeyringOutcome.WrongPassphrase)
        {
            // One variable cannot have the passphrases of several owners: the others' are given when they are unlocked.
            outcome = KeyringFile.Open(path, default(ReadOnlySpan<char>));
        }

        return outcome switch
        {
            KeyringOutcome.Opened opened => new NodeOwner(path, new OwnerSession(opened.Keys), opened.Protection),
            KeyringOutcome.PassphraseNeeded locked => new NodeOwner(path, new OwnerSession(locked.Owner)),
            _ => throw Refused(outcome),
        };
    }

    /// <summary>Makes a keyring with a fresh owner when there is none, and says so.</summary>
    /// <exception cref="CliException">There is one and it does not open, or none can be made; the sentence says what to do.</exception>
    public static void MakeWhenMissing(string path, string passphrase) => OwnerOf(path, passphrase, makes: true).Dispose();

    private static KeyringOutcome OpenOrCreate(string path, string passphrase, Action<string> say)
    {
        var outcome = KeyringFile.Open(path, passphrase);
        if (outcome is not KeyringOutcome.Missing)
        {
            return outcome;
        }

        // Another node that was given the same path may be making it now: then its keyring is the one to open.
        var made = Create(path, passphrase);
        if (made is KeyringOutcome.Created)
        {
            say(made.Message);
        }

        return made is KeyringOutcome.Created or KeyringOutcome.AlreadyThere ? KeyringFile.Open(path, passphrase) : made;
    }

    /// <summary>Opens a keyring for a command; asks for its passphrase where a person sits at a terminal.</summary>
    /// <exception cref="CliException">It does not open; the sentence says what to do.</exception>
    public static KeyringOutcome.Opened Open(string path, string? passphraseFile)
    {
        var outcome = KeyringFile.Open(path, Passphrase(passphraseFile));
        if (outcome is KeyringOutcome.PassphraseNeeded && Ask($"Passphrase of {path}: ") is { } typed)
        {
            outcome = KeyringFile.Open(path, typed);
        }

        return outcome as KeyringOutcome.Opened ?? throw Refused(outcome);
    }

    public static KeyringOutcome Create(string path, string passphrase)
    {
        using var keys = OwnerKeys.Create(FreshRandom.Draw);
        using var protection = ProtectionBy(passphrase);
        return KeyringFile.Create(path, keys, protection);
    }

    /// <returns>Null for no passphrase; else the caller's to dispose.</returns>
    public static PassphraseKey? ProtectionBy(string passphrase) =>
        passphrase.Length == 0 ? null : PassphraseKey.Create(passphrase, TimeProvider.System);

    /// <summary>Asks at the terminal without showing what is typed.</summary>
    /// <returns>Null when nobody sits there.</returns>
    public static string? Ask(string question)
    {
        if (Console.IsInputRedirected)
        {
            return null;
        }

        Console.Error.Write(question);
        var typed = new System.Text.StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key != ConsoleKey.Backspace)
            {
                typed.Append(key.KeyChar);
            }
            else if (typed.Length > 0)
            {
                typed.Length--;
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }

    public static CliException Refused(KeyringOutcome outcome) => new(
        ExitCode.Keyring,
        outcome is KeyringOutcome.PassphraseNeeded
            ? $"{outcome.Message.TrimEnd('.')} in {PassphraseVariable} or with --passphrase-file."
            : outcome.Message);
}
