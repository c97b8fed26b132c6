using Dfs.Core.Folders;
using Dfs.Node.Cli;

namespace Dfs.Node.Folders;

/// <summary>What <c>dfs put</c> is to store, and under which keys.</summary>
public sealed class PutSources
{
    private readonly List<(LocalFile File, string Key)> _files = [];
    private readonly List<LeftOut> _leftOut = [];

    private PutSources() { }

    /// <summary>One file or standard input, which may have a key of its own; null for several.</summary>
    public (string Path, string Key)? Alone { get; private init; }

    public IReadOnlyList<(LocalFile File, string Key)> Files => _files;

    public IReadOnlyList<LeftOut> LeftOut => _leftOut;

    /// <param name="arguments">At least one.</param>
    /// <param name="to">The prefix of all; null when the last argument may be it.</param>
    /// <exception cref="CliException">It is not clear what is meant, or it is not there.</exception>
    public static PutSources Parse(string[] arguments, string? to, bool isRecursive)
    {
        var (sources, target) = Split(arguments, to, isRecursive);
        if (to is null && sources is [var path] && !IsPattern(path) && !Directory.Exists(path) && (target is null || !target.EndsWith('/')))
        {
            return new PutSources { Alone = (path, target ?? DefaultKey(path)) };
        }

        var all = new PutSources();
        foreach (var source in sources)
        {
            all.Take(source, target, isRecursive, isAlone: sources.Length == 1);
        }

        all.RefuseTwins();
        return all;
    }

    /// <summary>Tells the files from what names the place that they go to.</summary>
    private static (string[] Sources, string? Target) Split(string[] arguments, string? to, bool isRecursive)
    {
        if (to is not null || arguments.Length == 1)
        {
            return (arguments, to);
        }

        var (before, last) = (arguments[..^1], arguments[^1]);
        if (before is not [var first])
        {
            return last.EndsWith('/') && !isRecursive ? (before, last) : (arguments, null);
        }

        // What a shell made of a pattern looks like a file and a key.
        var isAmbiguous = first != last && !isRecursive && !last.EndsWith('/') && File.Exists(first) && File.Exists(last);
        return isAmbiguous
            ? throw new CliException(
                ExitCode.Usage, $"{first} and {last} are both files here. To store both give --to PREFIX (\"\" for none); to store the first under the second's name: dfs put - {last} < {first}")
            : (before, last);
    }

    private void Take(string source, string? target, bool isRecursive, bool isAlone)
    {
        if (source == "-")
        {
            throw new CliException(ExitCode.Usage, "Standard input is stored alone: dfs put - KEY");
        }

        if (IsPattern(source))
        {
            var pattern = new GlobPattern(OperatingSystem.IsWindows() ? source.Replace('\\', '/') : source);
            var matching = FolderScan.Of(pattern);
            if (matching.Files.Count == 0)
            {
                throw new CliException(ExitCode.Usage, $"No file here matches {source}.");
            }

            Add(matching, FolderPath.PrefixOf(target ?? ""));
        }
        else if (Directory.Exists(source))
        {
            if (!isRecursive)
            {
                throw new CliException(ExitCode.Usage, $"{source} is a folder; -r stores it with everything below it.");
            }

            // Alone it goes to the prefix itself, as one of several to a folder of its name.
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)));
            Add(FolderScan.Of(source), target is null ? FolderPath.PrefixOf(name) : FolderPath.PrefixOf(target) + (isAlone ? "" : FolderPath.PrefixOf(name)));
        }
        else
        {
            var file = new FileInfo(source);
            if (!file.Exists)
            {
                throw new CliException(ExitCode.Usage, $"Cannot read {source}: there is no such file.");
            }

            // A link that is named by the user means what it leads to.
            var content = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            _files.Add((LocalFile.Of(file.Name, content), FolderPath.PrefixOf(target ?? "") + file.Name));
        }
    }

    private void Add(FolderScan scan, string prefix)
    {
        _files.AddRange(scan.Files.Select(file => (file, prefix + file.Name)));
        _leftOut.AddRange(scan.LeftOut);
    }

    private void RefuseTwins()
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (file, key) in _files)
        {
            if (!seen.TryAdd(key, file.Path))
            {
                throw new CliException(ExitCode.Usage, $"{seen[key]} and {file.Path} would both be stored as {key}; nothing was stored.");
            }
        }
    }

    // A file that is called so is meant itself.
    private static bool IsPattern(string path) => GlobPattern.IsPattern(path) && !File.Exists(path) && !Directory.Exists(path);

    private static string DefaultKey(string path) => path == "-"
        ? throw new CliException(ExitCode.Usage, "Standard input has no name; give a KEY: dfs put - KEY")
        : Path.GetFileName(path);
}
