using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Dfs.Core.Crypto;

/// <summary>Counter mode for processors without AES instructions of ours: the system's ECB over batches of counters.</summary>
internal sealed class EcbCounterCipher : ICounterCipher
{
    /// <summary>8 KiB: long enough to hide the call's cost, short enough to stay in the first-level cache.</summary>
    private const int BatchBytes = 8 * 1024;

    private readonly Aes _aes = Aes.Create();

    public EcbCounterCipher(ReadOnlySpan<byte> key) => _aes.SetKey(key);

    public void TransformBlocks(ReadOnlySpan<byte> source, Span<byte> target, UInt128 counter)
    {
        Span<byte> batch = stackalloc byte[Math.Min(BatchBytes, source.Length)];
        for (var at = 0; at < source.Length; at += batch.Length)
        {
            batch = batch[..Math.Min(batch.Length, source.Length - at)];
            for (var block = 0; block < batch.Length; block += AesCtr.BlockBytes)
            {
                BinaryPrimitives.WriteUInt128BigEndian(batch[block..], counter);
                counter = unchecked(counter + 1);
            }

            _aes.EncryptEcb(batch, batch, PaddingMode.None);
            Xor(source.Slice(at, batch.Length), batch, target.Slice(at, batch.Length));
        }

        CryptographicOperations.ZeroMemory(batch);
    }

    public void Dispose() => _aes.Dispose();

    private static void Xor(ReadOnlySpan<byte> source, ReadOnlySpan<byte> keystream, Span<byte> target)
    {
        var at = 0;
        for (; at <= source.Length - Vector<byte>.Count; at += Vector<byte>.Count)
        {
            (new Vector<byte>(source[at..]) ^ new Vector<byte>(keystream[at..])).CopyTo(target[at..]);
        }

        // A vector may be longer than one block, so up to a few words are left.
        var sourceWords = MemoryMarshal.Cast<byte, ulong>(source[at..]);
        var keyWords = MemoryMarshal.Cast<byte, ulong>(keystream[at..]);
        var targetWords = MemoryMarshal.Cast<byte, ulong>(target[at..]);
        for (var i = 0; i < sourceWords.Length; i++)
        {
            targetWords[i] = sourceWords[i] ^ keyWords[i];
        }
    }
}
