using Dfs.Core.Primitives;

namespace Dfs.Tests.Disk;

public sealed class Crc32CTests
{
    [Theory] // RFC 3720, B.4, and the check value of the catalogue of parametrised CRCs.
    [InlineData(0x8a9136aau, 32, 0)]
    [InlineData(0x62a8ab43u, 32, 0xff)]
    public void Known_vectors(uint expected, int count, byte value) =>
        Assert.Equal(expected, Crc32C.Of(Enumerable.Repeat(value, count).ToArray()));

    [Fact]
    public void The_check_value() => Assert.Equal(0xe3069283u, Crc32C.Of("123456789"u8));

    // Property: whatever the length and the cuts, the lanes give what one bit after the other gives.
    [Fact]
    public void Lanes_agree_with_the_definition()
    {
        var random = new Random(1);
        foreach (var length in new[] { 0, 1, 7, 8, 9, 767, 768, 769, 12287, 12288, 12289, 40_000 })
        {
            var data = new byte[length];
            random.NextBytes(data);
            var cut = random.Next(length + 1);

            Assert.Equal(Naive(data), Crc32C.Of(data));
            Assert.Equal(Naive(data), Crc32C.Append(Crc32C.Of(data.AsSpan(0, cut)), data.AsSpan(cut)));
        }
    }

    private static uint Naive(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var one in data)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82f63b78u);
            }
        }

        return ~crc;
    }
}
