using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>After a fault no loop of a living node waits at full speed for what will not come.</summary>
[Collection(OneByOne.Name)]
public sealed class NothingSpins(ITestOutputHelper output)
{
    private static readonly TimeSpan SettleTimeout = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Nodes_are_at_rest_after_others_were_killed_paused_and_stopped()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using var nodes = await LocalNodes.StartAsync(output, LocalNodes.QuickDowning);
        await Content.PutAsync(nodes[0], "file", Content.Bytes(20, 3_000_000));

        nodes[2].Kill();
        nodes[1].Pause();
        await StateAsync(nodes[0], "node-2", "unreachable");
        nodes[1].Continue();
        await StateAsync(nodes[0], "node-3", "absent");
        await StateAsync(nodes[0], "node-2", "up");
        await StateAsync(nodes[1], "node-1", "up");
        await Resting.UntilAtRestAsync(output, nodes[0], nodes[1]);

        Assert.Equal(0, await nodes[1].StopAsync());
        await Resting.UntilAtRestAsync(output, nodes[0]);
    }

    private static Task StateAsync(NodeProcess seenBy, string name, string state) => Eventually.HoldsAsync(
        async () => LocalNodes.StateOf(await LocalNodes.StatusAsync(seenBy), name) == state,
        SettleTimeout, $"{seenBy.Name} sees {name} {state}");
}
