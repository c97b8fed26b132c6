using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using AesNi = System.Runtime.Intrinsics.X86.Aes;

namespace Dfs.Core.Crypto;

/// <summary>Counter mode with AES-NI, eight blocks in flight: an AES round has several times the latency of its throughput.</summary>
internal sealed class AesNiCounterCipher : ICounterCipher
{
    private const int Rounds = 14;
    private const int Lanes = 8;

    private readonly Vector128<byte>[] _keys;

    public AesNiCounterCipher(ReadOnlySpan<byte> key) => _keys = ExpandKey(key);

    public static bool IsSupported => AesNi.IsSupported && Ssse3.IsSupported && BitConverter.IsLittleEndian;

    public void TransformBlocks(ReadOnlySpan<byte> source, Span<byte> target, UInt128 counter)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target);
        nuint at = 0;
        var blocks = source.Length / AesCtr.BlockBytes;
        while (blocks >= Lanes)
        {
            // The lanes add to the low half only; the batches before its carry go together, the one across it alone.
            var low = unchecked((ulong)counter);
            var batches = Math.Min(blocks / Lanes, (long)Math.Min((ulong.MaxValue - low) / Lanes, int.MaxValue));
            if (batches == 0)
            {
                TransformOne(ref from, ref to, at, counter);
                (at, blocks, counter) = (at + AesCtr.BlockBytes, blocks - 1, unchecked(counter + 1));
                continue;
            }

            TransformBatches(ref from, ref to, at, counter, (int)batches);
            at += (nuint)(batches * Lanes * AesCtr.BlockBytes);
            blocks -= (int)batches * Lanes;
            counter = unchecked(counter + (UInt128)(batches * Lanes));
        }

        for (; blocks > 0; blocks--)
        {
            TransformOne(ref from, ref to, at, counter);
            (at, counter) = (at + AesCtr.BlockBytes, unchecked(counter + 1));
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_keys.AsSpan()));

    private void TransformOne(ref byte from, ref byte to, nuint at, UInt128 counter)
    {
        var keys = _keys;
        var state = ToBigEndian(CounterOf(counter)) ^ keys[0];
        for (var round = 1; round < Rounds; round++)
        {
            state = AesNi.Encrypt(state, keys[round]);
        }

        (AesNi.EncryptLast(state, keys[Rounds]) ^ Vector128.LoadUnsafe(ref from, at)).StoreUnsafe(ref to, at);
    }

    // Unrolled by hand: the JIT keeps eight states in registers only when they are locals.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformBatches(ref byte from, ref byte to, nuint at, UInt128 counter, int batches)
    {
        ref var key = ref MemoryMarshal.GetArrayDataReference(_keys);
        var next = CounterOf(counter);
        var one = Vector128.Create(1UL, 0UL);
        for (; batches > 0; batches--)
        {
            var key0 = key;
            var s0 = ToBigEndian(next) ^ key0;
            next += one;
            var s1 = ToBigEndian(next) ^ key0;
            next += one;
            var s2 = ToBigEndian(next) ^ key0;
            next += one;
            var s3 = ToBigEndian(next) ^ key0;
            next += one;
            var s4 = ToBigEndian(next) ^ key0;
            next += one;
            var s5 = ToBigEndian(next) ^ key0;
            next += one;
            var s6 = ToBigEndian(next) ^ key0;
            next += one;
            var s7 = ToBigEndian(next) ^ key0;
            next += one;
            for (var round = 1; round < Rounds; round++)
            {
                var k = Unsafe.Add(ref key, round);
                s0 = AesNi.Encrypt(s0, k);
                s1 = AesNi.Encrypt(s1, k);
                s2 = AesNi.Encrypt(s2, k);
                s3 = AesNi.Encrypt(s3, k);
                s4 = AesNi.Encrypt(s4, k);
                s5 = AesNi.Encrypt(s5, k);
                s6 = AesNi.Encrypt(s6, k);
                s7 = AesNi.Encrypt(s7, k);
            }

            var last = Unsafe.Add(ref key, Rounds);
            (AesNi.EncryptLast(s0, last) ^ Vector128.LoadUnsafe(ref from, at)).StoreUnsafe(ref to, at);
            (AesNi.EncryptLast(s1, last) ^ Vector128.LoadUnsafe(ref from, at + 16)).StoreUnsafe(ref to, at + 16);
            (AesNi.EncryptLast(s2, last) ^ Vector128.LoadUnsafe(ref from, at + 32)).StoreUnsafe(ref to, at + 32);
            (AesNi.EncryptLast(s3, last) ^ Vector128.LoadUnsafe(ref from, at + 48)).StoreUnsafe(ref to, at + 48);
            (AesNi.EncryptLast(s4, last) ^ Vector128.LoadUnsafe(ref from, at + 64)).StoreUnsafe(ref to, at + 64);
            (AesNi.EncryptLast(s5, last) ^ Vector128.LoadUnsafe(ref from, at + 80)).StoreUnsafe(ref to, at + 80);
            (AesNi.EncryptLast(s6, last) ^ Vector128.LoadUnsafe(ref from, at + 96)).StoreUnsafe(ref to, at + 96);
            (AesNi.EncryptLast(s7, last) ^ Vector128.LoadUnsafe(ref from, at + 112)).StoreUnsafe(ref to, at + 112);
            at += Lanes * AesCtr.BlockBytes;
        }
    }

    private static Vector128<ulong> CounterOf(UInt128 counter) =>
        Vector128.Create(unchecked((ulong)counter), (ulong)(counter >> 64));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> ToBigEndian(Vector128<ulong> counter) =>
        Ssse3.Shuffle(
            counter.AsByte(),
            Vector128.Create((byte)15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));

    /// <summary>FIPS 197, 5.2, for 32-byte keys: two round keys per step.</summary>
    private static Vector128<byte>[] ExpandKey(ReadOnlySpan<byte> key)
    {
        var keys = new Vector128<byte>[Rounds + 1];
        keys[0] = Vector128.Create(key[..16]);
        keys[1] = Vector128.Create(key[16..]);
        // The instruction wants its round constant as a literal.
        Step(keys, 2, AesNi.KeygenAssist(keys[1], 0x01));
        Step(keys, 4, AesNi.KeygenAssist(keys[3], 0x02));
        Step(keys, 6, AesNi.KeygenAssist(keys[5], 0x04));
        Step(keys, 8, AesNi.KeygenAssist(keys[7], 0x08));
        Step(keys, 10, AesNi.KeygenAssist(keys[9], 0x10));
        Step(keys, 12, AesNi.KeygenAssist(keys[11], 0x20));
        Step(keys, 14, AesNi.KeygenAssist(keys[13], 0x40));
        return keys;

        static void Step(Vector128<byte>[] keys, int at, Vector128<byte> assist)
        {
            keys[at] = Mix(keys[at - 2], Sse2.Shuffle(assist.AsInt32(), 0xFF).AsByte());
            if (at < Rounds)
            {
                var second = AesNi.KeygenAssist(keys[at], 0);
                keys[at + 1] = Mix(keys[at - 1], Sse2.Shuffle(second.AsInt32(), 0xAA).AsByte());
            }
        }

        static Vector128<byte> Mix(Vector128<byte> previous, Vector128<byte> word)
        {
            previous ^= Sse2.ShiftLeftLogical128BitLane(previous, 4);
            previous ^= Sse2.ShiftLeftLogical128BitLane(previous, 8);
            return previous ^ word;
        }
    }
}
