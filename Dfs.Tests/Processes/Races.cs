using Dfs.Client;
using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

/// <summary>Many at once, through all nodes, want what only one can have.</summary>
[Collection(OneByOne.Name)]
public sealed class Races(ITestOutputHelper output)
{
    private const int Writers = 50;

    [Fact]
    public async Task Of_fifty_that_create_a_file_or_a_bucket_exactly_one_does_and_the_others_are_told()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        var clients = nodes.All.Select(node => node.Connect()).ToList();
        try
        {
            var contents = Enumerable.Range(0, Writers).Select(writer => Content.Bytes(writer, 300 + writer)).ToList();

            var puts = await Task.WhenAll(contents.Select((content, writer) => IsDoneAsync(() => clients[writer % 3].PutAsync(
                "files", "once", new ByteArrayContent(content), PutOptions.Default with { OnlyIfAbsent = true }, CancellationToken.None))));
            var buckets = await Task.WhenAll(contents.Select((_, writer) => IsDoneAsync(() => clients[writer % 3].BucketAsync(
                HttpMethod.Put, "once", new Dictionary<string, string>(), CancellationToken.None))));

            var winner = Array.IndexOf(puts, true);
            Assert.Equal(1, puts.Count(isDone => isDone));
            Assert.Equal(1, buckets.Count(isDone => isDone));
            foreach (var node in nodes.All)
            {
                Assert.Equal(contents[winner], await Content.FetchAsync(node, "once"));
            }
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    // Busy, or no majority because so many meet: nothing was changed, so it may be tried again.
    private static async Task<bool> IsDoneAsync<T>(Func<Task<T>> act)
    {
        while (true)
        {
            try
            {
                await act();
                return true;
            }
            catch (CliException refused) when (refused.ExitCode == ExitCode.TryAgain)
            {
                await Task.Yield();
            }
            catch (CliException refused)
            {
                Assert.Equal(ExitCode.Failed, refused.ExitCode);
                return false;
            }
        }
    }
}
