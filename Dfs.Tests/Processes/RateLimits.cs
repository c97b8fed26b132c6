using System.Diagnostics;
using Dfs.Core.Transfer;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>A busy machine is never faster than a limit, so the least time is what is asserted.</summary>
[Collection(OneByOne.Name)]
public sealed class RateLimits(ITestOutputHelper output)
{
    private const int SizeBytes = 3_000_000;

    /// <summary>What a pipe between the limit and the clock holds at the end.</summary>
    private const int BufferedBytes = 256 * 1024;

    [Fact]
    public async Task What_a_node_or_a_command_may_move_is_not_exceeded()
    {
        await using var nodes = new LocalNodes(1, output, "dfs.transfers { upload-mb-per-second = 2, download-mb-per-second = 3 }");
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var content = Content.Bytes(1, SizeBytes);

        await AtMostAsync(2_000_000, () => Content.PutAsync(nodes[0], "film", content));
        await AtMostAsync(3_000_000, async () => Assert.Equal(content, await Content.FetchAsync(nodes[0], "film")));

        var file = nodes.PathOf("film");
        await AtMostAsync(1_500_000, async () => (await nodes[0].RunAsync("get", "film", file, "--limit-rate", "1.5MB/s")).Succeeded());
        Assert.Equal(content, await File.ReadAllBytesAsync(file));
        await AtMostAsync(1_500_000, async () => (await nodes[0].RunAsync("put", file, "--limit-rate", "1.5MB/s")).Succeeded());
        (await nodes[0].RunAsync("put", file, "--limit-rate", "fast")).Refused(ExitCode.Usage, "--limit-rate");
    }

    private async Task AtMostAsync(long bytesPerSecond, Func<Task> act)
    {
        var clock = Stopwatch.StartNew();
        await act();
        output.WriteLine($"{SizeBytes / clock.Elapsed.TotalSeconds:N0} bytes a second of {bytesPerSecond:N0}");
        Assert.True(clock.Elapsed >= TimeSpan.FromSeconds((double)(SizeBytes - BufferedBytes) / bytesPerSecond) - TokenBucket.BurstTime, $"took {clock.Elapsed}");
    }
}
