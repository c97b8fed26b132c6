using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Dfs.Core.Listing;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>A node's index of names over stops, kills and damage.</summary>
[Collection(OneByOne.Name)]
public sealed partial class KeptIndex(ITestOutputHelper output)
{
    [Fact]
    public async Task A_node_has_its_names_from_its_own_disk_after_a_stop_and_a_kill_and_from_the_replicas_when_its_file_is_damaged()
    {
        await using var nodes = new LocalNodes(1, output);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        List<string> expected = [.. Enumerable.Range(0, 12).Select(number => $"very-secret-{number:D2}")];
        foreach (var name in expected)
        {
            await Content.PutAsync(nodes[0], name, [1]);
        }

        Assert.Equal(expected, await NamesAsync(nodes[0]));
        Assert.InRange(await RowsAsync(nodes[0]), 12, 100);
        Assert.Equal(0, await nodes[0].StopAsync());
        var file = Assert.Single(Directory.GetFiles(Path.Combine(nodes[0].DataDirectory, "names")));
        var kept = await File.ReadAllBytesAsync(file);
        Assert.Equal(-1, kept.AsSpan().IndexOf(Encoding.UTF8.GetBytes("secret")));

        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        Assert.Equal(expected, await NamesAsync(nodes[0]));
        Assert.Equal(0, await RowsAsync(nodes[0]));
        await Content.PutAsync(nodes[0], "very-secret-late", [2]);
        using (var client = nodes[0].Connect())
        {
            await client.RemoveAsync("files", expected[3], CancellationToken.None);
        }

        expected.RemoveAt(3);
        expected.Add("very-secret-late");
        nodes[0].Kill();

        // As a kill leaves it that comes while the next one is written.
        await File.WriteAllBytesAsync($"{file}.new", kept[..(kept.Length / 2)]);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        Assert.Equal(expected, await NamesAsync(nodes[0]));
        Assert.InRange(await RowsAsync(nodes[0]), 2, 4);
        nodes[0].Kill();
        Assert.Equal([file], Directory.GetFiles(Path.GetDirectoryName(file)!));

        kept[kept.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(file, kept);
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        Assert.Equal(expected, await NamesAsync(nodes[0]));
        Assert.InRange(await RowsAsync(nodes[0]), 13, 100);
        Assert.Contains("The kept index of names is damaged", nodes[0].Log, StringComparison.Ordinal);
    }

    private static async Task<List<string>> NamesAsync(NodeProcess node)
    {
        using var client = node.Connect();
        return [.. (await client.ListAsync("files", ListOptions.All, CancellationToken.None)).Entries.Select(entry => entry.Name)];
    }

    private static async Task<long> RowsAsync(NodeProcess node)
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri($"{node.Url}/metrics"));
        var rows = Rows().Match(page);
        Assert.True(rows.Success, page);
        return long.Parse(rows.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("^dfs_names_rows_pulled_total ([0-9]+)$", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
