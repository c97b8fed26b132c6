using System.CommandLine;
using Dfs.Core.Manifests;

namespace Dfs.Node.Cli;

/// <summary><c>--snapshot</c>, the same in every command that can show what a bucket was.</summary>
public static class SnapshotOption
{
    public static Option<string?> Create() => new("--snapshot") { Description = "As it was in this snapshot of the bucket", HelpName = "NAME" };

    /// <returns>Null when none is given.</returns>
    /// <exception cref="CliException">It cannot be one.</exception>
    public static string? Parse(string? text) =>
        text is not null && BucketSnapshots.NameRefusal(text) is { } refusal ? throw new CliException(ExitCode.Usage, refusal) : text;
}
