using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Storage.Disk;

namespace Dfs.Storage.Keyring;

/// <summary>An owner's keys in a file, outside of the data directory.</summary>
/// <remarks>
/// With a passphrase, or without one behind mode 0600. On Windows there is no mode; the folder's access list has to
/// do. Creating is atomic and durable and never overwrites: a lost keyring is a lost set of files. Changing is atomic and
/// durable too: after a crash at any step the old or the new file is there, whole. Who changes it holds a lock beside it.
/// </remarks>
public static class KeyringFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const string LockSuffix = ".lock";

    /// <param name="protection">Null for none.</param>
    public static KeyringOutcome Create(string path, OwnerKeys keys, PassphraseKey? protection) =>
        WithBytes(path, keys, protection, bytes => Write(Path.GetFullPath(path), bytes));

    /// <param name="passphrase">Empty for none.</param>
    public static KeyringOutcome Open(string path, ReadOnlySpan<char> passphrase) => Open(path, passphrase, null);

    /// <summary>Opens it again with what its passphrase came to before.</summary>
    /// <param name="protection">Of the earlier opening; given on with the outcome.</param>
    public static KeyringOutcome OpenAgain(string path, PassphraseKey? protection) => Open(path, default, protection);

    /// <summary>Writes the same keys under another passphrase, or none, in place of what is there.</summary>
    /// <param name="passphrase">Opens what is there; empty for none.</param>
    /// <param name="protection">Wraps what is written; null for none.</param>
    public static KeyringOutcome Rewrap(string path, ReadOnlySpan<char> passphrase, PassphraseKey? protection)
    {
        if (!File.Exists(path))
        {
            return new KeyringOutcome.Missing(path);
        }

        path = WithoutLinks(path);

        try
        {
            using var held = HostDisk.Instance.TryLock(path + LockSuffix);
            if (held is null)
            {
                return new KeyringOutcome.Busy(path);
            }

            var outcome = Open(path, passphrase, null);
            if (outcome is not KeyringOutcome.Opened opened)
            {
                return outcome;
            }

            using var keys = opened.Keys;
            using var before = opened.Protection;
            return Replace(HostDisk.Instance, path, keys, protection);
        }
        catch (DiskException failure)
        {
            return new KeyringOutcome.Failed(path, failure.Message);
        }
    }

    /// <summary>Writes other keys of the owner in place of those that are there, under the same passphrase.</summary>
    /// <param name="protection">What the passphrase came to when it was opened; null for none.</param>
    /// <param name="change">From the keys in the file to those that are to be; may give back null to leave it.</param>
    /// <returns>Opened with the keys that are in the file now; they and the protection are the receiver's.</returns>
    public static KeyringOutcome Change(IDisk disk, string path, PassphraseKey? protection, Func<OwnerKeys, OwnerKeys?> change)
    {
        if (!File.Exists(path))
        {
            return new KeyringOutcome.Missing(path);
        }

        path = WithoutLinks(path);
        try
        {
            using var held = disk.TryLock(path + LockSuffix);
            if (held is null)
            {
                return new KeyringOutcome.Busy(path);
            }

            var outcome = OpenAgain(path, protection);
            if (outcome is not KeyringOutcome.Opened opened || change(opened.Keys) is not { } changed)
            {
                return outcome;
            }

            opened.Keys.Dispose();
            var replaced = Replace(disk, path, changed, protection);
            if (replaced is KeyringOutcome.Replaced)
            {
                return new KeyringOutcome.Opened(path, changed, protection);
            }

            changed.Dispose();
            return replaced;
        }
        catch (DiskException failure)
        {
            return new KeyringOutcome.Failed(path, failure.Message);
        }
    }

    private static KeyringOutcome Replace(IDisk disk, string path, OwnerKeys keys, PassphraseKey? protection) =>
        WithBytes(path, keys, protection, bytes =>
        {
            WholeFile.Replace(disk, path, bytes, isPrivate: true);
            return new KeyringOutcome.Replaced(path);
        });

    // Renaming over a link would leave the file that it points to as it was.
    private static string WithoutLinks(string path) =>
        Path.GetFullPath(new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path);

    private static KeyringOutcome WithBytes(
        string path, OwnerKeys keys, PassphraseKey? protection, Func<byte[], KeyringOutcome> write)
    {
        var bytes = KeyringCodec.Encode(keys, protection, FreshRandom.Draw);
        try
        {
            return write(bytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new KeyringOutcome.Failed(path, failure.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static KeyringOutcome Open(string path, ReadOnlySpan<char> passphrase, PassphraseKey? known)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            // Of the open file, not of the name: nobody can exchange it between question and use.
            var mode = OperatingSystem.IsWindows() ? OwnerOnly : File.GetUnixFileMode(file);
            if ((mode & ~OwnerOnly) != 0)
            {
                return new KeyringOutcome.TooOpen(path, mode);
            }

            var length = RandomAccess.GetLength(file);
            if (length > KeyringCodec.FileBytesMax)
            {
                return new KeyringOutcome.Damaged(path, $"{length} bytes are more than a keyring has");
            }

            var bytes = new byte[length];
            var read = RandomAccess.Read(file, bytes, 0);
            var outcome = KeyringCodec.Decode(path, bytes.AsSpan(0, read), passphrase, known);
            CryptographicOperations.ZeroMemory(bytes);
            return outcome;
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return new KeyringOutcome.Missing(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new KeyringOutcome.Failed(path, failure.Message);
        }
    }

    private static KeyringOutcome Write(string path, byte[] bytes) =>
        PrivateFile.Create(path, bytes) ? new KeyringOutcome.Created(path) : new KeyringOutcome.AlreadyThere(path);
}
