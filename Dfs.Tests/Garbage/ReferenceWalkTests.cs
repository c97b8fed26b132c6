using Dfs.Actors.Transfer;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Tests.Garbage;

public class ReferenceWalkTests
{
    private readonly Dictionary<ChunkId, ReadOnlyMemory<byte>> _stored = [];

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(20_000)]
    public async Task Every_id_is_named_and_every_page_on_the_way(int count)
    {
        var (list, ids) = Build(count);

        var walked = await Walk().OfListAsync(list, CancellationToken.None).ToListAsync();

        Assert.Equal([.. ids.Concat(_stored.Keys).Order()], walked.Order());
    }

    [Fact]
    public async Task A_page_that_is_missing_or_is_none_ends_the_walk()
    {
        var (list, _) = Build(5_000);
        var page = _stored.Keys.First(id => id != list.Root);

        _stored[page] = "no page"u8.ToArray();
        await Assert.ThrowsAsync<TransferException>(async () => await Walk().OfListAsync(list, CancellationToken.None).ToListAsync());
        _stored.Remove(page);
        await Assert.ThrowsAsync<TransferException>(async () => await Walk().OfListAsync(list, CancellationToken.None).ToListAsync());
    }

    private ReferenceWalk Walk() => new(id => _stored.TryGetValue(id, out var bytes)
        ? Task.FromResult(bytes)
        : throw new TransferException(Dfs.Client.DfsOutcome.NoQuorum, "nobody has it"));

    private (ReferenceList List, List<ChunkId> Ids) Build(int count)
    {
        var builder = new ReferenceBuilder();
        var ids = Enumerable.Range(0, count)
            .Select(number => new ChunkId(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(number)))).ToList();
        var pieces = ids.Select(builder.Append).OfType<StoredPiece>().ToList();
        var (list, last) = builder.Finish();
        foreach (var piece in pieces.Concat(last))
        {
            _stored.Add(piece.Id, piece.Bytes);
        }

        return (list, ids);
    }
}
