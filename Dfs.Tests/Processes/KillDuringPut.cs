using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

[Collection(OneByOne.Name)]
public sealed class KillDuringPut(ITestOutputHelper output)
{
    private const long SizeBytes = 300L * 1024 * 1024;
    private const long ResidentBytesMax = 400L * 1024 * 1024;

    [Fact]
    public async Task A_put_goes_on_when_another_node_is_killed_in_the_middle()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        var isKilled = false;
        await using var content = new Content(1, SizeBytes, reachedBytes =>
        {
            if (reachedBytes > SizeBytes / 2 && !isKilled)
            {
                isKilled = true;
                AssertMemory(nodes[1]);
                nodes[1].Kill();
            }
        });

        await Content.PutAsync(nodes[0], "film", content, SizeBytes);

        Assert.True(isKilled);
        Assert.Equal(Content.HashOf(1, SizeBytes), await Content.FetchHashAsync(nodes[2], "film"));
        AssertMemory(nodes[0]);
        AssertMemory(nodes[2]);
    }

    private void AssertMemory(NodeProcess node)
    {
        if (OperatingSystem.IsLinux())
        {
            output.WriteLine($"{node.Name}: at most {node.PeakResidentBytes / 1e6:0} MB resident");
            Assert.InRange(node.PeakResidentBytes, 1, ResidentBytesMax);
        }
    }
}
