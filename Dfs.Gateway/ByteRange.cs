using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;

namespace Dfs.Gateway;

/// <summary>Which bytes of a file a request wants (RFC 9110, section 14): all of them, one range, or none that there are.</summary>
/// <remarks>
/// Several ranges at once, other units and what is no range are answered with the whole file, as the RFC allows; so is a range
/// that holds only for another version (<c>If-Range</c>).
/// </remarks>
/// <param name="IsPart">Answered with 206.</param>
/// <param name="IsSatisfiable">False: answered with 416.</param>
public readonly record struct ByteRange(long FirstBytes, long CountBytes, bool IsPart, bool IsSatisfiable)
{
    /// <param name="etag">Of the version that would be sent, with its quotes.</param>
    public static ByteRange Of(RequestHeaders request, string etag, long sizeBytes)
    {
        var whole = new ByteRange(0, sizeBytes, IsPart: false, IsSatisfiable: true);
        if (request.Range is not { } wanted || wanted.Unit != "bytes" || wanted.Ranges.Count != 1 || !HoldsFor(request, etag))
        {
            return whole;
        }

        var range = wanted.Ranges.Single();
        var first = range.From ?? Math.Max(0, sizeBytes - range.To!.Value);
        var last = Math.Min(range.From is null ? sizeBytes - 1 : range.To ?? long.MaxValue, sizeBytes - 1);
        return first <= last
            ? new ByteRange(first, last - first + 1, IsPart: true, IsSatisfiable: true)
            : new ByteRange(0, 0, IsPart: false, IsSatisfiable: false);
    }

    /// <summary>Sets status, length and range of the answer.</summary>
    /// <returns>False when there is nothing to send.</returns>
    public bool Begin(HttpResponse response, long sizeBytes)
    {
        response.Headers.AcceptRanges = "bytes";
        response.ContentLength = CountBytes;
        if (!IsSatisfiable)
        {
            response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
            response.Headers.ContentRange = $"bytes */{sizeBytes}";
        }
        else if (IsPart)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {FirstBytes}-{FirstBytes + CountBytes - 1}/{sizeBytes}";
        }

        return IsSatisfiable;
    }

    // A date names no version exactly, so a range under one is not trusted.
    private static bool HoldsFor(RequestHeaders request, string etag) =>
        request.IfRange is not { } condition || (condition.EntityTag is { IsWeak: false } tag && tag.Tag == etag);
}
