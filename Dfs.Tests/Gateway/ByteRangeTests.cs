using Dfs.Gateway;
using Microsoft.AspNetCore.Http;

namespace Dfs.Tests.Gateway;

/// <summary>RFC 9110, section 14: what a Range header means for a file of a given size.</summary>
public sealed class ByteRangeTests
{
    private const string ETag = "\"v1\"";

    [Theory]
    [InlineData("bytes=0-0", 10, 0, 1)]
    [InlineData("bytes=2-5", 10, 2, 4)]
    [InlineData("bytes=2-", 10, 2, 8)]
    [InlineData("bytes=2-99999999999", 10, 2, 8)]
    [InlineData("bytes=-3", 10, 7, 3)]
    [InlineData("bytes=-30", 10, 0, 10)]
    public void One_range_is_sent_alone(string range, long sizeBytes, long first, long count) =>
        Assert.Equal(new ByteRange(first, count, IsPart: true, IsSatisfiable: true), Of(range, sizeBytes));

    [Theory]
    [InlineData("bytes=10-", 10)]
    [InlineData("bytes=-0", 10)]
    [InlineData("bytes=0-", 0)]
    [InlineData("bytes=-1", 0)]
    public void A_range_with_nothing_in_it_cannot_be_satisfied(string range, long sizeBytes) =>
        Assert.False(Of(range, sizeBytes).IsSatisfiable);

    [Theory]
    [InlineData("")]
    [InlineData("bytes=5-4")]
    [InlineData("bytes=1-2,4-5")]
    [InlineData("bytes=")]
    [InlineData("lines=1-2")]
    [InlineData("nonsense")]
    public void Anything_else_is_answered_with_the_whole_file(string range) =>
        Assert.Equal(new ByteRange(0, 10, IsPart: false, IsSatisfiable: true), Of(range, 10));

    [Theory]
    [InlineData("\"v1\"", true)]
    [InlineData("\"v0\"", false)]
    [InlineData("W/\"v1\"", false)]
    [InlineData("Sat, 31 Jan 2026 12:00:00 GMT", false)]
    public void A_range_of_another_version_is_not_sent(string condition, bool isPart) =>
        Assert.Equal(isPart, Of("bytes=2-5", 10, condition).IsPart);

    private static ByteRange Of(string range, long sizeBytes, string? condition = null)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Range = range;
        request.Headers.IfRange = condition;
        return ByteRange.Of(request.GetTypedHeaders(), ETag, sizeBytes);
    }
}
