using System.Security.Cryptography;
using Dfs.Client;
using Dfs.Client.Http;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.Admin;

/// <summary>A put whose content is hashed on its way when its client asks for it, so that it can be compared later without being read.</summary>
internal static class DigestedPut
{
    public static async Task<PutResult> PutAsync(
        IDfsClient client, ObjectKey key, HttpRequest request, PutOptions options, CancellationToken cancellationToken)
    {
        if (request.Headers[NodeHeaders.Digest] != "md5")
        {
            return await client.PutAsync(key, request.BodyReader, options, cancellationToken);
        }

        using var digest = new Md5Digest();
        var facts = options.OwnFacts;
        // Asked when the content was read to its end; an ETag in hexadecimal is what S3 clients know as the content's MD5.
        options = options with { Check = digest, Facts = () => facts with { ETag = FileFacts.ETagOf(digest.Hexadecimal) } };
        return await client.PutAsync(key, request.BodyReader, options, cancellationToken);
    }

    private sealed class Md5Digest : IContentCheck, IDisposable
    {
        private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);

        /// <summary>Of all content; empty before its end.</summary>
        public string Hexadecimal { get; private set; } = "";

        public void Append(ReadOnlySpan<byte> content) => _md5.AppendData(content);

        public void End() => Hexadecimal = Convert.ToHexStringLower(_md5.GetHashAndReset());

        public void Dispose() => _md5.Dispose();
    }
}
