namespace Dfs.Node.Configuration;

/// <summary>A secret that a person hands to the program in a file, such as a passphrase, a token or an invitation: read while nobody else may use the file.</summary>
/// <remarks>Pipes and terminals are nobody else's. On Windows the folder's access list has to do.</remarks>
internal static class SecretFile
{
    /// <summary>Set to 1 where the platform mounts secrets so that everybody can read them, as those of containers do.</summary>
    public const string AllowReadableVariable = "DFS_ALLOW_READABLE_SECRETS";

    private const UnixFileMode Others = (UnixFileMode)0b111_111;

    /// <returns>The caller's to dispose.</returns>
    /// <exception cref="IOException">It cannot be opened, or others may use it; says what to do.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static StreamReader Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            // Of the open file, not of the name: nobody can exchange it between question and use.
            if (!OperatingSystem.IsWindows() && stream.CanSeek && File.GetUnixFileMode(stream.SafeFileHandle) is var mode && (mode & Others) != 0
                && Environment.GetEnvironmentVariable(AllowReadableVariable) != "1")
            {
                throw new IOException(
                    $"Others than you may use {path} (mode {Convert.ToString((int)mode, 8)}). Run: chmod 600 '{path}'; or set {AllowReadableVariable}=1 where secrets are mounted so, as in containers.");
            }

            return new StreamReader(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="Open"/>
    /// <returns>All of it.</returns>
    public static string Read(string path)
    {
        using var file = Open(path);
        return file.ReadToEnd();
    }
}
