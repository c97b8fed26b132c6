using Dfs.Client;

namespace Dfs.Node.Cli;

/// <summary>Ends a command with a sentence for the user and an exit code; never shown with a stack trace.</summary>
public sealed class CliException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>What the node answered; null when it is not a node's answer.</summary>
    public DfsOutcome? Outcome { get; init; }
}
