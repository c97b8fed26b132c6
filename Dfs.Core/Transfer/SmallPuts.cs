namespace Dfs.Core.Transfer;

/// <summary>Decides which chunks that wait to be sent to one peer share its next request.</summary>
/// <remarks>
/// As in a group commit: what waits while requests are under way goes together in the next one, and nothing waits for it to fill. A request of its own costs both
/// ends some tenths of a millisecond, which is most of what a small chunk costs and nothing beside the bytes of a large one.
/// </remarks>
public static class SmallPuts
{
    /// <summary>256 KiB: larger chunks always have a request each.</summary>
    public const int ChunkBytesMax = 256 * 1024;

    /// <summary>64 chunks in a request.</summary>
    public const int ChunksMax = 64;

    /// <summary>1 MiB of ciphertext in a request: what one takes in memory at either end, and what waits for the last of its bytes.</summary>
    public const int BytesMax = 1024 * 1024;

    /// <summary>Two requests with small chunks under way to a peer: one is received while the other is written to disk.</summary>
    public const int RequestsMax = 2;

    /// <summary>How many of those that wait go together; one alone where the next does not fit.</summary>
    /// <param name="sizesBytes">Of those that wait, in their order, each at most <see cref="ChunkBytesMax"/>.</param>
    public static int CountNext(IEnumerable<int> sizesBytes)
    {
        var (count, bytes) = (0, 0);
        foreach (var size in sizesBytes)
        {
            if (count == ChunksMax || bytes + size > BytesMax)
            {
                break;
            }

            (count, bytes) = (count + 1, bytes + size);
        }

        return count;
    }
}
