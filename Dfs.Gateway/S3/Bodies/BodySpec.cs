using System.Globalization;
using Dfs.Gateway.S3.Signing;

namespace Dfs.Gateway.S3.Bodies;

/// <summary>How a request's content is encoded and signed, and what its headers promise of it.</summary>
public sealed record BodySpec
{
    private const string Streaming = "STREAMING-";

    private BodySpec()
    {
    }

    /// <summary>Of the content itself, without its encoding; the most that there may be when <see cref="SizeBytesMin"/> is less.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Null when the size is known exactly.</summary>
    public long? SizeBytesMin { get; init; }

    public required bool IsAwsChunked { get; init; }

    public required bool IsChunkSigned { get; init; }

    public required bool HasTrailers { get; init; }

    /// <summary>A trailer will say what the checksum must be.</summary>
    public bool IsCheckedByTrailer { get; init; }

    /// <summary>That the signature is about; null when it leaves the content out.</summary>
    public byte[]? Sha256 { get; init; }

    public byte[]? Md5 { get; init; }

    /// <summary>Name of the checksum algorithm; null for none.</summary>
    public string? Algorithm { get; init; }

    /// <summary>What it must be; null when a trailer says it, or nothing.</summary>
    public byte[]? Expected { get; init; }

    /// <summary>Content that nobody promised anything of but its size.</summary>
    /// <param name="algorithm">Of a checksum that is wanted; null for none.</param>
    public static BodySpec OfSize(long sizeBytes, string? algorithm) => new()
    {
        SizeBytes = sizeBytes,
        IsAwsChunked = false,
        IsChunkSigned = false,
        HasTrailers = false,
        Algorithm = algorithm,
    };

    /// <summary>The content of a form, whose size nobody says beforehand.</summary>
    /// <param name="field">A field by its name.</param>
    /// <exception cref="S3Exception">A checksum is malformed.</exception>
    public static BodySpec OfForm(Func<string, string?> field, long sizeBytesMin, long sizeBytesMax, long limitBytes)
    {
        var (algorithm, expected, _) = ChecksumOf(field);
        return new BodySpec
        {
            SizeBytes = Math.Min(sizeBytesMax, limitBytes),
            SizeBytesMin = sizeBytesMin,
            IsAwsChunked = false,
            IsChunkSigned = false,
            HasTrailers = false,
            Md5 = Md5Of(field("content-md5")),
            Algorithm = algorithm,
            Expected = expected,
        };
    }

    /// <exception cref="S3Exception">Headers are missing, malformed, or at odds.</exception>
    public static BodySpec Parse(Func<string, string?> header, string payloadHash)
    {
        var isStreaming = payloadHash.StartsWith(Streaming, StringComparison.Ordinal);
        var (isSigned, hasTrailers) = payloadHash switch
        {
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => (true, false),
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => (true, true),
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => (false, true),
            _ when isStreaming => throw new S3Exception(S3Error.NotImplemented.Saying($"Content cannot be signed as {payloadHash}.")),
            _ => (false, false),
        };
        var (algorithm, expected, isTrailer) = ChecksumOf(header);
        return new BodySpec
        {
            SizeBytes = Size(header(isStreaming ? "x-amz-decoded-content-length" : "content-length")),
            IsAwsChunked = isStreaming,
            IsChunkSigned = isSigned,
            HasTrailers = hasTrailers,
            IsCheckedByTrailer = hasTrailers && isTrailer,
            Sha256 = isStreaming || payloadHash == RequestClaim.UnsignedPayload ? null : Sha256Of(payloadHash),
            Md5 = Md5Of(header("content-md5")),
            Algorithm = algorithm,
            Expected = expected,
        };
    }

    private static long Size(string? text) =>
        text is null ? throw new S3Exception(S3Error.MissingContentLength)
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sizeBytes) ? sizeBytes
        : throw new S3Exception(S3Error.InvalidRequest.Saying("The size of the content is not a number."));

    private static byte[] Sha256Of(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit)
        ? Convert.FromHexString(text)
        : throw new S3Exception(S3Error.InvalidArgument.Saying("x-amz-content-sha256 is neither a SHA-256 nor a way to sign."));

    private static byte[]? Md5Of(string? text) => text is null ? null
        : Base64(text, 16) ?? throw new S3Exception(S3Error.InvalidDigest);

    private static (string? Algorithm, byte[]? Expected, bool IsTrailer) ChecksumOf(Func<string, string?> header)
    {
        var given = Checksum.Algorithms.Where(algorithm => header(Checksum.HeaderPrefix + algorithm) is not null).ToList();
        var trailer = Checksum.Algorithms.FirstOrDefault(
            algorithm => (header("x-amz-trailer") ?? "").Trim().Equals(Checksum.HeaderPrefix + algorithm, StringComparison.OrdinalIgnoreCase));
        if (given.Count > 1 || (given.Count == 1 && trailer is not null))
        {
            throw new S3Exception(S3Error.InvalidRequest.Saying("A request has one checksum."));
        }

        var named = header("x-amz-sdk-checksum-algorithm")?.ToLowerInvariant();
        if (given.Count == 0)
        {
            return (trailer ?? (named is not null && Checksum.Algorithms.Contains(named) ? named : null), null, trailer is not null);
        }

        var name = Checksum.HeaderPrefix + given[0];
        return (given[0], Base64(header(name)!, Checksum.SizeBytes(given[0]))
            ?? throw new S3Exception(S3Error.BadDigest.Saying($"Value for {name} header is invalid.")), false);
    }

    internal static byte[]? Base64(string text, int sizeBytes)
    {
        var bytes = new byte[sizeBytes + 3];
        return Convert.TryFromBase64String(text, bytes, out var length) && length == sizeBytes ? bytes[..length] : null;
    }
}
