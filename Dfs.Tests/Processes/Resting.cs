using System.Diagnostics;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Sees by its processor time that a node which has nothing to do does nothing.</summary>
internal static class Resting
{
    /// <summary>A thread that spins takes all of a core; heartbeats, gossip and greetings take a few hundredths.</summary>
    private const double RestingShareMax = 0.2;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SettleTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Waits until all of them are at rest: repairs and the compiler work for a while, what spins never stops.</summary>
    public static async Task UntilAtRestAsync(ITestOutputHelper output, params IReadOnlyList<NodeProcess> nodes)
    {
        var clock = Stopwatch.StartNew();
        double[] shares;
        do
        {
            shares = await Task.WhenAll(nodes.Select(CpuShareAsync));
            output.WriteLine($"cores in use: {string.Join(' ', shares.Select(share => $"{share:0.00}"))}");
        }
        while (shares.Max() > RestingShareMax && clock.Elapsed < SettleTimeout);

        Assert.All(shares, share => Assert.InRange(share, 0, RestingShareMax));
    }

    private static async Task<double> CpuShareAsync(NodeProcess node)
    {
        var (before, watch) = (node.CpuTime, Stopwatch.StartNew());
        await Task.Delay(Window);
        return (node.CpuTime - before) / watch.Elapsed;
    }
}
