using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Core.Sharing;

namespace Dfs.Core.Trust;

/// <summary>What a new node is given to join with: where to ask, whom to believe there, and a secret that is good once.</summary>
/// <remarks>Bytes: docs/formats/trust.md. The secret never travels: a request carries a proof of it, and only after the authority is known by its pin.</remarks>
public sealed class Invitation : IDisposable
{
    public const string Prefix = "dfsjoin1:";

    public const int SecretBytes = 16, ProofBytes = 32;

    /// <summary>255 bytes: what a host name can have, and more.</summary>
    public const int AddressBytesMax = 255;

    private const int ChecksumBytes = 4;

    private readonly byte[] _secret;

    /// <param name="secret">16 bytes; copied.</param>
    /// <param name="pin">SHA-256 of the authority's public key (SubjectPublicKeyInfo).</param>
    /// <param name="address">host:port of a peer endpoint.</param>
    public Invitation(Bytes16 id, ReadOnlySpan<byte> secret, Bytes32 pin, DateTimeOffset expires, string address)
    {
        Invariant.Holds(secret.Length == SecretBytes, $"the secret of an invitation has 16 bytes ({secret.Length})");
        (Id, Pin, Expires, Address, _secret) = (id, pin, expires, address, secret.ToArray());
    }

    public Bytes16 Id { get; }

    public Bytes32 Pin { get; }

    /// <summary>In whole seconds.</summary>
    public DateTimeOffset Expires { get; }

    public string Address { get; }

    private static ReadOnlySpan<byte> Magic => "DFSJ\x01"u8;

    /// <returns>False unless every byte is as it was written: a character lost in copying is noticed.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out Invitation? invitation)
    {
        invitation = null;
        if (!ShareText.TryDecode(text.Trim(), Prefix, out var bytes) || bytes.Length < ChecksumBytes
            || !SHA256.HashData(bytes.AsSpan(0, bytes.Length - ChecksumBytes)).AsSpan(0, ChecksumBytes).SequenceEqual(bytes.AsSpan(bytes.Length - ChecksumBytes)))
        {
            return false;
        }

        var reader = new ByteReader(bytes.AsSpan(0, bytes.Length - ChecksumBytes));
        reader.Expect(Magic);
        var id = reader.Bytes16();
        var secret = reader.Fixed(SecretBytes);
        var pin = reader.Bytes32();
        var expires = reader.I64();
        var address = reader.Text(AddressBytesMax);
        if (reader.IsComplete && expires is >= 0 and <= 253_402_300_799)
        {
            invitation = new Invitation(id, secret, pin, DateTimeOffset.FromUnixTimeSeconds(expires), address);
        }

        CryptographicOperations.ZeroMemory(bytes);
        return invitation is not null;
    }

    /// <summary>The invitation as it is given away: whoever reads it can join.</summary>
    public string ToText()
    {
        var writer = new ByteWriter(128);
        writer.Fixed(Magic);
        writer.Bytes16(Id);
        writer.Fixed(_secret);
        writer.Bytes32(Pin);
        writer.I64(Expires.ToUnixTimeSeconds());
        writer.Text(Address);
        writer.Fixed(SHA256.HashData(writer.Written).AsSpan(0, ChecksumBytes));
        return Prefix + System.Buffers.Text.Base64Url.EncodeToString(writer.Written);
    }

    /// <summary>Shows that who makes the request has the secret, and binds the request to it: HMAC-SHA256, 32 bytes.</summary>
    public byte[] Prove(ReadOnlySpan<byte> request) => Prove(_secret, Id, request);

    /// <param name="secret">16 bytes.</param>
    public static byte[] Prove(ReadOnlySpan<byte> secret, Bytes16 id, ReadOnlySpan<byte> request)
    {
        Span<byte> key = stackalloc byte[32];
        Kdf.Derive(secret, default, "dfs join 1"u8, id.ToArray(), key);
        var proof = HMACSHA256.HashData(key, request);
        CryptographicOperations.ZeroMemory(key);
        return proof;
    }

    /// <summary>The secret of an invitation, from the authority's key, so that it lies on no disk.</summary>
    /// <param name="authorityKey">32 secret bytes.</param>
    /// <param name="secret">16 bytes, for the caller to zero.</param>
    public static void DeriveSecret(ReadOnlySpan<byte> authorityKey, Bytes16 id, Span<byte> secret) =>
        Kdf.Derive(authorityKey, default, "dfs invitation 1"u8, id.ToArray(), secret);

    public void Dispose() => CryptographicOperations.ZeroMemory(_secret);

    public override string ToString() => $"Invitation (secret) {Id}";
}
