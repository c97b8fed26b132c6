using System.Buffers.Binary;
using System.Security.Cryptography;
using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>AES-256 in counter mode (NIST SP 800-38A, 6.5), from any byte offset.</summary>
/// <remarks>
/// Encrypting and decrypting are the same. Malleable by itself: whoever calls it checks a hash or a MAC. AES-NI
/// where the processor has it, else the system's ECB over batches of counters; both give the same bytes. One thread
/// at a time per instance. Bytes are the keystream at (first counter block + offset / 16), the counter being a
/// 128-bit big-endian number that wraps.
/// </remarks>
public sealed class AesCtr : IDisposable
{
    public const int BlockBytes = 16;

    private readonly ICounterCipher _cipher;
    private readonly UInt128 _firstCounter;

    /// <param name="key">32 bytes.</param>
    /// <param name="firstCounter">The counter block of offset 0, 16 bytes.</param>
    public AesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> firstCounter)
        : this(key, firstCounter, AesNiCounterCipher.IsSupported) { }

    /// <summary>Counts from zero: for keys that encrypt one message only.</summary>
    public AesCtr(SecretKey key)
        : this(key.Span, stackalloc byte[BlockBytes]) { }

    internal AesCtr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> firstCounter, bool useAesNi)
    {
        Invariant.Holds(key.Length == SecretKey.SizeBytes, $"an AES-256 key has 32 bytes ({key.Length})");
        Invariant.Holds(firstCounter.Length == BlockBytes, $"a counter block has 16 bytes ({firstCounter.Length})");
        _firstCounter = BinaryPrimitives.ReadUInt128BigEndian(firstCounter);
        _cipher = useAesNi ? new AesNiCounterCipher(key) : new EcbCounterCipher(key);
    }

    /// <summary>Applies the keystream at a byte offset.</summary>
    /// <param name="target">As long as the source; the very same span, or none of its bytes.</param>
    public void Transform(ReadOnlySpan<byte> source, Span<byte> target, long offset)
    {
        Invariant.Holds(target.Length == source.Length, $"both sides are as long ({source.Length}, {target.Length})");
        Invariant.Holds(offset >= 0, $"an offset is not negative ({offset})");
        Invariant.Holds(
            !source.Overlaps(target, out var shift) || shift == 0, $"in place means the same place ({shift} bytes apart)");

        var counter = unchecked(_firstCounter + (UInt128)(offset / BlockBytes));
        var skip = (int)(offset % BlockBytes);
        if (skip != 0)
        {
            var head = Math.Min(BlockBytes - skip, source.Length);
            TransformPart(source[..head], target[..head], counter, skip);
            source = source[head..];
            target = target[head..];
            counter = unchecked(counter + 1);
        }

        var whole = source.Length - source.Length % BlockBytes;
        _cipher.TransformBlocks(source[..whole], target[..whole], counter);
        if (whole != source.Length)
        {
            counter = unchecked(counter + (UInt128)(whole / BlockBytes));
            TransformPart(source[whole..], target[whole..], counter, 0);
        }
    }

    /// <summary>In place.</summary>
    public void Transform(Span<byte> buffer, long offset = 0) => Transform(buffer, buffer, offset);

    public void Dispose() => _cipher.Dispose();

    private void TransformPart(ReadOnlySpan<byte> source, Span<byte> target, UInt128 counter, int skip)
    {
        Span<byte> block = stackalloc byte[BlockBytes];
        block.Clear();
        _cipher.TransformBlocks(block, block, counter);
        for (var i = 0; i < source.Length; i++)
        {
            target[i] = (byte)(source[i] ^ block[skip + i]);
        }

        CryptographicOperations.ZeroMemory(block);
    }
}
