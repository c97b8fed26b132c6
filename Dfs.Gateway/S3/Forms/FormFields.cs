using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Dfs.Gateway.S3.Forms;

/// <summary>The fields of an upload by HTML form (RFC 7578), up to the one that is the content.</summary>
/// <param name="Values">By their names in lower case.</param>
/// <param name="FileName">Of the content, as the browser says it; empty when it does not.</param>
/// <param name="Content">The content; what follows it is not read.</param>
internal sealed record FormFields(IReadOnlyDictionary<string, string> Values, string FileName, Stream Content)
{
    /// <summary>20 KiB for all fields but the content, as S3 has it.</summary>
    private const int BytesMax = 20 * 1024;

    private const int CountMax = 200, BoundaryCharsMax = 70;

    private const string ContentField = "file";

    /// <summary>Whether a request brings a form.</summary>
    public static bool Has(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="S3Exception">It is not well-formed, too large, or without content.</exception>
    public static async Task<FormFields> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(request.ContentType).Boundary).Value;
        if (string.IsNullOrEmpty(boundary) || boundary.Length > BoundaryCharsMax)
        {
            throw Malformed();
        }

        var reader = new MultipartReader(boundary, request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 8 * 1024 };
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var readBytes = 0;
        try
        {
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
                    || HeaderUtilities.RemoveQuotes(disposition.Name).Value?.ToLowerInvariant() is not { Length: > 0 } name)
                {
                    throw Malformed();
                }

                if (name == ContentField)
                {
                    return new FormFields(values, FileNameOf(disposition), section.Body);
                }

                var bytes = await ReadAsync(section.Body, BytesMax - readBytes, cancellationToken);
                readBytes += bytes.Length + name.Length;
                // The first of several of one name: what is signed and what is used must be the same.
                if (values.Count >= CountMax || readBytes > BytesMax || !values.TryAdd(name, Encoding.UTF8.GetString(bytes)))
                {
                    throw new S3Exception(S3Error.InvalidArgument.Saying("A form has each field once, and at most 20 KiB beside the file."));
                }
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw Malformed();
        }

        throw new S3Exception(S3Error.InvalidArgument.Saying("POST requires exactly one file upload per request."));
    }

    // Of a "filename*" without a value the framework makes an error of the server's.
    private static string FileNameOf(ContentDispositionHeaderValue disposition)
    {
        var encoded = disposition.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("filename*", StringComparison.OrdinalIgnoreCase));
        var name = encoded is { Value.HasValue: true } && disposition.FileNameStar is { HasValue: true } decoded ? decoded : disposition.FileName;
        return HeaderUtilities.RemoveQuotes(name).Value ?? "";
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int bytesMax, CancellationToken cancellationToken)
    {
        var bytes = new byte[bytesMax + 1];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return length <= bytesMax ? bytes[..length]
            : throw new S3Exception(new S3Error("MaxPostPreDataLengthExceeded", System.Net.HttpStatusCode.BadRequest, "The fields before the file are too long."));
    }

    private static S3Exception Malformed() => new(new S3Error(
        "MalformedPOSTRequest", System.Net.HttpStatusCode.BadRequest, "The body of the POST request is not well-formed multipart/form-data."));
}
