using Dfs.Node.Configuration;
using Dfs.Storage.Trust;
using Microsoft.Extensions.Logging;

namespace Dfs.Node.Cli;

/// <summary>Opens and makes the cluster's authority for commands and for a node.</summary>
internal static class AuthorityAccess
{
    /// <summary>The authority that a node was given; made when it is the first of a new cluster.</summary>
    /// <returns>Null where there is none, or where it has a passphrase that was not given; else the caller's to dispose.</returns>
    /// <exception cref="CliException">There is one, and it cannot be used.</exception>
    public static Authority? OfNode(NodeSettings settings, string passphrase, ILogger log)
    {
        if (!settings.Trust.IsTls || settings.Trust.Organisation is not null || settings.StoresOnly)
        {
            // A node that only stores issues no certificates: whoever takes it lets nobody in.
            return null;
        }

        var path = settings.Trust.AuthorityFile;
        var outcome = AuthorityFile.Open(path, passphrase);
        // Only before this directory has a certificate: a second authority for one cluster would part it.
        if (outcome is AuthorityOutcome.Missing && IsFirstSeed(settings) && !new TlsFolder(settings.DataDirectory).HasCertificate)
        {
            log.LogWarning("{Message}", Create(path, passphrase).Message);
            outcome = AuthorityFile.Open(path, passphrase);
        }

        switch (outcome)
        {
            case AuthorityOutcome.Opened opened:
                return opened.Value;
            case AuthorityOutcome.Missing:
                return null;
            case AuthorityOutcome.PassphraseNeeded:
                log.LogWarning("The authority {Path} is locked: this node issues no certificates", path);
                return null;
            default:
                throw Refused(outcome);
        }
    }

    /// <exception cref="CliException">It does not open.</exception>
    public static Authority Open(string path, string? passphraseFile)
    {
        var outcome = AuthorityFile.Open(path, KeyringAccess.Passphrase(passphraseFile));
        if (outcome is AuthorityOutcome.PassphraseNeeded && KeyringAccess.Ask($"Passphrase of {path}: ") is { } typed)
        {
            outcome = AuthorityFile.Open(path, typed);
        }

        return outcome is AuthorityOutcome.Opened opened ? opened.Value : throw Refused(outcome);
    }

    /// <exception cref="CliException">There is one already, or it cannot be written.</exception>
    public static AuthorityOutcome.Created Create(string path, string passphrase)
    {
        using var authority = Authority.Create(TimeProvider.System.GetUtcNow());
        return Write(path, authority, passphrase);
    }

    /// <exception cref="CliException">There is one already, or it cannot be written.</exception>
    public static AuthorityOutcome.Created Write(string path, Authority authority, string passphrase)
    {
        using var protection = KeyringAccess.ProtectionBy(passphrase);
        var outcome = AuthorityFile.Create(path, authority, protection);
        return outcome as AuthorityOutcome.Created ?? throw Refused(outcome);
    }

    private static bool IsFirstSeed(NodeSettings settings) =>
        settings.Seeds.Count == 0 || settings.Seeds[0] == $"{settings.Host}:{settings.Port}";

    private static CliException Refused(AuthorityOutcome outcome) => new(
        ExitCode.Keyring,
        outcome is AuthorityOutcome.PassphraseNeeded
            ? $"{outcome.Message.TrimEnd('.')} in {KeyringAccess.PassphraseVariable} or with --passphrase-file."
            : outcome.Message);
}
