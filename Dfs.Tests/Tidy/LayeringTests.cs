using System.Text.RegularExpressions;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Tidy;

/// <summary>What the compiler does not check: who uses whom, and that the tree stays readable.</summary>
public sealed partial class LayeringTests
{
    // Each domain uses only what stands before it.
    private static readonly string[] CoreOrder =
        ["Primitives", "Crypto", "Chunking", "Manifests", "Sharing", "Trust", "Placement", "Membership", "Transfer", "Catalog", "Repair", "Listing", "Folders", "Events"];

    private static readonly Dictionary<string, string[]> Projects = new()
    {
        ["Dfs.Core"] = [],
        ["Dfs.Storage"] = ["Dfs.Core"],
        ["Dfs.Client"] = ["Dfs.Core"],
        ["Dfs.Actors"] = ["Dfs.Core", "Dfs.Client", "Dfs.Storage"],
        ["Dfs.Gateway"] = ["Dfs.Core", "Dfs.Client", "Dfs.Storage", "Dfs.Actors"],
        ["Dfs.Node"] = ["Dfs.Core", "Dfs.Client", "Dfs.Storage", "Dfs.Actors", "Dfs.Gateway"],
    };

    public static TheoryData<string> ProjectNames => [.. Projects.Keys];

    [Theory, MemberData(nameof(ProjectNames))]
    public void A_project_uses_only_what_is_before_it(string project)
    {
        var allowed = Projects[project];

        foreach (var file in SourceTree.Files(project, "*.cs"))
        {
            foreach (var used in Used(file, "Dfs").Select(parts => $"Dfs.{parts[0]}").Where(used => used != project))
            {
                Assert.True(allowed.Contains(used), $"{file} uses {used}");
            }
        }
    }

    [Fact]
    public void A_domain_of_the_core_uses_only_what_is_before_it()
    {
        foreach (var file in SourceTree.Files("Dfs.Core", "*.cs"))
        {
            var domain = Array.IndexOf(CoreOrder, file.Split('/')[1]);
            Assert.True(domain >= 0, $"{file} is in a domain that has a place in the order");

            foreach (var used in Used(file, "Dfs.Core").Select(parts => parts[0]))
            {
                Assert.True(Array.IndexOf(CoreOrder, used) <= domain, $"{file} uses {used}");
            }
        }
    }

    [Theory]
    [InlineData("Dfs.Core", "System")]
    [InlineData("Dfs.Client", "System")]
    [InlineData("Dfs.Storage", "System|Microsoft.Data|Microsoft.Win32|SQLitePCL")]
    public void The_inner_projects_use_no_actors_and_no_web_server(string project, string roots)
    {
        foreach (var file in SourceTree.Files(project, "*.cs"))
        {
            foreach (var line in UsingLine().Matches(SourceTree.Read(file)).Select(match => match.Groups["name"].Value))
            {
                Assert.True(Regex.IsMatch(line, $@"^(Dfs|{roots})\b"), $"{file} uses {line}");
            }
        }
    }

    [Fact]
    public void The_engine_knows_nothing_of_files_and_the_product_nothing_of_which_engine_it_has()
    {
        foreach (var file in SourceTree.Files("engine", "*.cs").Where(file => !file.StartsWith("engine/tools", StringComparison.Ordinal)))
        {
            Assert.Empty(Used(file, "Dfs"));
        }

        foreach (var file in ProductFiles())
        {
            Assert.False(Directive().IsMatch(SourceTree.Read(file)), $"{file} has an #if");
            Assert.All(Used(file, "Akka"), parts => Assert.False(parts.Contains("Internal"), $"{file} uses the engine's internals"));
        }
    }

    [Fact]
    public void Nothing_is_left_undone_and_no_test_is_left_out()
    {
        foreach (var file in CodeFiles())
        {
            var found = BannedWord().Match(SourceTree.Read(file));
            Assert.False(found.Success, $"{file}: {found.Value}");
        }
    }

    [Fact]
    public void A_long_file_says_why_in_its_head()
    {
        foreach (var file in CodeFiles())
        {
            var lines = SourceTree.Read(file).Split('\n');
            if (lines.Length > 600)
            {
                Assert.True(lines.Take(40).Any(line => line.Contains("lines", StringComparison.Ordinal)), $"{file}: {lines.Length} lines without a reason");
            }
        }
    }

    [Fact]
    public void Every_link_in_the_documents_leads_somewhere()
    {
        foreach (var file in SourceTree.Files("", "*.md"))
        {
            foreach (var link in LocalLink().Matches(SourceTree.Read(file)).Select(match => match.Groups["path"].Value))
            {
                var target = Path.Combine(SourceTree.Root, Path.GetDirectoryName(file)!, link);
                Assert.True(Path.Exists(target), $"{file} links to {link}");
            }
        }
    }

    [Fact]
    public void Every_format_names_sources_that_are_there()
    {
        foreach (var file in SourceTree.Files("docs/formats", "*.md"))
        {
            foreach (var source in SourcePath().Matches(SourceTree.Read(file)).Select(match => match.Groups["path"].Value))
            {
                Assert.True(File.Exists(Path.Combine(SourceTree.Root, source)), $"{file} names {source}");
            }
        }
    }

    private static IEnumerable<string> ProductFiles() =>
        Projects.Keys.SelectMany(project => SourceTree.Files(project, "*.cs"));

    // These lines name the words, so this file is left out.
    private static IEnumerable<string> CodeFiles() =>
        ProductFiles().Concat(SourceTree.Files("Dfs.Tests", "*.cs")).Concat(SourceTree.Files("engine", "*.cs"))
            .Where(file => !file.EndsWith("/LayeringTests.cs", StringComparison.Ordinal));

    /// <summary>What stands behind the root in the file's using lines, part by part.</summary>
    private static IEnumerable<string[]> Used(string file, string root) =>
        UsingLine().Matches(SourceTree.Read(file)).Select(match => match.Groups["name"].Value)
            .Where(name => name.StartsWith($"{root}.", StringComparison.Ordinal))
            .Select(name => name[(root.Length + 1)..].Split('.'));

    [GeneratedRegex(@"^(global )?using (static )?(\w+ = )?(?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"^\s*#if\b", RegexOptions.Multiline)]
    private static partial Regex Directive();

    [GeneratedRegex(@"\bTODO\b|\bFIXME\b|\bTBD\b|NotImplementedException|\bSkip\s*=\s*""")]
    private static partial Regex BannedWord();

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)(?<path>[^)#\s]+)")]
    private static partial Regex LocalLink();

    [GeneratedRegex(@"`(?<path>(Dfs|engine)[\w./]*/[\w.]+\.(cs|proto))`")]
    private static partial Regex SourcePath();
}
