using Xunit.Abstractions;

namespace Dfs.Tests.Processes;

[Collection(OneByOne.Name)]
public sealed class DamagedChunks(ITestOutputHelper output)
{
    private const int SizeBytes = 12_000_000;

    private static readonly TimeSpan HealTimeout = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_flipped_byte_in_every_chunk_of_a_node_is_never_returned_and_is_healed_from_the_others()
    {
        await using var nodes = await LocalNodes.StartAsync(output);
        var content = Content.Bytes(4, SizeBytes);
        await Content.PutAsync(nodes[0], "file", content);
        var damaged = nodes[2];
        await Eventually.HoldsAsync(
            () => Task.FromResult(ChunkFiles.Of(damaged).Length == ChunkFiles.Of(nodes[0]).Length), HealTimeout, "every replica has every chunk");
        var whole = ChunkFiles.Of(damaged).ToDictionary(path => path, File.ReadAllBytes);
        Assert.True(whole.Count > 2, $"the file has chunks ({whole.Count})");
        foreach (var (path, bytes) in whole)
        {
            FlipOneByte(path, bytes.Length * 2 / 3);
        }

        Assert.Equal(content, await Content.FetchAsync(damaged, "file"));
        Assert.Equal(content, await Content.FetchAsync(nodes[0], "file"));

        await Eventually.HoldsAsync(
            () => Task.FromResult(whole.All(chunk => File.Exists(chunk.Key) && chunk.Value.AsSpan().SequenceEqual(File.ReadAllBytes(chunk.Key)))),
            HealTimeout, "every chunk file is as it was");
    }

    private static void FlipOneByte(string path, int at)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = at;
        var value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ 1));
    }
}
