namespace Dfs.Tests.Faults;

/// <summary>A file's content that says which value it is, all the way to its last byte.</summary>
internal static class LoadContent
{
    // Below what is kept in the head itself, and above: a chunk.
    private const int SmallBytes = 200, LargeBytes = 20_000;

    public static byte[] Of(int value, bool isLarge)
    {
        var content = new byte[isLarge ? LargeBytes : SmallBytes];
        new Random(value).NextBytes(content);
        BitConverter.TryWriteBytes(content, value);
        return content;
    }

    /// <returns>Null when these are not the bytes of any value.</returns>
    public static int? ValueOf(byte[] content)
    {
        if (content.Length is not (SmallBytes or LargeBytes))
        {
            return null;
        }

        var value = BitConverter.ToInt32(content);
        return content.AsSpan().SequenceEqual(Of(value, content.Length == LargeBytes)) ? value : null;
    }
}
