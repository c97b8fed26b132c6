using Dfs.Tests.Kit;

namespace Dfs.Tests.Fuzz;

/// <summary>Inputs that earlier runs found worth keeping: a line each, the target's name, a space, the bytes in hexadecimal.</summary>
internal static class Corpus
{
    public const string Path = "Dfs.Tests/Fuzz/corpus.txt";

    /// <summary>24 inputs of a target, at most 256 bytes each: what the seeds do not show, in a file that people can look at.</summary>
    public const int PerTargetMax = 24, InputBytesMax = 256;

    private static readonly ILookup<string, byte[]> Inputs = SourceTree.Read(Path)
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(' '))
        .ToLookup(parts => parts[0], parts => Convert.FromHexString(parts[1]));

    public static IEnumerable<byte[]> Of(string target) => Inputs[target];

    /// <summary>Adds what was found while there is room; the file is rewritten.</summary>
    public static void Add(IEnumerable<(string Target, IReadOnlyList<byte[]> Found)> found)
    {
        var lines = found.SelectMany(of => Inputs[of.Target].Concat(of.Found.Where(input => input.Length <= InputBytesMax)).Take(PerTargetMax)
            .Select(input => $"{of.Target} {Convert.ToHexStringLower(input)}"));
        var others = Inputs.Where(kept => found.All(of => of.Target != kept.Key))
            .SelectMany(kept => kept.Select(input => $"{kept.Key} {Convert.ToHexStringLower(input)}"));
        File.WriteAllLines(System.IO.Path.Combine(SourceTree.Root, Path), lines.Concat(others).Distinct().Order(StringComparer.Ordinal));
    }
}
