using System.CommandLine;
using Dfs.Actors.Client;
using Dfs.Core.Primitives;

namespace Dfs.Node.Cli;

/// <summary><c>--version</c>, the same in every command that can be about an older version.</summary>
public static class VersionOption
{
    public static Option<string?> Create(string description) => new("--version") { Description = description };

    /// <returns>Null when none is given.</returns>
    /// <exception cref="CliException">It cannot be one.</exception>
    public static VersionId? Parse(string? text) => text is null ? null
        : VersionId.TryParse(text, out var version) ? version
        : throw new CliException(ExitCode.Usage, VersionText.NotAnId(text));
}
