using System.Diagnostics;
using Akka.Actor;
using Engine.Tests.Remote;

namespace Engine.Tests.Embedded.Remote;

/// <summary>Tests that look at the CPU time of the whole process, so nothing else may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class Alone
{
    public const string Name = "alone";
}

[Collection(Alone.Name)]
public class RestTests : RemoteFixture
{
    /// <summary>A thread that spins takes all of a core, a process at rest next to nothing.</summary>
    private const double RestingShareMax = 0.2;

    // A link that closed before its last ack, heartbeat or goodbye was sent asked itself for ever whether there was work.
    [Fact]
    public async Task Nothing_spins_after_watched_systems_have_ended()
    {
        var a = Start("a");
        for (var round = 0; round < 3; round++)
        {
            var b = Start("b");
            var watcher = Collect(a);
            watcher.Watch(await ResolveAsync(a, Echo(b), b));

            await b.Terminate();
            await watcher.NextAsync<Terminated>();
        }

        var shares = new List<double>();
        do
        {
            shares.Add(await CpuShareAsync(TimeSpan.FromMilliseconds(200)));
        }
        while (shares[^1] > RestingShareMax && shares.Count < 25);

        Assert.True(shares[^1] <= RestingShareMax, $"cores in use, window by window: {string.Join(' ', shares.Select(s => s.ToString("0.00")))}");
    }

    private static async Task<double> CpuShareAsync(TimeSpan window)
    {
        var (before, watch) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        await Task.Delay(window);
        return (Environment.CpuUsage.TotalTime - before) / watch.Elapsed;
    }
}
