using System.Text.RegularExpressions;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Tidy;

/// <summary>The embedded engine holds what the product needs and stays as small; docs/adr/0001-two-engines.md has the figures.</summary>
public sealed partial class EngineSizeTests
{
    /// <summary>The lines of code that the engine had when it was last cut down, rounded up. Lower it with each cut.</summary>
    private const int CodeLinesMax = 11_200;

    [Fact]
    public void The_engine_does_not_grow_unnoticed()
    {
        var sizes = SourceTree.Files("engine", "*.cs").Where(IsEngine)
            .GroupBy(file => file.Split('/')[1])
            .ToDictionary(project => project.Key, project => project.Sum(CodeLines));

        var report = string.Join(", ", sizes.Select(project => $"{project.Key} {project.Value}"));
        Assert.True(sizes.Values.Sum() <= CodeLinesMax, $"{sizes.Values.Sum()} lines of code, at most {CodeLinesMax}: {report}");
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("    // why", false)]
    [InlineData("/// <summary>what</summary>", false)]
    [InlineData("    });", false)]
    [InlineData("    [];", false)]
    [InlineData("using Akka.Actor;", false)]
    [InlineData("using Receive = System.Action;", false)]
    [InlineData("        using var muted = new Muted();", true)]
    [InlineData("namespace Akka.Actor;", true)]
    [InlineData("    [Obsolete]", true)]
    [InlineData("        return true; // why", true)]
    public void A_line_of_code_is_counted_and_nothing_else(string line, bool isCounted) => Assert.Equal(isCounted, IsCode(line));

    // Their tests and their tools are no part of what the product carries.
    private static bool IsEngine(string file) =>
        !file.StartsWith("engine/Engine.Tests/", StringComparison.Ordinal) && !file.StartsWith("engine/tools/", StringComparison.Ordinal);

    private static int CodeLines(string file) => SourceTree.Read(file).Split('\n').Count(IsCode);

    private static bool IsCode(string line) => !NoCode().IsMatch(line);

    [GeneratedRegex(@"^\s*(//.*|[{}()\[\];,]*|(global )?using (static )?[\w.]+( = [\w.<>]+)?;)\s*$")]
    private static partial Regex NoCode();
}
