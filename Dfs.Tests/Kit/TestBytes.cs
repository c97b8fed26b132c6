using Dfs.Core.Crypto;

namespace Dfs.Tests.Kit;

/// <summary>Bytes that every run and every machine makes alike.</summary>
internal static class TestBytes
{
    /// <summary>The pattern of the formats' test vectors: byte i is 7 i + i / 251.</summary>
    public static byte[] Pattern(int sizeBytes)
    {
        var bytes = new byte[sizeBytes];
        for (var i = 0; i < sizeBytes; i++)
        {
            bytes[i] = unchecked((byte)(i * 7 + i / 251));
        }

        return bytes;
    }

    public static byte[] Random(int seed, int sizeBytes)
    {
        var bytes = new byte[sizeBytes];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Counts up from a first byte.</summary>
    public static byte[] From(byte first, int sizeBytes = 32) =>
        [.. Enumerable.Range(first, sizeBytes).Select(value => unchecked((byte)value))];

    public static FreshBytes Fresh(int seed) => new(Random(seed, FreshBytes.SizeBytes));

    /// <summary>Different bytes at every call.</summary>
    public static FreshSource FreshSource(int seed)
    {
        var random = new Random(seed);
        return () =>
        {
            var bytes = new byte[FreshBytes.SizeBytes];
            random.NextBytes(bytes);
            return new FreshBytes(bytes);
        };
    }
}
