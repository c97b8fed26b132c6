using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

/// <summary>A connection that is reset just after it was made ends in another exception of the framework's in one of twenty cases: a bare SocketException.</summary>
public class ResetConnectionsTests
{
    private const int Rounds = 400;

    [Fact]
    public async Task A_peer_that_resets_is_unreachable()
    {
        using var server = new ResettingServer();
        using var client = new PeerClient(new PeerClientOptions(), new BufferPool());
        for (var round = 0; round < Rounds; round++)
        {
            var outcome = await client.GetAsync(
                server.Url, new PeerCall(default, default, default, LayoutNumber.None, Epoch.First), default, CancellationToken.None);

            Assert.IsType<PeerOutcome.Unreachable>(outcome);
        }
    }

    [Fact]
    public async Task A_node_that_resets_does_not_answer()
    {
        using var server = new ResettingServer();
        using var node = new NodeConnection(server.Url, "token");
        for (var round = 0; round < Rounds; round++)
        {
            var refused = await Assert.ThrowsAsync<DfsException>(() => node.Files.RemoveAsync(DfsFiles.Key("key")));

            Assert.Contains(refused.Outcome, new[] { DfsOutcome.Unreachable, DfsOutcome.Indeterminate });
        }
    }
}
