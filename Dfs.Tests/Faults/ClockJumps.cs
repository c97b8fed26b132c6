using Dfs.Tests.Processes;
using Xunit.Abstractions;

namespace Dfs.Tests.Faults;

/// <summary>A node whose clock is set, by hours and by years: no order of writes and no membership rests on clocks.</summary>
[Collection(OneByOne.Name)]
public sealed class ClockJumps(ITestOutputHelper output) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dfs-clocks-");

    [Fact]
    public async Task The_later_write_wins_whatever_the_clocks_show_and_nobody_is_left_out()
    {
        if (NodeClocks.TryCreate(_folder.FullName) is not { } clocks)
        {
            output.WriteLine("no C compiler here: clocks are left alone");
            return;
        }

        await using var nodes = new LocalNodes(
            3, output, LocalNodes.QuickDowning, placeOf: node => NodePlace.Loopback with { Environment = clocks.EnvironmentOf(node) });
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        await nodes.WholeAsync(LocalNodes.ReadyTimeout);
        var round = 0;
        foreach (var jump in new[] { 1, -1, 24 * 365, -24 * 365 })
        {
            clocks.Move(1, TimeSpan.FromHours(jump));
            await IsToldAsync(nodes, TimeSpan.FromHours(jump));
            var (fromIt, fromAnother) = (Content.Bytes(round++, 300), Content.Bytes(round++, 300));

            await Content.PutAsync(nodes[1], "key", fromIt);
            Assert.Equal(fromIt, await Content.FetchAsync(nodes[0], "key"));
            await Content.PutAsync(nodes[0], "key", fromAnother);
            foreach (var node in nodes.All)
            {
                Assert.Equal(fromAnother, await Content.FetchAsync(node, "key"));
            }
        }

        // With a clock that is years behind, then ahead. Each of the others is gone once after it has missed another one: what it said of that goes with it.
        await AreMissedAndComeBackAsync(nodes, [0, 2]);
        clocks.Move(1, TimeSpan.FromDays(2 * 365));
        await AreMissedAndComeBackAsync(nodes, [0, 2]);
    }

    private static async Task AreMissedAndComeBackAsync(LocalNodes nodes, int[] gone)
    {
        foreach (var index in gone)
        {
            var (node, others) = (nodes[index], nodes.All.Where(other => other != nodes[index]).ToList());
            var content = Content.Bytes(index, 50_000);
            node.Kill();
            await Content.PutAsync(nodes[1], "meanwhile", content);
            await Eventually.HoldsAsync(
                async () => (await Task.WhenAll(others.Select(LocalNodes.StatusAsync))).All(status => LocalNodes.StateOf(status, node.Name) != "up"),
                LocalNodes.ReadyTimeout, $"{node.Name}, which was killed, is missed");
            nodes.Start(node);
            await nodes.WholeAsync(LocalNodes.ReadyTimeout);
            Assert.Equal(content, await Content.FetchAsync(node, "meanwhile"));
            await Eventually.HoldsAsync(
                async () => (await Task.WhenAll(nodes.All.Select(LocalNodes.StatusAsync))).All(status => status?.Peers.All(peer => peer.State == "up") is true),
                LocalNodes.ReadyTimeout, $"all agree that {node.Name} is back");
        }
    }

    // By the nodes whose clocks are right, and by the one itself.
    private static async Task IsToldAsync(LocalNodes nodes, TimeSpan jump)
    {
        foreach (var node in nodes.All)
        {
            await Eventually.HoldsAsync(
                async () => (await LocalNodes.StatusAsync(node))?.Peers.ToDictionary(peer => peer.Name, peer => peer.ClockAheadSeconds ?? 0) is { } ahead
                    && Math.Abs(ahead[nodes[1].Name] - jump.TotalSeconds) < 60 && Math.Abs(ahead[nodes[0].Name]) < 60 && Math.Abs(ahead[nodes[2].Name]) < 60,
                LocalNodes.ReadyTimeout, $"{node.Name} tells that the clock of {nodes[1].Name} was set by {jump}");
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
