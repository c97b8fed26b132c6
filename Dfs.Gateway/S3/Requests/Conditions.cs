using System.Globalization;

namespace Dfs.Gateway.S3.Requests;

/// <summary>What a conditional read asks of a file (RFC 9110, section 13).</summary>
public sealed record Conditions(string? IfMatch, string? IfNoneMatch, string? IfModifiedSince, string? IfUnmodifiedSince)
{
    public static Conditions Of(Func<string, string?> header) =>
        new(header("if-match"), header("if-none-match"), header("if-modified-since"), header("if-unmodified-since"));

    /// <summary>Of the source of a copy.</summary>
    public static Conditions OfCopySource(Func<string, string?> header) => new(
        header("x-amz-copy-source-if-match"), header("x-amz-copy-source-if-none-match"),
        header("x-amz-copy-source-if-modified-since"), header("x-amz-copy-source-if-unmodified-since"));

    /// <summary>Compares; a condition on the ETag outweighs the one on the time.</summary>
    /// <param name="etag">Without quotes.</param>
    public ConditionOutcome For(string etag, DateTimeOffset modified)
    {
        // What clients are shown has no fractions of a second.
        var seconds = DateTimeOffset.FromUnixTimeSeconds(modified.ToUnixTimeSeconds());
        var failed = IfMatch is not null ? !Names(IfMatch, etag) : Parsed(IfUnmodifiedSince) is { } until && seconds > until;
        var notModified = IfNoneMatch is not null ? Names(IfNoneMatch, etag) : Parsed(IfModifiedSince) is { } since && seconds <= since;
        return failed ? ConditionOutcome.Failed : notModified ? ConditionOutcome.NotModified : ConditionOutcome.Holds;
    }

    /// <summary>Whether a list of ETags has this one, or stands for all.</summary>
    public static bool Names(string list, string etag) =>
        list.Split(',', StringSplitOptions.TrimEntries).Any(one => one == "*" || one.TrimStart('W', '/').Trim('"') == etag);

    private static DateTimeOffset? Parsed(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}

/// <summary>Whether a conditional read is to be answered with the file.</summary>
public enum ConditionOutcome
{
    Holds,

    /// <summary>304: the client has it already.</summary>
    NotModified,

    /// <summary>412.</summary>
    Failed,
}
