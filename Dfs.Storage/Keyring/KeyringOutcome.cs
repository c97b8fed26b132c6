using Dfs.Core.Crypto;

namespace Dfs.Storage.Keyring;

/// <summary>What became of opening or creating a keyring.</summary>
/// <param name="Message">A sentence for the user; says what to do where something can be done.</param>
public abstract record KeyringOutcome(string Message)
{
    /// <param name="Keys">The receiver's to dispose.</param>
    /// <param name="Protection">What it is wrapped by, for writing it again; null when its mode alone protects it. The receiver's to dispose.</param>
    public sealed record Opened(string Path, OwnerKeys Keys, PassphraseKey? Protection) : KeyringOutcome($"The keyring {Path} is open.");

    /// <summary>Written durably; nothing was there before.</summary>
    public sealed record Created(string Path) : KeyringOutcome(
        $"Made the keyring {Path}. Keep a copy of it elsewhere: without it nobody can read your files, ever.");

    /// <summary>Written durably in place of what was there.</summary>
    public sealed record Replaced(string Path) : KeyringOutcome($"The keyring {Path} is changed. Copies of it are as they were: make new ones.");

    /// <summary>Another program is changing it.</summary>
    public sealed record Busy(string Path) : KeyringOutcome($"Another program is changing {Path}; try again.");

    public sealed record Missing(string Path) : KeyringOutcome($"There is no keyring at {Path}.");

    /// <summary>Creating never overwrites.</summary>
    public sealed record AlreadyThere(string Path) : KeyringOutcome($"{Path} exists already and was left as it is.");

    /// <summary>Others could read or change it.</summary>
    public sealed record TooOpen(string Path, UnixFileMode Mode) : KeyringOutcome(
        $"Others than you may use the keyring {Path} (mode {Convert.ToString((int)Mode, 8)}). "
        + $"Run: chmod 600 '{Path}'. If others could read it before, make a new keyring.");

    /// <param name="Owner">Whose it says that it is; believed when it opens.</param>
    public sealed record PassphraseNeeded(string Path, OwnerPublicKey Owner) : KeyringOutcome($"The keyring {Path} has a passphrase; give it.");

    /// <summary>The file is whole, but does not open.</summary>
    public sealed record WrongPassphrase(string Path) : KeyringOutcome($"That is not the passphrase of {Path}.");

    /// <summary>No passphrase will open it: take the copy.</summary>
    public sealed record Damaged(string Path, string Reason) : KeyringOutcome(
        $"The keyring {Path} is damaged ({Reason}). Use your copy of it.");

    /// <summary>The disk refused.</summary>
    public sealed record Failed(string Path, string Reason) : KeyringOutcome($"Could not use {Path}: {Reason}");
}
