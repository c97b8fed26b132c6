using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Dfs.Gateway.S3;

/// <summary>What a request's first line and Host say, decoded once: bucket, key, query.</summary>
/// <remarks>Pure. The path is taken as it was sent: a key may contain "//" or "/../", which servers like to tidy.</remarks>
public sealed record S3Target
{
    /// <summary>Of the whole address; a key of 1,024 bytes has at most 3,072 characters in it.</summary>
    public const int CharsMax = 16 * 1024;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private S3Target(string path, string resource, string bucket, string key, IReadOnlyList<KeyValuePair<string, string>> query) =>
        (Path, Resource, Bucket, Key, Query) = (path, resource, bucket, key, query);

    /// <summary>Decoded; what the signature is about, whatever the style.</summary>
    public string Path { get; }

    /// <summary>Encoded, as it was sent, behind the bucket whatever the style; what Signature Version 2 is about.</summary>
    public string Resource { get; }

    /// <summary>Empty for requests about the service.</summary>
    public string Bucket { get; }

    /// <summary>Empty for requests about a bucket.</summary>
    public string Key { get; }

    /// <summary>Decoded, in the order in which it was sent; a name without "=" has an empty value.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query { get; }

    public bool Has(string name) => Query.Any(pair => pair.Key == name);

    /// <summary>Null when the query does not have it.</summary>
    public string? Get(string name) => Query.Where(pair => pair.Key == name).Select(pair => pair.Value).FirstOrDefault();

    /// <summary>Another key, which the path does not have: of an upload by form.</summary>
    public S3Target WithKey(string key) => new(Path, Resource, Bucket, key, Query);

    /// <param name="rawTarget">As in the request line.</param>
    /// <param name="host">Of the Host header, without port.</param>
    /// <param name="domain">Hosts below it are buckets; empty for path style only.</param>
    /// <returns>False when it is not well-formed UTF-8 in percent encoding.</returns>
    public static bool TryParse(string rawTarget, string host, string domain, [NotNullWhen(true)] out S3Target? target)
    {
        target = null;
        var mark = rawTarget.IndexOf('?', StringComparison.Ordinal);
        var rawPath = mark < 0 ? rawTarget : rawTarget[..mark];
        if (rawTarget.Length > CharsMax || !rawPath.StartsWith('/') || !TryDecode(rawPath, plusIsSpace: false, out var path)
            || !TryParseQuery(mark < 0 ? "" : rawTarget[(mark + 1)..], out var query))
        {
            return false;
        }

        if (domain.Length > 0 && host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase))
        {
            var bucket = host[..^(domain.Length + 1)];
            target = new S3Target(path, $"/{bucket}{rawPath}", bucket, path[1..], query);
            return true;
        }

        var slash = path.IndexOf('/', 1);
        target = slash < 0 ? new S3Target(path, rawPath, path[1..], "", query) : new S3Target(path, rawPath, path[1..slash], path[(slash + 1)..], query);
        return true;
    }

    /// <summary>Decodes what stands after a percent sign; "+" stays.</summary>
    public static bool TryDecode(string text, [NotNullWhen(true)] out string? decoded) => TryDecode(text, plusIsSpace: false, out decoded);

    /// <summary>Never the query: a presigned one is as good as a key.</summary>
    public override string ToString() => Path;

    private static bool TryParseQuery(string text, out List<KeyValuePair<string, string>> query)
    {
        query = [];
        foreach (var pair in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (!TryDecode(equals < 0 ? pair : pair[..equals], plusIsSpace: true, out var name)
                || !TryDecode(equals < 0 ? "" : pair[(equals + 1)..], plusIsSpace: true, out var value))
            {
                return false;
            }

            query.Add(new KeyValuePair<string, string>(name, value));
        }

        return true;
    }

    private static bool TryDecode(string text, bool plusIsSpace, [NotNullWhen(true)] out string? decoded)
    {
        decoded = null;
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                {
                    return false;
                }

                bytes[length++] = Convert.ToByte(text.Substring(i + 1, 2), 16);
                i += 2;
            }
            else
            {
                var isPair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length;
                length += Encoding.UTF8.GetBytes(text.AsSpan(i, isPair ? 2 : 1), bytes.AsSpan(length));
                bytes[length - 1] = plusIsSpace && text[i] == '+' ? (byte)' ' : bytes[length - 1];
                i += isPair ? 1 : 0;
            }
        }

        try
        {
            decoded = Strict.GetString(bytes, 0, length);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
