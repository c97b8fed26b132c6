using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Chunking;

/// <summary>Makes a chunk shorter before it is sealed, where that pays.</summary>
/// <remarks>
/// Brotli at its fastest, because the framework has it. Every chunk by itself, so that it can be read by itself. A sample decides
/// first: content that is compressed already costs three times 4 KiB of trying and no more. The same bytes give the same bytes
/// within a version of the framework's library; after a change of it equal content is stored once more, and nothing worse.
/// </remarks>
public static class ChunkCompression
{
    private const int Quality = 1;

    /// <summary>As a power of two: 1 MiB.</summary>
    private const int WindowBits = 20;

    private const int SampleBytes = 4096;

    /// <summary>Compresses in place.</summary>
    /// <returns>How many bytes at the beginning of the chunk are the compressed ones; all of them when it was left as it is.</returns>
    public static int Shrink(Span<byte> chunk)
    {
        // A sixteenth less: below that the work of every reader is worth more.
        var wishedBytes = chunk.Length - (chunk.Length / 16);
        if (wishedBytes == chunk.Length || !IsPromising(chunk))
        {
            return chunk.Length;
        }

        var scratch = ArrayPool<byte>.Shared.Rent(wishedBytes);
        try
        {
            if (!BrotliEncoder.TryCompress(chunk, scratch.AsSpan(0, wishedBytes), out var shortBytes, Quality, WindowBits) || shortBytes == 0)
            {
                return chunk.Length;
            }

            scratch.AsSpan(0, shortBytes).CopyTo(chunk);
            return shortBytes;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scratch);
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static bool IsPromising(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length <= 3 * SampleBytes)
        {
            return true;
        }

        Span<byte> sample = stackalloc byte[3 * SampleBytes];
        Span<byte> target = stackalloc byte[3 * SampleBytes * 7 / 8];
        chunk[..SampleBytes].CopyTo(sample);
        chunk.Slice((chunk.Length - SampleBytes) / 2, SampleBytes).CopyTo(sample[SampleBytes..]);
        chunk[^SampleBytes..].CopyTo(sample[(2 * SampleBytes)..]);
        var isShorter = BrotliEncoder.TryCompress(sample, target, out _, Quality, WindowBits);
        CryptographicOperations.ZeroMemory(sample);
        CryptographicOperations.ZeroMemory(target);
        return isShorter;
    }
}

/// <summary>Gives the content of a compressed chunk back, piece by piece.</summary>
/// <param name="compressed">Opened; read while this is used.</param>
/// <param name="plainBytes">As the manifest says: more is never given.</param>
public sealed class ChunkDecoder(ReadOnlyMemory<byte> compressed, int plainBytes) : IDisposable
{
    private BrotliDecoder _decoder;
    private int _taken;
    private int _given;

    /// <returns>Bytes that were written; zero when these are not the bytes that the manifest speaks of.</returns>
    public int Read(Span<byte> target)
    {
        target = target[..Math.Min(target.Length, plainBytes - _given)];
        Invariant.Holds(!target.IsEmpty, $"a chunk is read to its end ({plainBytes} bytes)");
        var status = _decoder.Decompress(compressed.Span[_taken..], target, out var taken, out var given);
        _taken += taken;
        _given += given;
        if (status == OperationStatus.DestinationTooSmall && _given == plainBytes)
        {
            // All is here, and the decoder has not yet looked at what ends it.
            status = _decoder.Decompress(compressed.Span[_taken..], stackalloc byte[1], out taken, out var more);
            (_taken, _given) = (_taken + taken, _given + more);
        }

        var isRight = status switch
        {
            OperationStatus.DestinationTooSmall => _given < plainBytes,
            OperationStatus.Done => _given == plainBytes && _taken == compressed.Length,
            _ => false,
        };
        return isRight ? given : 0;
    }

    public void Dispose() => _decoder.Dispose();
}
