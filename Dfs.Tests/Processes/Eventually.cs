using System.Diagnostics;

namespace Dfs.Tests.Processes;

/// <summary>Waits for what real processes reach in their own time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <param name="what">What did not come true, for the failure.</param>
    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan within, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < within, $"not within {within.TotalSeconds:0} s: {what}");
            await Task.Delay(PollInterval);
        }
    }
}
