using System.Buffers;
using System.Runtime.InteropServices;
using Dfs.Actors.Transfer;

namespace Dfs.Tests.Transfer;

public sealed class LargeBlocksTests
{
    [Fact]
    public void What_sixty_four_uploads_without_a_length_use_is_used_again()
    {
        using var pool = new LargeBlocks().Create();
        // Each has 256 KiB as they came, and 256 KiB without what stands around their pieces; blocks that are begun included.
        List<IMemoryOwner<byte>> Rent() => [.. Enumerable.Range(0, 64 * 11).Select(_ => pool.Rent())];
        var blocks = Rent();
        var arrays = blocks.Select(ArrayOf).ToHashSet();
        blocks.ForEach(block => block.Dispose());

        var again = Rent();

        Assert.Equal(again.Count, arrays.Count);
        Assert.Superset(again.Select(ArrayOf).ToHashSet(), arrays);
        again.ForEach(block => block.Dispose());
    }

    private static byte[] ArrayOf(IMemoryOwner<byte> block) =>
        MemoryMarshal.TryGetArray<byte>(block.Memory, out var segment) ? segment.Array! : throw new InvalidOperationException("A block is an array.");
}
