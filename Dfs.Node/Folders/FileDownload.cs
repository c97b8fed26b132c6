using System.Security.Cryptography;
using System.Text;
using Dfs.Node.Cli;
using RateLimit = Dfs.Actors.Transfer.RateLimit;

namespace Dfs.Node.Folders;

/// <summary>Writes a download to a file, all of it or nothing.</summary>
public static class FileDownload
{
    private const int PieceBytes = 256 * 1024;

    /// <summary>Beside the target and renamed at the end: a broken download never replaces a whole file.</summary>
    /// <param name="progressed">Is given each piece's size in bytes.</param>
    /// <param name="modifiedAt">What the file's time is set to; null leaves it.</param>
    /// <returns>How many bytes it has.</returns>
    /// <exception cref="CliException">It broke off, or cannot be written; the target is as it was.</exception>
    public static async Task<long> ToFileAsync(
        HttpResponseMessage response, string path, string key, Action<long> progressed, RateLimit limit, DateTimeOffset? modifiedAt,
        CancellationToken cancellationToken)
    {
        // Of its own length: a name that is as long as names may be has room for nothing more.
        var mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(path))).AsSpan(0, 8));
        var folder = Path.GetDirectoryName(path) ?? "";
        var partial = Path.Combine(folder, $".{mark}{FolderScan.PartialSuffix}");
        if (Directory.Exists(path) || (folder.Length > 0 && !Directory.Exists(folder)))
        {
            throw new CliException(ExitCode.Usage, Directory.Exists(path) ? $"Cannot write {path}: it is a folder; name a file in it." : $"Cannot write {path}: there is no folder {folder}.");
        }

        try
        {
            long receivedBytes;
            await using (var target = new FileStream(
                partial, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 }))
            {
                receivedBytes = await CopyAsync(response, target, key, progressed, limit, cancellationToken);
            }

            if (modifiedAt is { } time)
            {
                File.SetLastWriteTimeUtc(partial, time.UtcDateTime);
            }

            File.Move(partial, path, overwrite: true);
            return receivedBytes;
        }
        catch (Exception error) when (error is UnauthorizedAccessException or DirectoryNotFoundException)
        {
            throw new CliException(ExitCode.Usage, $"Cannot write {path}: {error.Message}");
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <returns>How many bytes were copied.</returns>
    /// <exception cref="CliException">It broke off.</exception>
    public static async Task<long> CopyAsync(
        HttpResponseMessage response, Stream target, string key, Action<long> progressed, RateLimit limit, CancellationToken cancellationToken)
    {
        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        var piece = new byte[PieceBytes];
        var receivedBytes = 0L;
        int read;
        while ((read = await ReadAsync(source, piece, key, receivedBytes, cancellationToken)) > 0)
        {
            await target.WriteAsync(piece.AsMemory(0, read), cancellationToken);
            receivedBytes += read;
            progressed(read);
            await limit.WaitAsync(read, cancellationToken);
        }

        return receivedBytes;
    }

    private static async Task<int> ReadAsync(
        Stream source, byte[] piece, string key, long receivedBytes, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(piece, cancellationToken);
        }
        catch (Exception error) when (error is HttpIOException or HttpRequestException or IOException)
        {
            throw new CliException(
                ExitCode.Damaged, $"{key} broke off after {receivedBytes:N0} bytes; the node's log says why. Nothing was kept.");
        }
    }
}
