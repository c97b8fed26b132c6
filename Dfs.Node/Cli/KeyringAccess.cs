using Dfs.Core.Crypto;
using Dfs.Storage.Keyring;

namespace Dfs.Node.Cli;

/// <summary>Opens and makes keyrings for commands; the passphrase comes from a file or the environment, never from an argument.</summary>
internal static class KeyringAccess
{
    public const string PassphraseVariable = "DFS_PASSPHRASE";

    /// <param name="passphraseFile">Null: the environment, or none.</param>
    /// <exception cref="CliException">The file cannot be read, or has no first line.</exception>
    public static string Passphrase(string? passphraseFile)
    {
        if (passphraseFile is null)
        {
            return Environment.GetEnvironmentVariable(PassphraseVariable) ?? "";
        }

        try
        {
            using var file = new StreamReader(passphraseFile);
            return file.ReadLine() is { Length: > 0 } passphrase
                ? passphrase
                : throw new CliException(ExitCode.Keyring, $"{passphraseFile} has no passphrase in its first line.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Keyring, $"Cannot read the passphrase: {error.Message}");
        }
    }

    /// <summary>Opens the keyring; makes one with a fresh owner when there is none, and says so.</summary>
    /// <exception cref="CliException">It does not open; the sentence says what to do.</exception>
    public static OwnerKeys OpenOrCreate(string path, string passphrase)
    {
        var outcome = KeyringFile.Open(path, passphrase);
        if (outcome is KeyringOutcome.Missing)
        {
            // Another node that was given the same path may be making it now: then its keyring is the one to open.
            var made = Create(path, passphrase);
            outcome = made is KeyringOutcome.Created or KeyringOutcome.AlreadyThere ? KeyringFile.Open(path, passphrase) : made;
            if (made is KeyringOutcome.Created)
            {
                Console.Error.WriteLine(made.Message);
            }
        }

        return outcome is KeyringOutcome.Opened opened ? opened.Keys : throw Refused(outcome);
    }

    public static KeyringOutcome Create(string path, string passphrase)
    {
        using var keys = OwnerKeys.Create(FreshRandom.Draw);
        var rounds = passphrase.Length == 0 ? PassphraseCost.RoundsMin : PassphraseCost.Calibrate(TimeProvider.System);
        return KeyringFile.Create(path, keys, passphrase, rounds);
    }

    public static CliException Refused(KeyringOutcome outcome) => new(
        ExitCode.Keyring,
        outcome is KeyringOutcome.PassphraseNeeded
            ? $"{outcome.Message.TrimEnd('.')} in {PassphraseVariable} or with --passphrase-file."
            : outcome.Message);
}
