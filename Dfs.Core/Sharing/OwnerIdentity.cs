using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;

namespace Dfs.Core.Sharing;

/// <summary>What an owner gives to others so that they can share with them: public, and signed by the owner.</summary>
/// <param name="Owner">Signs.</param>
/// <param name="Agreement">What is sealed to them is sealed to this; on the curve.</param>
public sealed record OwnerIdentity(OwnerPublicKey Owner, AgreementPublicKey Agreement)
{
    public const string Prefix = "dfs-id1:";

    private static ReadOnlySpan<byte> Magic => "DFSI\x01"u8;

    /// <param name="sign">The owner's signature of a hash, 64 bytes.</param>
    public string ToText(Func<Bytes32, ByteString> sign)
    {
        var writer = new ByteWriter(256);
        writer.Fixed(Magic);
        writer.Bytes32(Owner.X);
        writer.Bytes32(Owner.Y);
        writer.Bytes32(Agreement.X);
        writer.Bytes32(Agreement.Y);
        writer.Fixed(sign(HashOf(writer.Written)).Span);
        return Prefix + Base64Url.EncodeToString(writer.Written);
    }

    /// <returns>False when it is none, was changed, or has a point off the curve.</returns>
    public static bool TryParse(string text, SignatureVerifier verifier, [NotNullWhen(true)] out OwnerIdentity? identity)
    {
        identity = null;
        if (ShareText.TryDecode(text, Prefix, out var bytes))
        {
            var reader = new ByteReader(bytes);
            reader.Expect(Magic);
            var owner = new OwnerPublicKey(reader.Bytes32(), reader.Bytes32());
            var agreement = new AgreementPublicKey(reader.Bytes32(), reader.Bytes32());
            var signature = new ByteString(reader.Fixed(OwnerSigner.SignatureBytes));
            identity = reader.IsComplete && agreement.IsOnCurve
                && verifier.Verify(owner, HashOf(bytes.AsSpan(..^OwnerSigner.SignatureBytes)), new BatchSignature(signature, 0, []))
                    ? new OwnerIdentity(owner, agreement)
                    : null;
        }

        return identity is not null;
    }

    private static Bytes32 HashOf(ReadOnlySpan<byte> signed) => new(SHA256.HashData(signed));
}
