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

        // With a clock that was set back by two years, a node still notices who is gone, and that it is back.
        nodes[2].Kill();
        await Content.PutAsync(nodes[1], "meanwhile", Content.Bytes(round, 50_000));
        await Eventually.HoldsAsync(
            async () => LocalNodes.StateOf(await LocalNodes.StatusAsync(nodes[1]), nodes[2].Name) != "up", LocalNodes.ReadyTimeout, "the killed node is missed");
        nodes.Start(nodes[2]);
        await nodes.WholeAsync(LocalNodes.ReadyTimeout);
        Assert.Equal(Content.Bytes(round, 50_000), await Content.FetchAsync(nodes[2], "meanwhile"));
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
