namespace Dfs.Tests.Kit;

/// <summary>The repository that these tests were built from.</summary>
internal static class SourceTree
{
    private static readonly string[] Skipped = ["artifacts", "bin", "obj", ".git"];

    public static string Root { get; } = FindRoot();

    /// <summary>Paths below the root with '/' between their parts, in ordinal order.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(Skipped.Contains))
            .Order(StringComparer.Ordinal);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "AkkaDfs.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("AkkaDfs.sln is above the folder of the tests.");
    }
}
