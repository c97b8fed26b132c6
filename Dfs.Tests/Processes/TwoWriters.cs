using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

[Collection(OneByOne.Name)]
public sealed class TwoWriters(ITestOutputHelper output)
{
    private const int Rounds = 10;

    [Fact]
    public async Task Two_writers_of_one_key_leave_one_of_their_contents_the_same_on_every_node()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        for (var round = 0; round < Rounds; round++)
        {
            // Below and above the size that is stored in the head itself.
            var sizeBytes = round % 2 == 0 ? 2_000 : 100_000;
            var (first, second) = (Content.Bytes(100 + round, sizeBytes), Content.Bytes(200 + round, sizeBytes));

            await Task.WhenAll(
                Task.Run(() => Content.PutAsync(nodes[0], "key", first)),
                Task.Run(() => Content.PutAsync(nodes[2], "key", second)));

            var seen = await Task.WhenAll(nodes.All.Select(node => Content.FetchAsync(node, "key")));
            Assert.True(seen[0].SequenceEqual(first) || seen[0].SequenceEqual(second), $"round {round}: neither content");
            Assert.All(seen, each => Assert.Equal(seen[0], each));
        }
    }
}
