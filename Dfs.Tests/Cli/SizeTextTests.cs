using Dfs.Node.Cli;

namespace Dfs.Tests.Cli;

public sealed class SizeTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("17", 17)]
    [InlineData("1KiB", 1024)]
    [InlineData(" 64 mib ", 64L << 20)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("2kB", 2000)]
    [InlineData("3GB", 3_000_000_000)]
    public void Sizes_are_read_with_their_unit(string text, long bytes)
    {
        Assert.True(SizeText.TryParseSize(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("10MB/s", 10_000_000)]
    [InlineData("512 KiB/s ", 512 << 10)]
    [InlineData("100", 100)]
    public void Rates_are_sizes_a_second(string text, long bytesPerSecond)
    {
        Assert.True(SizeText.TryParseRate(text, out var read));
        Assert.Equal(bytesPerSecond, read);
    }

    [Theory]
    [InlineData("0MB/s")]
    [InlineData("/s")]
    [InlineData("10MB/m")]
    public void What_is_no_rate_is_refused(string text) => Assert.False(SizeText.TryParseRate(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("KiB")]
    [InlineData("-1KiB")]
    [InlineData("1 furlong")]
    [InlineData("1.2.3")]
    [InlineData("99999999999GiB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(SizeText.TryParseSize(text, out _));

    [Theory]
    [InlineData("5", 5000)]
    [InlineData("250ms", 250)]
    [InlineData("1.5s", 1500)]
    [InlineData("2m", 120_000)]
    public void Times_are_read_with_their_unit(string text, int milliseconds)
    {
        Assert.True(SizeText.TryParseTime(text, out var read));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), read);
    }

    [Theory]
    [InlineData("0s")]
    [InlineData("25000m")]
    [InlineData("5 days")]
    [InlineData("s")]
    public void What_is_no_time_is_refused(string text) => Assert.False(SizeText.TryParseTime(text, out _));

    [Theory]
    [InlineData(1024, "1 KiB")]
    [InlineData(64L << 20, "64 MiB")]
    [InlineData(3L << 29, "1,536 MiB")]
    [InlineData(1500, "1,500 B")]
    [InlineData(0, "0 B")]
    public void Sizes_are_written_exactly(long bytes, string text) => Assert.Equal(text, SizeText.Format(bytes));
}
