using System.IO.Pipelines;
using Dfs.Client;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;
using Dfs.Gateway.S3.Requests;

namespace Dfs.Gateway.S3.Sealing;

/// <summary>An object that was sealed with a customer's key, opened: its content comes out as it went in.</summary>
/// <remarks>Owns the file and the seal. Memory is what one pipe holds.</remarks>
internal sealed class SealedFile(IOpenFile file, ContentSeal seal) : IOpenFile
{
    private readonly SealedParts _parts = SealedParts.Of(file.Facts.Metadata, file.SizeBytes);

    public long SizeBytes => file.SizeBytes;

    public string ContentType => file.ContentType;

    public DateTimeOffset ModifiedAt => file.ModifiedAt;

    public FileFacts Facts => file.Facts;

    public VersionId Version => file.Version;

    public bool IsNull => file.IsNull;

    public VersionLock Lock => file.Lock;

    /// <summary>Opens what is sealed with the key that the request has; what is not sealed stays as it is.</summary>
    /// <param name="prefix">Of the key's headers.</param>
    /// <exception cref="S3Exception">The object needs a key and there is none, or another; or it needs none.</exception>
    public static (IOpenFile File, CustomerKey? Key) Open(S3Call call, IOpenFile file, string prefix)
    {
        var key = CustomerKey.Of(call.Header, prefix);
        if (!file.Facts.Metadata.TryGetValue(ContentSeal.Name, out var wrapped))
        {
            return key is null ? (file, null) : throw new S3Exception(S3Error.InvalidRequest.Saying(
                "The encryption parameters are not applicable to this object."));
        }

        return key is null
            ? throw new S3Exception(S3Error.InvalidRequest.Saying(
                "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."))
            : (new SealedFile(file, ContentSeal.Open(wrapped, key)), key);
    }

    public async Task<TransferEnd> CopyToAsync(PipeWriter target, long offsetBytes, long countBytes, CancellationToken cancellationToken)
    {
        var pipe = new Pipe();
        var reading = ReadAsync(pipe.Writer, offsetBytes, countBytes, cancellationToken);
        var written = 0L;
        var (at, beginsAt, index) = (offsetBytes, 0L, 0);
        var cipher = seal.CipherOf(_parts.Parts[0].Number);
        try
        {
            while (true)
            {
                var read = await pipe.Reader.ReadAsync(cancellationToken);
                foreach (var segment in read.Buffer)
                {
                    var rest = segment;
                    while (!rest.IsEmpty)
                    {
                        while (at >= beginsAt + _parts.Parts[index].SizeBytes)
                        {
                            beginsAt += _parts.Parts[index++].SizeBytes;
                            cipher.Dispose();
                            cipher = seal.CipherOf(_parts.Parts[index].Number);
                        }

                        var count = (int)Math.Min(rest.Length, beginsAt + _parts.Parts[index].SizeBytes - at);
                        cipher.Transform(rest.Span[..count], target.GetSpan(count)[..count], at - beginsAt);
                        target.Advance(count);
                        (rest, at, written) = (rest[count..], at + count, written + count);
                    }
                }

                pipe.Reader.AdvanceTo(read.Buffer.End);
                if ((await target.FlushAsync(cancellationToken)).IsCompleted || read.IsCompleted)
                {
                    break;
                }
            }
        }
        finally
        {
            cipher.Dispose();
            await pipe.Reader.CompleteAsync();
        }

        return await reading with { WrittenBytes = written };
    }

    public async ValueTask DisposeAsync()
    {
        seal.Dispose();
        await file.DisposeAsync();
    }

    private async Task<TransferEnd> ReadAsync(PipeWriter writer, long offsetBytes, long countBytes, CancellationToken cancellationToken)
    {
        try
        {
            return await file.CopyToAsync(writer, offsetBytes, countBytes, cancellationToken);
        }
        finally
        {
            await writer.CompleteAsync();
        }
    }
}
