using Dfs.Node.Cli;

namespace Dfs.Tests.Cli;

public sealed class BenchContentTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1024)]
    [InlineData(256 * 1024)]
    [InlineData(600_001)]
    public async Task What_was_sent_is_recognized_and_nothing_else(int sizeBytes)
    {
        var content = new BenchContent(sizeBytes);
        using var body = content.ToHttp();
        var sent = await body.ReadAsByteArrayAsync();

        Assert.Equal(sizeBytes, sent.Length);
        Assert.True(await IsEqualAsync(content, sent));
        Assert.False(await IsEqualAsync(content, [.. sent, 0]));
        if (sizeBytes > 0)
        {
            Assert.False(await IsEqualAsync(content, sent[..^1]));
            sent[^1] ^= 1;
            Assert.False(await IsEqualAsync(content, sent));
        }
    }

    [Fact]
    public async Task No_two_contents_are_alike()
    {
        using var body = new BenchContent(64).ToHttp();

        Assert.False(await IsEqualAsync(new BenchContent(64), await body.ReadAsByteArrayAsync()));
    }

    private static Task<bool> IsEqualAsync(BenchContent content, byte[] bytes) =>
        content.IsEqualAsync(new MemoryStream(bytes), CancellationToken.None);
}
