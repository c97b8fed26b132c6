namespace Dfs.Tests.Kit;

/// <summary>Files of secrets as people should keep them: of mode 0600.</summary>
internal static class SecretFiles
{
    /// <returns>The path.</returns>
    public static string Write(string path, string text)
    {
        File.WriteAllText(path, text);
        Allow(path, UnixFileMode.None);
        return path;
    }

    /// <summary>Lets others use it, too.</summary>
    public static void Allow(string path, UnixFileMode others)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        }
    }
}
