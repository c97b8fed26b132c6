using System.Text.RegularExpressions;
using Dfs.Actors.Repair;
using Dfs.Core.Catalog;
using Dfs.Core.Repair;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Tidy;

/// <summary>The table of docs/threat-model.md: what it says of times and samples is what the program has, and each row is held by tests that there are.</summary>
public sealed partial class ThreatModelTests
{
    private static readonly string[][] Rows = [.. SourceTree.Read("docs/threat-model.md").Split('\n')
        .SkipWhile(line => !line.StartsWith("| it | integrity |", StringComparison.Ordinal)).Skip(2)
        .TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1])];

    [Fact]
    public void Each_row_names_tests_that_there_are()
    {
        var tests = SourceTree.Files("Dfs.Tests", "*.cs").Concat(SourceTree.Files("engine/Engine.Tests", "*.cs"))
            .Where(file => SourceTree.Read(file) is var source && (source.Contains("[Fact", StringComparison.Ordinal) || source.Contains("[Theory", StringComparison.Ordinal)))
            .Select(Path.GetFileNameWithoutExtension).ToHashSet();

        Assert.InRange(Rows.Length, 18, 100);
        foreach (var row in Rows)
        {
            var named = Name().Matches(row[4]).Select(match => match.Groups[1].Value).Where(name => !name.EndsWith(".sh", StringComparison.Ordinal)).ToList();
            Assert.True(named.Count > 0 && named.TrueForAll(tests.Contains), $"'{row[0]}' is held by {row[4]}");
        }
    }

    [Fact]
    public void Its_times_and_samples_are_those_of_the_program()
    {
        var (drops, older) = (RowOf("says \"stored\"")[3], RowOf("gives an older head")[2]);

        Assert.Contains("a second one a minute later", drops, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromMinutes(1), AuditLedger.RecheckAfter);
        Assert.Contains("by 460 samples, 38 minutes at one in 5 s", drops, StringComparison.Ordinal);
        Assert.Equal((460, TimeSpan.FromSeconds(5)), (AuditLedger.SamplesMin, PeerAuditor.Every));
        Assert.Equal(38, (int)(AuditLedger.SamplesMin * PeerAuditor.Every).TotalMinutes);
        Assert.Contains("of the last 65,536 files", older, StringComparison.Ordinal);
        Assert.Equal(65_536, SeenCounters.RegistersMax);
    }

    private static string[] RowOf(string begin) => Rows.Single(row => row[0].StartsWith(begin, StringComparison.Ordinal));

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();
}
