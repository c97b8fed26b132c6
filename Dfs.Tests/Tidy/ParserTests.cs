using System.Text.RegularExpressions;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Tidy;

/// <summary>No parser is left out of the fuzzing.</summary>
public sealed partial class ParserTests
{
    // Those that are no parsers of bytes from outside, or are reached by another's.
    private static readonly Dictionary<string, string> Others = new()
    {
        ["LayoutCodec"] = "layout",
        ["LayoutStatement"] = "in layout-link and layout-answer",
        ["ShareText"] = "in capability, identity and invitation",
        ["RevocationList"] = "in expelled",
        ["RepairWire"] = "in wire-message",
        ["CatalogTransaction"] = "facts of a catalog that the node wrote itself, each with a sum that is checked first: catalog-fact",
        ["StoreLayouts"] = "one of two words",
        ["ConcurrencyOption"] = "an argument of the person's own",
        ["LimitRateOption"] = "an argument of the person's own, by SizeText",
        ["PutSources"] = "arguments of the person's own",
        ["SnapshotOption"] = "an argument of the person's own",
        ["SyncPlaces"] = "arguments of the person's own",
        ["VersionOption"] = "an argument of the person's own",
        ["SourceTime"] = "a time, by .NET",
        ["CredentialScope"] = "in s3-request",
        ["SignatureClaim"] = "in s3-request, by RequestClaim",
    };

    [Fact]
    public void Every_parser_is_fuzzed_or_there_is_a_reason()
    {
        var fuzzed = string.Concat(SourceTree.Files("Dfs.Tests/Fuzz", "*Targets.cs").Select(SourceTree.Read));
        var parsers = "Dfs.Core Dfs.Storage Dfs.Actors Dfs.Client Dfs.Gateway Dfs.Node".Split(' ')
            .SelectMany(project => SourceTree.Files(project, "*.cs"))
            // Ids: hexadecimal digits of one length.
            .Where(file => !file.StartsWith("Dfs.Core/Primitives/", StringComparison.Ordinal))
            .Where(file => Parser().IsMatch(SourceTree.Read(file)))
            .Select(Path.GetFileNameWithoutExtension).ToHashSet()!;

        Assert.InRange(parsers.Count, 50, 1000);
        foreach (var parser in parsers)
        {
            Assert.True(
                Others.ContainsKey(parser!) || Regex.IsMatch(fuzzed, $@"\b{parser}\b"), $"{parser} parses; it is in one of Dfs.Tests/Fuzz/*Targets.cs, or else there is a reason here");
        }

        Assert.Empty(Others.Keys.Except(parsers!));
    }

    [GeneratedRegex(@"(public|internal) static [^=(]*\b(TryDecode|Decode|TryParse|Parse|OfNames)\(")]
    private static partial Regex Parser();
}
