using Dfs.Node.Cli;
using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

[Collection(OneByOne.Name)]
public sealed class AnotherKeyring(ITestOutputHelper output)
{
    [Fact]
    public async Task A_node_with_another_keyring_can_neither_get_nor_list_nor_remove_the_first_owners_file()
    {
        await using var nodes = new LocalNodes(3, output, keyringOf: index => index < 2 ? "first" : "second");
        nodes.Start(nodes.All);
        await nodes.ReadyAsync();
        var (first, second) = (Content.Bytes(5, 200_000), Content.Bytes(6, 300));
        await Content.PutAsync(nodes[0], "diary", first);

        (await nodes[2].RunAsync("get", "diary", "-")).Refused(ExitCode.NotFound);
        Assert.Equal("", (await nodes[2].RunAsync("ls")).Succeeded().Text);
        (await nodes[2].RunAsync("rm", "diary")).Refused(ExitCode.NotFound);

        // The same name of another owner is another file.
        await Content.PutAsync(nodes[2], "diary", second);
        Assert.Equal(first, await Content.FetchAsync(nodes[1], "diary"));
        Assert.Equal(second, await Content.FetchAsync(nodes[2], "diary"));
    }
}
