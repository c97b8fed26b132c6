using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Web;

/// <summary>The files of the web page, which lie in this assembly; nothing is read from a disk, so no path leads anywhere else.</summary>
internal sealed class PageFiles
{
    private const string Prefix = "page/";

    private readonly FrozenDictionary<string, PageFile> _files;

    public PageFiles()
    {
        var assembly = typeof(PageFiles).Assembly;
        _files = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Prefix.Length..].Replace('\\', '/'), name => Read(assembly.GetManifestResourceStream(name)!, name));
    }

    public IEnumerable<string> Names => _files.Keys;

    /// <summary>Answers with a file of the page; 404 when there is none of the name.</summary>
    public IResult Send(HttpContext http, string name)
    {
        if (!_files.TryGetValue(name, out var file))
        {
            return Results.Text("There is no such page.\n", statusCode: StatusCodes.Status404NotFound);
        }

        var headers = http.Response.Headers;
        headers.ContentSecurityPolicy = WebPolicy.Page;
        // Asked for each time, sent only when the program was changed.
        headers.CacheControl = "no-cache";
        headers.ETag = file.ETag;
        return http.Request.Headers.IfNoneMatch == file.ETag
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Bytes(file.Content, file.ContentType);
    }

    private static PageFile Read(Stream stream, string name)
    {
        using (stream)
        {
            using var content = new MemoryStream();
            stream.CopyTo(content);
            var bytes = content.ToArray();
            return new PageFile(bytes, TypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..32]}\"");
        }
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"no content type is known for a page's file with '{other}'"),
    };

    private sealed record PageFile(byte[] Content, string ContentType, string ETag);
}
