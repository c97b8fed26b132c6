using Dfs.Storage.Disk;

namespace Dfs.Node.Cli;

/// <summary>Opens a data directory for a command that needs its node stopped.</summary>
internal static class DataDirectoryAccess
{
    /// <param name="command">For the message that a node shows which is started meanwhile.</param>
    /// <exception cref="CliException">Not there, not one of ours, or in use.</exception>
    public static DataDirectory Open(string path, string command)
    {
        if (!Directory.Exists(path))
        {
            throw new CliException(ExitCode.Usage, $"There is no folder {path}.");
        }

        var outcome = DataDirectory.OpenStopped(HostDisk.Instance, Path.GetFullPath(path), $"{Environment.ProcessId} {command}");
        return outcome is DataDirectoryOutcome.Opened opened
            ? opened.Directory
            : throw new CliException(ExitCode.DataDirectory, outcome.Message);
    }
}
