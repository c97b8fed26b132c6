using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Sharing;

/// <summary>What a share opens.</summary>
public enum ShareScope : byte
{
    /// <summary>The file's current version, whichever it is when it is opened.</summary>
    File = 0,

    /// <summary>One version.</summary>
    Version = 1,
}

/// <summary>A read-only share as it is given away: a ticket that the owner signed, and the secret that opens the file.</summary>
/// <remarks>
/// Bytes: docs/formats/capability.md. The secret is the share's own key (whole file) or the version's key, never the bucket's. It lies in
/// the open, or sealed to a recipient. Whoever parses one has checked its signature; that it is in force only the file's head can say.
/// </remarks>
public sealed class Capability
{
    public const string Prefix = "dfs1:";

    /// <summary>255 bytes: what a file name can have.</summary>
    public const int NameBytesMax = 255;

    private const byte InTheOpen = 0, ToRecipient = 1;

    private readonly byte[] _encoded;
    private readonly Bytes32 _commitment;
    private readonly byte[]? _secret;
    private readonly (AgreementPublicKey Recipient, AgreementPublicKey Ephemeral, byte[] Bytes)? _sealed;

    private Capability(
        ShareTicket ticket, byte[] encoded, Bytes32 commitment, byte[]? secret, (AgreementPublicKey, AgreementPublicKey, byte[])? sealedSecret) =>
        (Ticket, _encoded, _commitment, _secret, _sealed) = (ticket, encoded, commitment, secret, sealedSecret);

    public ShareTicket Ticket { get; }

    /// <summary>Null when whoever has it can use it.</summary>
    public AgreementPublicKey? Recipient => _sealed?.Recipient;

    private static ReadOnlySpan<byte> Magic => "DFSC\x01"u8;

    /// <param name="secret">32 bytes; in the capability.</param>
    /// <param name="sign">The owner's signature of a hash, 64 bytes.</param>
    public static Capability Create(ShareTicket ticket, ReadOnlySpan<byte> secret, Func<Bytes32, ByteString> sign)
    {
        var writer = TicketBytes(ticket, InTheOpen, secret);
        writer.Fixed(sign(HashOf(writer.Written)).Span);
        writer.Fixed(secret);
        return new Capability(ticket, writer.ToArray(), CommitmentOf(secret), secret.ToArray(), null);
    }

    /// <param name="recipient">On the curve; only its owner can use the capability.</param>
    /// <param name="fresh">Drawn three times.</param>
    public static Capability CreateFor(
        AgreementPublicKey recipient, ShareTicket ticket, ReadOnlySpan<byte> secret, FreshSource fresh, Func<Bytes32, ByteString> sign)
    {
        using var ephemeral = AgreementKey.Ephemeral(fresh);
        var bytes = ephemeral.Seal(recipient, ticket.Id, secret, fresh());
        var writer = TicketBytes(ticket, ToRecipient, secret);
        Write(recipient, writer);
        Write(ephemeral.PublicKey, writer);
        writer.Fixed(bytes);
        writer.Fixed(sign(HashOf(writer.Written)).Span);
        return new Capability(ticket, writer.ToArray(), CommitmentOf(secret), null, (recipient, ephemeral.PublicKey, bytes));
    }

    /// <summary>Reads a capability and checks the owner's signature and that the secret belongs to the ticket.</summary>
    /// <returns>False when it is none, or any byte of it was changed.</returns>
    public static bool TryParse(string text, SignatureVerifier verifier, [NotNullWhen(true)] out Capability? capability)
    {
        capability = ShareText.TryDecode(text, Prefix, out var bytes) ? Decode(bytes, verifier) : null;
        return capability is not null;
    }

    /// <summary>The secret, 32 bytes, for the caller to zero.</summary>
    /// <param name="recipient">The reader's key, when there is one; needed when it was sealed to a recipient.</param>
    /// <returns>Null when it was sealed to another.</returns>
    public byte[]? TryOpen(AgreementKey? recipient)
    {
        if (_secret is not null)
        {
            return [.. _secret];
        }

        var (to, ephemeral, bytes) = _sealed!.Value;
        var secret = recipient?.PublicKey == to ? recipient.TryOpen(ephemeral, Ticket.Id, bytes) : null;
        return secret is not null && CommitmentOf(secret) == _commitment ? secret : null;
    }

    public string ToText() => Prefix + Base64Url.EncodeToString(_encoded);

    public override string ToString() => $"Capability (secret) of share {Ticket.Id}";

    private static Capability? Decode(byte[] bytes, SignatureVerifier verifier)
    {
        var reader = new ByteReader(bytes);
        reader.Expect(Magic);
        var form = reader.Byte();
        var ticket = ShareTicket.ReadFrom(ref reader);
        var commitment = reader.Bytes32();
        (AgreementPublicKey, AgreementPublicKey, byte[])? sealedSecret = null;
        if (form == ToRecipient)
        {
            var recipient = new AgreementPublicKey(reader.Bytes32(), reader.Bytes32());
            var ephemeral = new AgreementPublicKey(reader.Bytes32(), reader.Bytes32());
            sealedSecret = (recipient, ephemeral, reader.Fixed(AgreementKey.SealedBytes).ToArray());
            reader.Require(recipient.IsOnCurve && ephemeral.IsOnCurve);
        }

        var signedBytes = bytes.Length - reader.RemainingBytes;
        var signature = new ByteString(reader.Fixed(OwnerSigner.SignatureBytes));
        var secret = form == InTheOpen ? reader.Fixed(SecretKey.SizeBytes).ToArray() : null;
        reader.Require(form <= ToRecipient && (secret is null || CommitmentOf(secret) == commitment));
        return reader.IsComplete && verifier.Verify(ticket.Owner, HashOf(bytes.AsSpan(0, signedBytes)), new BatchSignature(signature, 0, []))
            ? new Capability(ticket, bytes, commitment, secret, sealedSecret)
            : null;
    }

    private static ByteWriter TicketBytes(ShareTicket ticket, byte form, ReadOnlySpan<byte> secret)
    {
        Invariant.Holds(secret.Length == SecretKey.SizeBytes, $"a share's secret has 32 bytes ({secret.Length})");
        var writer = new ByteWriter(512);
        writer.Fixed(Magic);
        writer.Byte(form);
        ticket.WriteTo(writer);
        writer.Bytes32(CommitmentOf(secret));
        return writer;
    }

    private static void Write(AgreementPublicKey key, ByteWriter writer)
    {
        writer.Bytes32(key.X);
        writer.Bytes32(key.Y);
    }

    // Of 256 random bits, so it says nothing about them; it binds the secret to what was signed.
    private static Bytes32 CommitmentOf(ReadOnlySpan<byte> secret) => new(SHA256.HashData([.. "dfs share secret 1\0"u8, .. secret]));

    private static Bytes32 HashOf(ReadOnlySpan<byte> signed) => new(SHA256.HashData(signed));
}
