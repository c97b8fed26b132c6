using Dfs.Tests.Processes;
using Xunit.Abstractions;

namespace Dfs.Tests.Faults;

/// <summary>A short run of what is run for longer by hand: docs/reliability.md.</summary>
[Collection(OneByOne.Name)]
public sealed class NemesisTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Five_nodes_under_faults_lose_nothing_and_every_history_can_be_explained()
    {
        var seed = Environment.GetEnvironmentVariable("DFS_SEED") is { } given ? int.Parse(given, null) : Environment.ProcessId;

        var wrong = await NemesisRun.RunAsync(new NemesisOptions(5, TimeSpan.FromSeconds(20), seed), output.WriteLine);

        Assert.True(wrong.Count == 0, $"seed {seed}: {string.Join("\n\n", wrong)}");
    }
}
