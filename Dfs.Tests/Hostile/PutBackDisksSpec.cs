using Dfs.Client;
using Dfs.Core.Events;
using Dfs.Tests.Kit;
using Dfs.Tests.Membership;
using Dfs.Tests.Trust;
using static Dfs.Tests.Membership.NodesOnLoopback;

namespace Dfs.Tests.Hostile;

/// <summary>The disks of three nodes out of four are put back from a copy, while the fourth runs, which has seen more.</summary>
public sealed class PutBackDisksSpec : Akka.TestKit.Xunit2.TestKit
{
    /// <summary>So many that some of each kind have no replica on the node that asks: one in four has none.</summary>
    private const int Files = 40;

    private static readonly int[] PutBack = [2, 3, 4];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    public PutBackDisksSpec()
        : base("akka.loglevel = ERROR") { }

    [Fact]
    public async Task What_the_fourth_has_seen_is_not_lost_unsaid_and_its_events_and_metrics_tell_what_went_back_and_what_is_hidden()
    {
        using var counts = new TrustCounts();
        await using var nodes = new NodesOnLoopback(isSeedRelayed: false, TimeSpan.FromSeconds(3), expect: 4) { LayoutAuto = false };
        await nodes.StartAsync(1, 2, 3, 4);
        await UntilReadyAsync(nodes);
        await PutAllAsync(nodes, "changed", 1);
        await Task.WhenAll(PutBack.Select(nodes.CrashAsync));
        foreach (var number in PutBack)
        {
            CopyFolder(nodes.DataDirectoryOf(number), nodes.DataDirectoryOf(number) + ".copy");
        }

        await StartAgainAsync(nodes);
        await PutAllAsync(nodes, "changed", 2);
        await PutAllAsync(nodes, "new", 3);
        await Task.WhenAll(PutBack.Select(nodes.CrashAsync));
        foreach (var number in PutBack)
        {
            Directory.Delete(nodes.DataDirectoryOf(number), recursive: true);
            Directory.Move(nodes.DataDirectoryOf(number) + ".copy", nodes.DataDirectoryOf(number));
        }

        await StartAgainAsync(nodes);

        var (older, hidden) = (await RefusedAsync(nodes, "changed", 2), await RefusedAsync(nodes, "new", 3));
        Assert.All(older, detail => Assert.Contains("gave an older state of this file (change 1) than this node has seen (change 2)", detail, StringComparison.Ordinal));
        Assert.All(hidden, detail => Assert.Contains("this node has seen it (change 1), and it was not removed since", detail, StringComparison.Ordinal));
        await counts.UntilAsync("dfs.trust.heads.older");
        await counts.UntilAsync("dfs.trust.heads.hidden");
        var told = (await nodes[1].View.Events.ReadAsync(DateTimeOffset.UnixEpoch, default)).Events
            .Where(each => each.Kind == EventKind.WentBack && each.Subject == NameOf(1) && each.By.Contains(NameOf(1))).ToList();
        Assert.Contains(told, each => each.Text.Contains("an older state of a file", StringComparison.Ordinal) && each.Text.Contains("change 1) than it had seen (change 2)", StringComparison.Ordinal));
        Assert.Contains(told, each => each.Text.Contains("a file is not there", StringComparison.Ordinal) && each.Text.Contains("which it had seen (change 1)", StringComparison.Ordinal));
    }

    private async Task StartAgainAsync(NodesOnLoopback nodes)
    {
        await nodes.StartAsync(PutBack);
        await UntilReadyAsync(nodes);
    }

    // Small enough to be in the manifest: no chunk is missing besides.
    private static async Task PutAllAsync(NodesOnLoopback nodes, string name, int seed)
    {
        for (var number = 0; number < Files; number++)
        {
            Assert.Equal(DfsOutcome.Done, await PutAsync(nodes[1], $"{name} {number}", ContentOf(seed, number)));
        }
    }

    /// <summary>What the fourth node says of the files that it does not give; those that it gives are the ones that it has seen.</summary>
    private static async Task<List<string>> RefusedAsync(NodesOnLoopback nodes, string name, int seed)
    {
        var refused = new List<string>();
        for (var number = 0; number < Files; number++)
        {
            var opened = await nodes[1].Client.OpenAsync(Key($"{name} {number}"), default);
            if (opened.File is { } file)
            {
                await file.DisposeAsync();
                Assert.Equal(ContentOf(seed, number), await GetAsync(nodes[1], $"{name} {number}"));
            }
            else
            {
                Assert.Equal(DfsOutcome.Damaged, opened.Outcome);
                refused.Add(opened.Detail);
            }
        }

        Assert.NotEmpty(refused);
        return refused;
    }

    private static byte[] ContentOf(int seed, int number) => TestBytes.Random((100 * seed) + number, 300);

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        }

        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }

    private Task UntilReadyAsync(NodesOnLoopback nodes) => AwaitAssertAsync(
        () => Assert.All(nodes.Running, node =>
        {
            var status = node.View.Status();
            Assert.True(status.Ready && status.Peers.All(peer => peer.State == "up"), $"{status}");
        }),
        Patience, Glance);
}
