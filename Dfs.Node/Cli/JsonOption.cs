using System.CommandLine;

namespace Dfs.Node.Cli;

/// <summary><c>--json</c>, the same in every command that prints facts.</summary>
public static class JsonOption
{
    public static Option<bool> Create() => new("--json") { Description = "Print JSON for programs" };
}
