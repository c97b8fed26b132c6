using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;
using Dfs.Tests.Kit;
using Dfs.Tests.Manifests;

namespace Dfs.Tests.Sharing;

public sealed class CapabilityTests
{
    // Made by a second implementation (Python); docs/formats/capability.md shows them. Signatures differ from call to call.
    internal const string GoldenOpen =
        "dfs1:REZTQwEAABAREhMUFRYXGBkaGxwdHh_4ADnqH97kK8Z3NCTV2oE-ZknP5_6ElZY6IuY6AfuvhOBj37NuFXHPQaCZPWnaBgrOWaTY5gxJw3Awl7-Rzvd-FKt6ttaSsdgL6CMEt4UOhbKV2qacCwzNaC5Dmc7QMwDNTdnlvfK2YmQwY_3nXu_0AAAAAAAAAAAAAAAAAAAAAJCRkpOUlZaXmJmam5ydnp8AAAAAcT-zAAAKcmVhZG1lLnR4dK4ixk4jDS7dNtR2Bj_CxqBXQ9QpnNHwgO5nfc0TXTMXLQoDg_zsYRQ7vcOk5TlAIPqzp2vURyIW0WbfuC9Hk-mwyhgHmm4B2P-6NWFIZi2EDN4cPzAIfE_EYfsMS7PKh6ChoqOkpaanqKmqq6ytrq-wsbKztLW2t7i5uru8vb6_";

    internal const string GoldenSealed =
        "dfs1:REZTQwEBARAREhMUFRYXGBkaGxwdHh_4ADnqH97kK8Z3NCTV2oE-ZknP5_6ElZY6IuY6AfuvhOBj37NuFXHPQaCZPWnaBgrOWaTY5gxJw3Awl7-Rzvd-FKt6ttaSsdgL6CMEt4UOhbKV2qacCwzNaC5Dmc7QMwDNTdnlvfK2YmQwY_3nXu_0QEFCQ0RFRkdISUpLTE1OT5CRkpOUlZaXmJmam5ydnp8AAAAAcT-zAAAKcmVhZG1lLnR4dK4ixk4jDS7dNtR2Bj_CxqBXQ9QpnNHwgO5nfc0TXTMXvKsaUlxovbZp-u_JbrWnyUYaamPmlMazyDDqK2NMzKybjKZkeTbLM74cODLkdfXyV_XZ0xaucodes2zpQxCIgWfmRpmED8Qtnz95jowDTE58TWyd_MfNWzxJvdQRcXYzrYMCsP0P5maBrN5VL6-sHDW7paZo-UeR2Etp8x68Q5BERlNFAQEHwMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t8gyBlNFPXdUTjmoW65Q-pDUHT7wi51q7HRcC4qpVp8WEe-beZF5TxfL2YlXYI6Og9rPrt7T1OxLjOFG94kDJSe2Pai5QucK9CIdmr7F5O82XZYTI21YhsV9ywS8ZJDDPpC5FLXL-v5iuDgfdasJWEyNeUd6T4bz_B5rXD47q0VVw";

    internal const string GoldenIdentity =
        "dfs-id1:REZTSQHzP2CqeAuqHjW-XvxDjRIjj5GX9Zlf7iV2pq9YuilSsmdg8woWlSD-LIxLEN_jh4xMspO1vmff5tTuJD8Kdxh8vKsaUlxovbZp-u_JbrWnyUYaamPmlMazyDDqK2NMzKybjKZkeTbLM74cODLkdfXyV_XZ0xaucodes2zpQxCIgflmYjjuR6LN_GgQGmCKl6g0MaN6O-z6KTDBWfeAcREq9d3kXIWOLr0Lv0wClbLIrrYZ5oQuhbqjkCxxxK-h2Es";

    private const ulong Expiry = 1_900_000_000;

    private static readonly byte[] Secret = TestBytes.From(0xA0);
    private static readonly OwnerKeys Recipient = OwnerKeys.Create(CountingFresh(0x40));

    [Fact]
    public void A_capability_is_written_and_read_as_in_format_1()
    {
        Assert.True(Capability.TryParse(GoldenOpen, new SignatureVerifier(), out var read));
        Assert.Equal(Ticket(ShareScope.File), read.Ticket);
        Assert.Equal(Secret, read.TryOpen(null));
        Assert.Equal(GoldenOpen, read.ToText());

        var written = Capability.Create(Ticket(ShareScope.File), Secret, Sign).ToText();

        // All but signature and secret: 177 bytes of ticket, 10 of the name, 32 of the commitment are 292 digits.
        Assert.Equal(GoldenOpen[..(5 + 292)], written[..(5 + 292)]);
        Assert.Equal(GoldenOpen.Length, written.Length);
    }

    [Fact]
    public void A_sealed_capability_is_opened_by_its_recipient_only()
    {
        using var recipient = Recipient.CreateAgreementKey();
        using var other = Sample.Owner.CreateAgreementKey();

        Assert.True(Capability.TryParse(GoldenSealed, new SignatureVerifier(), out var read));
        Assert.Equal(Ticket(ShareScope.Version), read.Ticket);
        Assert.Equal(recipient.PublicKey, read.Recipient);
        Assert.Equal(Secret, read.TryOpen(recipient));
        Assert.Null(read.TryOpen(other));
        Assert.Null(read.TryOpen(null));
    }

    [Fact]
    public void An_identity_is_written_and_read_as_in_format_1()
    {
        using var recipient = Recipient.CreateAgreementKey();

        Assert.True(OwnerIdentity.TryParse(GoldenIdentity, new SignatureVerifier(), out var read));
        Assert.Equal(new OwnerIdentity(Recipient.PublicKey, recipient.PublicKey), read);
        using var signer = Recipient.CreateSigner();
        Assert.Equal(GoldenIdentity[..100], read.ToText(hash => signer.Sign(hash).RootSignature)[..100]);
    }

