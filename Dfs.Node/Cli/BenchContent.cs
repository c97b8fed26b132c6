using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Dfs.Core.Crypto;

namespace Dfs.Node.Cli;

/// <summary>Content that cannot be compressed, was never stored before, and is made faster than any network takes it.</summary>
/// <remarks>A stream of AES-256-CTR under a random key, so that a download is compared without keeping what was sent.</remarks>
public sealed class BenchContent(long sizeBytes)
{
    private const int PieceBytes = 256 * 1024;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    private long SizeBytes => sizeBytes;

    public HttpContent ToHttp() => new Body(this);

    /// <returns>True when the stream holds exactly this content.</returns>
    public async Task<bool> IsEqualAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var cipher = Cipher();
        using var pieces = MemoryPool<byte>.Shared.Rent(2 * PieceSize);
        var (wanted, got) = (pieces.Memory[..PieceSize], pieces.Memory[PieceSize..]);
        for (var offset = 0L; offset < sizeBytes; offset += PieceSize)
        {
            var count = (int)Math.Min(PieceSize, sizeBytes - offset);
            var read = await stream.ReadAtLeastAsync(got[..count], count, throwOnEndOfStream: false, cancellationToken);
            Fill(cipher, wanted.Span[..count], offset);
            if (read < count || !wanted.Span[..count].SequenceEqual(got.Span[..count]))
            {
                return false;
            }
        }

        return await stream.ReadAsync(got[..1], cancellationToken) == 0;
    }

    private int PieceSize => (int)Math.Clamp(sizeBytes, 1, PieceBytes);

    private AesCtr Cipher() => new(_key, new byte[AesCtr.BlockBytes]);

    private static void Fill(AesCtr cipher, Span<byte> piece, long offset)
    {
        piece.Clear();
        cipher.Transform(piece, piece, offset);
    }

    private sealed class Body : HttpContent
    {
        private readonly BenchContent _content;
        private readonly long _sizeBytes;

        public Body(BenchContent content)
        {
            (_content, _sizeBytes) = (content, content.SizeBytes);
            Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            using var cipher = _content.Cipher();
            using var rented = MemoryPool<byte>.Shared.Rent(_content.PieceSize);
            for (var offset = 0L; offset < _sizeBytes; offset += _content.PieceSize)
            {
                var piece = rented.Memory[..(int)Math.Min(_content.PieceSize, _sizeBytes - offset)];
                Fill(cipher, piece.Span, offset);
                await stream.WriteAsync(piece);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _sizeBytes;
            return true;
        }
    }
}
