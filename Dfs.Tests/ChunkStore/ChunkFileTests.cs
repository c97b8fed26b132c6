using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;

namespace Dfs.Tests.ChunkStore;

public sealed class ChunkFileTests
{
    private static readonly ChunkId Id = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
    private static readonly byte[] Ciphertext = "sealed"u8.ToArray();

    [Fact]
    public void The_bytes_of_a_header_stay_what_they_are()
    {
        var header = ChunkFile.EncodeHeader(Id, Ciphertext, new Epoch(258));

        Assert.Equal(
            "4446534300010000"
            + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
            + "00000006" + "88620f7f"
            + "0000000000000102" + "7eb15a0a"
            + "00000000",
            Convert.ToHexStringLower(header));
    }

    [Fact]
    public void A_header_decodes_to_its_pin_and_any_flipped_bit_is_found()
    {
        var header = ChunkFile.EncodeHeader(Id, Ciphertext, new Epoch(7));
        Assert.True(IsGood(header, Ciphertext));

        for (var bit = 0; bit < 8 * header.Length; bit++)
        {
            header[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(IsGood(header, Ciphertext), $"bit {bit}");
            header[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_header_belongs_to_one_id_and_one_length()
    {
        var header = ChunkFile.EncodeHeader(Id, Ciphertext, new Epoch(7));

        Assert.Equal(new Epoch(7), ChunkFile.DecodeHeader(header, Id, Ciphertext.Length));
        Assert.Null(ChunkFile.DecodeHeader(header, new ChunkId(new byte[32]), Ciphertext.Length));
        Assert.Null(ChunkFile.DecodeHeader(header, Id, Ciphertext.Length + 1));
        Assert.Null(ChunkFile.DecodeHeader(header.AsSpan(0, 63), Id, Ciphertext.Length));
    }

    private static bool IsGood(byte[] header, byte[] ciphertext) =>
        ChunkFile.DecodeHeader(header, Id, ciphertext.Length) is not null && ChunkFile.IsWhole(header, ciphertext);
}
