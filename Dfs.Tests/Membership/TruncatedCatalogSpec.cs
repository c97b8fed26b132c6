using Dfs.Actors.Client;
using Dfs.Client;
using Dfs.Node.Cli;
using Dfs.Tests.Kit;
using Microsoft.Data.Sqlite;
using static Dfs.Tests.Membership.NodesOnLoopback;

namespace Dfs.Tests.Membership;

/// <summary>A node's catalog is cut short while it is down: it is not served from, and once the directory is moved away as the message says the node has its rows again.</summary>
public sealed class TruncatedCatalogSpec : Akka.TestKit.Xunit2.TestKit
{
    private const int Files = 40;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    public TruncatedCatalogSpec()
        : base("akka.loglevel = ERROR") { }

    [Fact]
    public async Task A_node_whose_catalog_was_cut_short_does_not_start_with_it_and_gets_every_row_from_the_others()
    {
        await using var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(2));
        await nodes.StartAsync(1, 2, 3);
        await UntilAsync(nodes, status => status.Ready);
        var catalog = Path.Combine(nodes.DataDirectoryOf(3), "catalog", "catalog.db");
        var older = await CopyAsync(catalog);
        for (var number = 0; number < Files; number++)
        {
            Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[1 + (number % 3)], $"file {number}", ContentOf(number)));
        }

        Assert.Equal(DfsOutcome.Done, (await nodes[1].Client.RemoveAsync(Key("file 0"), default)).Outcome);
        var before = nodes[3].View.Status().Replica;
        await nodes.CrashAsync(3);
        var newer = await CopyAsync(catalog);
        // Whole, and older than what the node has answered since.
        await PutBackAsync(catalog, older);
        Assert.Contains("commits are missing", (await Assert.ThrowsAsync<CliException>(() => nodes.StartAsync(3))).Message, StringComparison.Ordinal);
        await PutBackAsync(catalog, newer);
        // At a half, and within the first page.
        foreach (var sizeBytes in new[] { new FileInfo(catalog).Length / 2, 100 })
        {
            using (var file = File.OpenWrite(catalog))
            {
                file.SetLength(sizeBytes);
            }

            var refused = await Assert.ThrowsAsync<CliException>(() => nodes.StartAsync(3));
            Assert.Equal(ExitCode.DataDirectory, refused.ExitCode);
            Assert.Contains("has ended", refused.Message, StringComparison.Ordinal);
            Assert.Contains("Move the directory's content away", refused.Message, StringComparison.Ordinal);
        }

        Directory.Move(nodes.DataDirectoryOf(3), nodes.DataDirectoryOf(3) + ".damaged");
        await nodes.StartAsync(3);

        await UntilAsync(nodes, status => status is { Ready: true, LayoutChanging: false, Layout: >= 3, Redundancy: { IsCounted: true, Chunks.Fewer: 0, Heads.Fewer: 0 } });
        Assert.NotEqual(before, nodes[3].View.Status().Replica);
        for (var number = 1; number < Files; number++)
        {
            Assert.Equal(ContentOf(number), await GetAsync(nodes[3], $"file {number}"));
        }

        await Task.WhenAll(nodes.CrashAsync(1), nodes.CrashAsync(2), nodes.CrashAsync(3));
        var rows = RowsOf(nodes.DataDirectoryOf(3));
        Assert.InRange(rows.Count, Files - 1, int.MaxValue);
        // What a majority has was chosen.
        Assert.Empty(RowsOf(nodes.DataDirectoryOf(1)).Intersect(RowsOf(nodes.DataDirectoryOf(2))).Except(rows));
    }

    private static Task<byte[]?[]> CopyAsync(string catalog) => Task.WhenAll(new[] { catalog, catalog + "-wal" }.Select(async path =>
        File.Exists(path) ? await File.ReadAllBytesAsync(path) : null));

    private static async Task PutBackAsync(string catalog, byte[]?[] copy)
    {
        foreach (var (path, bytes) in new[] { catalog, catalog + "-wal" }.Zip(copy))
        {
            File.Delete(path);
            if (bytes is not null)
            {
                await File.WriteAllBytesAsync(path, bytes);
            }
        }
    }

    private static byte[] ContentOf(int number) => TestBytes.Random(number, number % 4 == 0 ? 200_000 : 300);

    /// <summary>The registers that a stopped node has a value of.</summary>
    private static HashSet<string> RowsOf(string dataDirectory)
    {
        var source = new SqliteConnectionStringBuilder { DataSource = Path.Combine(dataDirectory, "catalog", "catalog.db"), Pooling = false };
        using var connection = new SqliteConnection(source.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT hex(key) FROM register WHERE change > 0 AND substr(key, 1, 1) = x'00'";
        using var rows = command.ExecuteReader();
        var keys = new HashSet<string>();
        while (rows.Read())
        {
            keys.Add(rows.GetString(0));
        }

        return keys;
    }

    private Task UntilAsync(NodesOnLoopback nodes, Func<NodeStatus, bool> condition) => AwaitAssertAsync(
        () => Assert.All(nodes.Running, node => Assert.True(condition(node.View.Status()), $"{node.View.Status()}")), Patience, Glance);
}
