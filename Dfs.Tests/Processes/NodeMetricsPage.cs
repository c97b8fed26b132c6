using System.Globalization;
using System.Text.RegularExpressions;
using Dfs.Tests.Kit;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>What a Prometheus server reads from a node.</summary>
[Collection(OneByOne.Name)]
public sealed partial class NodeMetricsPage(ITestOutputHelper output)
{
    [Fact]
    public async Task Operations_are_counted_every_name_is_documented_and_no_file_or_owner_is_named()
    {
        await using var nodes = new LocalNodes(1, output);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        await Content.PutAsync(nodes[0], "a-secret-name", Content.Bytes(1, 50_000));
        await Content.FetchAsync(nodes[0], "a-secret-name");
        (await nodes[0].RunAsync("get", "never-stored", "-")).Refused(Dfs.Node.Cli.ExitCode.NotFound, "not found");

        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"{nodes[0].Url}/metrics"));
        var page = await answer.Content.ReadAsStringAsync();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var samples = Samples(page);
        Assert.Equal(1, samples["dfs_operation_duration_seconds_count{operation=\"put\",outcome=\"done\"}"]);
        Assert.Equal(1, samples["dfs_operation_duration_seconds_count{operation=\"get\",outcome=\"done\"}"]);
        Assert.Equal(1, samples["dfs_operation_duration_seconds_count{operation=\"open\",outcome=\"notfound\"}"]);
        Assert.Equal(50_000, samples["dfs_operation_content_bytes_total{operation=\"get\"}"]);
        Assert.Equal(1, samples["dfs_cluster_available"]);
        Assert.DoesNotContain("secret", page, StringComparison.Ordinal);
        Assert.DoesNotContain("never-stored", page, StringComparison.Ordinal);

        var shown = Families(page).Where(name => name.StartsWith("dfs_", StringComparison.Ordinal)).Order();
        var manual = SourceTree.Read("docs/operating/metrics.md");
        Assert.Equal(DocumentedName().Matches(manual).Select(match => match.Groups[1].Value).Order(), shown);
        // Alerts and the dashboard ask for nothing that is not there; the web servers' figures come with their first connection, which this request is.
        var asked = AnyName().Matches(manual + SourceTree.Read("docs/operating/grafana-dashboard.json")).Select(match => match.Value).ToHashSet();
        Assert.Superset(asked, samples.Keys.Select(sample => sample.Split('{')[0]).Concat(Families(page)).ToHashSet());
    }

    // Every line is a comment or a sample of a family that was declared before it.
    private static Dictionary<string, double> Samples(string page)
    {
        var (samples, family) = (new Dictionary<string, double>(), "");
        foreach (var line in page.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
            }
            else if (!line.StartsWith('#'))
            {
                var match = Sample().Match(line);
                Assert.True(match.Success, line);
                Assert.StartsWith(family, match.Groups[1].Value, StringComparison.Ordinal);
                samples.Add(match.Groups[1].Value + match.Groups[2].Value, double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture));
            }
        }

        return samples;
    }

    private static IEnumerable<string> Families(string page) => page.Split('\n')
        .Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]);

    [GeneratedRegex("""^([a-z_][a-z0-9_]*)(\{(?:[a-z_0-9]+="(?:[^"\\]|\\.)*",?)+\})? ([0-9.eE+-]+)$""")]
    private static partial Regex Sample();

    [GeneratedRegex("\\b(dfs|dotnet|kestrel)_[a-z_]*[a-z]\\b")]
    private static partial Regex AnyName();

    [GeneratedRegex("^\\| `(dfs_[a-z_]+)`", RegexOptions.Multiline)]
    private static partial Regex DocumentedName();
}
