using System.Text;
using Dfs.Core.Chunking;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Chunking;

/// <summary>What is compressed comes back byte for byte; what does not become shorter is left alone.</summary>
public sealed class ChunkCompressionTests
{
    [Theory, Seeds(60)]
    public void What_was_compressed_comes_back_in_pieces_of_any_size(int seed)
    {
        var random = new Random(seed);
        var plain = Content(random, random.Next(1, 400_000));
        var chunk = plain.ToArray();

        var shortBytes = ChunkCompression.Shrink(chunk);

        if (shortBytes == plain.Length)
        {
            Assert.Equal(plain, chunk);
            return;
        }

        Assert.InRange(shortBytes, 1, plain.Length - (plain.Length / 16));
        Assert.Equal(plain, Decode(chunk.AsMemory(0, shortBytes), plain.Length, random));
    }

    [Fact]
    public void Text_becomes_shorter_and_random_bytes_are_left_alone()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(line => $"line {line} of a log\n")));
        Assert.InRange(ChunkCompression.Shrink(text.ToArray()), 1, text.Length / 3);

        var noise = TestBytes.Random(1, 1 << 20);
        Assert.Equal(noise.Length, ChunkCompression.Shrink(noise));
        Assert.Equal(TestBytes.Random(1, 1 << 20), noise);
        Assert.Equal(0, ChunkCompression.Shrink([]));
        Assert.Equal(1, ChunkCompression.Shrink(new byte[1]));
    }

    [Theory, Seeds(200)]
    public void Damaged_bytes_end_in_a_refusal_or_in_as_many_bytes_as_were_said(int seed)
    {
        var random = new Random(seed);
        var chunk = new byte[50_000];
        Content(random, chunk.Length).AsSpan(0, 100).CopyTo(chunk);
        var shortBytes = ChunkCompression.Shrink(chunk);
        Assert.True(shortBytes < 50_000);
        var damaged = Mutation.Of(chunk[..shortBytes], random);
        var said = random.Next(1, 100_000);

        using var decoder = new ChunkDecoder(damaged, said);
        var (given, target) = (0, new byte[4096]);
        while (given < said && decoder.Read(target) is > 0 and var count)
        {
            given += count;
        }

        Assert.InRange(given, 0, said);
    }

    private static byte[] Decode(ReadOnlyMemory<byte> compressed, int plainBytes, Random random)
    {
        using var decoder = new ChunkDecoder(compressed, plainBytes);
        var content = new MemoryStream();
        while (content.Length < plainBytes)
        {
            var target = new byte[random.Next(1, 100_000)];
            var count = decoder.Read(target);
            Assert.NotEqual(0, count);
            content.Write(target, 0, count);
        }

        return content.ToArray();
    }

    // From noise to runs.
    private static byte[] Content(Random random, int sizeBytes)
    {
        var bytes = new byte[sizeBytes];
        random.NextBytes(bytes);
        var alphabet = random.Next(1, 257);
        for (var i = 0; i < sizeBytes; i++)
        {
            bytes[i] = (byte)(bytes[i] % alphabet);
        }

        return bytes;
    }
}
