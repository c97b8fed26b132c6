using System.IO.Pipelines;
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

        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        await using var body = new HashedStream(request.Body, md5);
        var facts = options.OwnFacts;
        // Asked when the content was read to its end; an ETag in hexadecimal is what S3 clients know as the content's MD5.
        options = options with { Facts = () => facts with { ETag = FileFacts.ETagOf(Convert.ToHexStringLower(md5.GetCurrentHash())) } };
        return await client.PutAsync(key, PipeReader.Create(body, new StreamPipeReaderOptions(leaveOpen: true)), options, cancellationToken);
    }

    /// <summary>Reads another stream and hashes what it read.</summary>
    private sealed class HashedStream(Stream source, IncrementalHash hash) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await source.ReadAsync(buffer, cancellationToken);
            hash.AppendData(buffer.Span[..read]);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
            // Nothing is written.
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
