using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Crypto;

/// <summary>Both implementations against NIST's vectors and against a naive one.</summary>
public sealed class AesCtrTests
{
    // NIST SP 800-38A, F.5.5 and F.5.6.
    private static readonly byte[] NistKey =
        Convert.FromHexString("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");

    private static readonly byte[] NistCounter = Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");

    private static readonly byte[] NistPlain = Convert.FromHexString(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");

    private static readonly byte[] NistCipher = Convert.FromHexString(
        "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
        + "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6");

    public static TheoryData<bool> Implementations
    {
        get
        {
            var data = new TheoryData<bool> { false };
            if (AesNiCounterCipher.IsSupported)
            {
                data.Add(true);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Implementations))]
    public void Gives_the_ciphertext_of_NIST_SP_800_38A_F_5_5(bool useAesNi)
    {
        using var cipher = new AesCtr(NistKey, NistCounter, useAesNi);
        var buffer = NistPlain.ToArray();

        cipher.Transform(buffer);

        Assert.Equal(NistCipher, buffer);
    }

    [Theory, MemberData(nameof(Implementations))]
    public void Opens_any_part_of_the_NIST_ciphertext_by_itself(bool useAesNi)
    {
        using var cipher = new AesCtr(NistKey, NistCounter, useAesNi);
        for (var from = 0; from <= NistCipher.Length; from++)
        {
            for (var to = from; to <= NistCipher.Length; to++)
            {
                var part = NistCipher[from..to];
                cipher.Transform(part, from);
                Assert.Equal(NistPlain[from..to], part);
            }
        }
    }

    // Around a block (16), eight blocks (128), and a batch of the system's ECB (8192).
    [Theory, MemberData(nameof(Implementations))]
    public void Agrees_with_a_naive_one_at_every_length_and_offset_around_the_edges(bool useAesNi)
    {
        int[] lengths = [.. Around(0), .. Around(16), .. Around(128), .. Around(256), .. Around(8192), .. Around(16384)];
        long[] offsets = [0, 1, 15, 16, 17, 127, 128, 129, 8191, 8192, 8193, (1L << 32) * 16 - 40, (1L << 40) + 7];
        var key = TestBytes.Random(1, 32);
        var counter = TestBytes.Random(2, 16);
        using var cipher = new AesCtr(key, counter, useAesNi);
        using var naive = new NaiveCtr(key, counter);
        foreach (var offset in offsets)
        {
            var source = TestBytes.Random(3, 16384 + 3);
            var expected = naive.Transform(source, offset);
            foreach (var length in lengths)
            {
                var target = new byte[length];
                cipher.Transform(source.AsSpan(0, length), target, offset);
                Assert.True(expected.AsSpan(0, length).SequenceEqual(target), $"offset {offset}, length {length}");
            }
        }

        static IEnumerable<int> Around(int edge) =>
            Enumerable.Range(edge - 3, 7).Where(length => length is >= 0 and <= 16384 + 3);
    }

    // The carry out of the low 64 bits, and the wrap of all 128, at every place in a group of eight blocks.
    [Theory, MemberData(nameof(Implementations))]
    public void Carries_the_counter_like_one_number_of_128_bits(bool useAesNi)
    {
        foreach (var high in new[] { "00000000000000ab", "00000000ffffffff", "ffffffffffffffff" })
        {
            for (var before = 0; before < 20; before++)
            {
                var counter = Convert.FromHexString($"{high}{ulong.MaxValue - (ulong)before:x16}");
                var source = TestBytes.Random(before, 16 * 40);
                using var cipher = new AesCtr(NistKey, counter, useAesNi);
                using var naive = new NaiveCtr(NistKey, counter);

                var target = source.ToArray();
                cipher.Transform(target);

                Assert.Equal(naive.Transform(source, 0), target);
            }
        }
    }

    [Theory, Seeds(50)]
    public void Any_split_of_a_message_gives_the_same_bytes(int seed)
    {
        var random = new Random(seed);
        var source = TestBytes.Random(seed, random.Next(1, 40_000));
        using var whole = new AesCtr(NistKey, NistCounter);
        using var pieces = new AesCtr(NistKey, NistCounter, useAesNi: random.Next(2) == 0 && AesNiCounterCipher.IsSupported);
        var expected = new byte[source.Length];
        whole.Transform(source, expected, 0);

        for (var at = 0; at < source.Length;)
        {
            var size = Math.Min(random.Next(1, 5_000), source.Length - at);
            pieces.Transform(source.AsSpan(at, size), at);
            at += size;
        }

        Assert.Equal(expected, source);
    }

    [Fact]
    public void A_shifted_overlap_is_a_programming_error()
    {
        using var cipher = new AesCtr(NistKey, NistCounter);
        var buffer = new byte[64];

        Assert.ThrowsAny<Exception>(() => cipher.Transform(buffer.AsSpan(0, 32), buffer.AsSpan(1, 32), 0));
    }

    /// <summary>The oracle: one block at a time, the counter added to as a byte string.</summary>
    private sealed class NaiveCtr : IDisposable
    {
        private readonly Aes _aes = Aes.Create();
        private readonly byte[] _first;

        public NaiveCtr(byte[] key, byte[] firstCounter) => (_aes.Key, _first) = (key, firstCounter);

        public byte[] Transform(byte[] source, long offset)
        {
            var target = new byte[source.Length];
            var block = Array.Empty<byte>();
            for (var i = 0; i < source.Length; i++)
            {
                var position = offset + i;
                if (i == 0 || position % 16 == 0)
                {
                    block = _aes.EncryptEcb(CounterAt(position / 16), PaddingMode.None);
                }

                target[i] = (byte)(source[i] ^ block[position % 16]);
            }

            return target;
        }

        public void Dispose() => _aes.Dispose();

        private byte[] CounterAt(long add)
        {
            var counter = _first.ToArray();
            var carry = add;
            for (var i = 15; i >= 0; i--)
            {
                carry += counter[i];
                counter[i] = (byte)(carry & 255);
                carry >>= 8;
            }

            return counter;
        }
    }
}
