using System.CommandLine;
using System.Text;
using Dfs.Storage.Disk;

namespace Dfs.Node.Cli;

/// <summary><c>--to FILE</c> of commands that make a secret: there with mode 0600, instead of on the terminal.</summary>
internal static class SecretOutput
{
    public static Option<string?> Option() => new("--to") { Description = "Write it to this new file, with mode 0600, instead of printing it" };

    /// <summary>Nothing is at the path, and something could be: asked before the secret is made.</summary>
    /// <exception cref="CliException">It cannot be written there.</exception>
    public static void RequireFree(string? path)
    {
        if (path is not null && Path.Exists(path))
        {
            throw new CliException(ExitCode.Usage, $"{path} is there already, and is not overwritten; nothing was made.");
        }

        if (path is not null && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
        {
            throw new CliException(ExitCode.Usage, $"There is no folder for {path}; nothing was made.");
        }
    }

    /// <summary>Writes the secret as the file's only line.</summary>
    /// <param name="name">What it is, for the message.</param>
    /// <param name="undo">The command that ends what was made.</param>
    /// <exception cref="CliException">It cannot be written; says what to do with what was made.</exception>
    public static void Write(string path, string secret, string name, string undo)
    {
        try
        {
            if (PrivateFile.Create(path, Encoding.ASCII.GetBytes($"{secret}\n")))
            {
                return;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failed, $"The {name} was made and could not be written to {path}: {error.Message} End it with: {undo}");
        }

        throw new CliException(ExitCode.Failed, $"The {name} was made, and {path} came to be meanwhile, which is not overwritten. End it with: {undo}");
    }
}
