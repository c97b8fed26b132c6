using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Storage.Disk;

namespace Dfs.Storage.Keyring;

/// <summary>An owner's keys in a file, outside of the data directory.</summary>
/// <remarks>
/// With a passphrase, or without one behind mode 0600. On Windows there is no mode; the folder's access list has to
/// do. Creating is atomic and durable and never overwrites: a lost keyring is a lost set of files.
/// </remarks>
public static class KeyringFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="passphrase">Empty for none.</param>
    /// <param name="rounds">From <see cref="PassphraseCost.Calibrate"/>; without meaning when there is no passphrase.</param>
    public static KeyringOutcome Create(string path, OwnerKeys keys, ReadOnlySpan<char> passphrase, int rounds)
    {
        var bytes = KeyringCodec.Encode(keys, passphrase, rounds, FreshRandom.Draw);
        try
        {
            return Write(Path.GetFullPath(path), bytes);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DiskException)
        {
            return new KeyringOutcome.Failed(path, failure.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <param name="passphrase">Empty for none.</param>
    public static KeyringOutcome Open(string path, ReadOnlySpan<char> passphrase)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read);
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
            var outcome = KeyringCodec.Decode(path, bytes.AsSpan(0, read), passphrase);
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

    private static KeyringOutcome Write(string path, byte[] bytes)
    {
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        var draft = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.new";
        try
        {
            WriteDraft(draft, bytes);
            // Within one folder this links and unlinks, so an existing file stops it, whoever came first.
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            return new KeyringOutcome.AlreadyThere(path);
        }
        finally
        {
            File.Delete(draft);
        }

        HostDisk.Instance.SyncFolders([folder]);
        return new KeyringOutcome.Created(path);
    }

    private static void WriteDraft(string draft, byte[] bytes)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var file = new FileStream(draft, options);
        file.Write(bytes);
        file.Flush(flushToDisk: true);
    }
}