    [Fact]
    public void What_the_product_makes_a_plain_implementation_opens()
    {
        using var recipient = Recipient.CreateAgreementKey();
        var open = PlainShare.Read(Capability.Create(Ticket(ShareScope.File), Secret, Sign).ToText());
        var closed = PlainShare.Read(
            Capability.CreateFor(recipient.PublicKey, Ticket(ShareScope.Version), Secret, TestBytes.FreshSource(7), Sign).ToText());

        Assert.Equal(Secret, open.Secret);
        Assert.Equal("readme.txt", open.Name);
        Assert.Equal(Expiry, closed.Expires);
        Assert.Equal(Secret, PlainShare.SecretFor(TestBytes.From(0x40), closed));
    }

    // Exhaustive over the bytes, one bit of each, and over every length.
    [Theory]
    [InlineData(GoldenOpen)]
    [InlineData(GoldenSealed)]
    public void Every_changed_byte_and_every_cut_is_refused(string golden)
    {
        var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(golden.AsSpan(5));
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= (byte)(1 << (i % 8));
            Refused("dfs1:" + System.Buffers.Text.Base64Url.EncodeToString(bytes));
            bytes[i] ^= (byte)(1 << (i % 8));
            Refused("dfs1:" + System.Buffers.Text.Base64Url.EncodeToString(bytes.AsSpan(0, i)));
        }

        Refused("dfs1:" + System.Buffers.Text.Base64Url.EncodeToString([.. bytes, 0]));
    }

    // Each character is another one: no two texts are one capability.
    [Fact]
    public void Every_changed_character_is_refused()
    {
        for (var i = 0; i < GoldenOpen.Length; i++)
        {
            Refused(GoldenOpen[..i] + (GoldenOpen[i] == 'A' ? 'B' : 'A') + GoldenOpen[(i + 1)..]);
        }

        Refused("");
        Refused("dfs1:");
        Refused(GoldenOpen + "=");
        Refused(GoldenOpen.Insert(50, "\n"));
        Refused(GoldenOpen + new string('A', 100_000));
    }

    [Fact]
    public void Every_changed_byte_of_an_identity_is_refused()
    {
        var bytes = System.Buffers.Text.Base64Url.DecodeFromChars(GoldenIdentity.AsSpan(OwnerIdentity.Prefix.Length));
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.False(OwnerIdentity.TryParse(
                OwnerIdentity.Prefix + System.Buffers.Text.Base64Url.EncodeToString(bytes), new SignatureVerifier(), out _));
            bytes[i] ^= 1;
        }
    }

    [Fact]
    public void Points_off_the_curve_are_refused()
    {
        using var key = Recipient.CreateAgreementKey();
        var point = key.PublicKey;

        Assert.True(point.IsOnCurve);
        Assert.False((point with { X = point.Y }).IsOnCurve);
        Assert.False(default(AgreementPublicKey).IsOnCurve);
        Assert.False((point with { Y = new Bytes32(TestBytes.From(0xFF)) }).IsOnCurve);
        Assert.Null(key.TryOpen(point with { X = point.Y }, default, new byte[AgreementKey.SealedBytes]));
        Assert.Throws<InvariantException>(() => key.Seal(default, default, Secret, TestBytes.Fresh(1)));
    }

    [Theory]
    [InlineData(0ul, false)]
    [InlineData(Expiry, false)]
    [InlineData(Expiry - 59, false)]
    [InlineData(Expiry - 60, true)]
    [InlineData(1ul, true)]
    public void A_share_expires_at_its_time_and_a_minute_of_skew(ulong expires, bool hasExpired)
    {
        var ticket = Ticket(ShareScope.File) with { ExpiresUnixSeconds = expires };

        Assert.Equal(hasExpired, ticket.HasExpired(DateTimeOffset.FromUnixTimeSeconds((long)Expiry)));
    }

    [Fact]
    public void A_share_is_called_as_the_last_part_of_its_key()
    {
        Assert.Equal("c.txt", ShareTicket.NameOf(Sample.NameOf("a/b/c.txt")));
        Assert.Equal("b", ShareTicket.NameOf(Sample.NameOf("a/b/")));
        Assert.Equal(252, System.Text.Encoding.UTF8.GetByteCount(ShareTicket.NameOf(Sample.NameOf(string.Concat(Enumerable.Repeat("😀", 200))))));
    }

    [Fact]
    public void A_capability_prints_no_secret()
    {
        Assert.True(Capability.TryParse(GoldenOpen, new SignatureVerifier(), out var read));

        Assert.DoesNotContain("oaKj", $"{read}", StringComparison.Ordinal);
        Assert.Contains("secret", $"{read}", StringComparison.Ordinal);
    }

    private static void Refused(string text) => Assert.False(Capability.TryParse(text, new SignatureVerifier(), out _), text);

    private static ByteString Sign(Bytes32 hash) => Sample.Signer.Sign(hash).RootSignature;

    private static ShareTicket Ticket(ShareScope scope) => new()
    {
        Scope = scope,
        Cluster = Sample.Cluster,
        Bucket = Sample.Bucket.Id,
        Register = Sample.Register,
        Owner = Sample.Owner.PublicKey,
        Version = scope == ShareScope.Version ? Sample.Version : default,
        Id = new ShareId(TestBytes.From(0x90, 16)),
        ExpiresUnixSeconds = Expiry,
        Name = "readme.txt",
    };

    private static FreshSource CountingFresh(byte first)
    {
        var next = first;
        return () => new FreshBytes(TestBytes.From(next++));
    }
}
