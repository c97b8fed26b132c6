namespace Dfs.Node.Cli;

/// <summary>How this program is started again, for the processes that it starts and the hints that it prints.</summary>
public static class ProgramCommand
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "dfs.dll");

    /// <summary>The executable and the arguments that come before the command's own.</summary>
    public static (string File, IReadOnlyList<string> Arguments) Parts =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dfs"
            ? (Environment.ProcessPath!, [])
            : (Environment.ProcessPath ?? "dotnet", [Assembly]);

    /// <summary>The same as a person types it.</summary>
    public static string Text => string.Join(' ', Parts.Arguments.Prepend(Parts.File));
}
