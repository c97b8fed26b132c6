using Dfs.Core.Primitives;

namespace Dfs.Core.Crypto;

/// <summary>An owner's public signing key: a point of P-256 as X ‖ Y, 64 bytes.</summary>
public readonly record struct OwnerPublicKey(Bytes32 X, Bytes32 Y)
{
    public const int SizeBytes = 64;

    public OwnerPublicKey(ReadOnlySpan<byte> source)
        : this(new Bytes32(source[..32]), new Bytes32(source[32..])) { }

    /// <summary>SHA-256 of the 64 bytes.</summary>
    public OwnerId Id
    {
        get
        {
            Span<byte> bytes = stackalloc byte[SizeBytes];
            CopyTo(bytes);
            return new OwnerId(MerkleHash.Sha256(bytes));
        }
    }

    public void CopyTo(Span<byte> target)
    {
        X.CopyTo(target);
        Y.CopyTo(target[32..]);
    }

    /// <returns>False also when the key is not a point of the curve.</returns>
    public bool Verify(Bytes32 hash, ReadOnlySpan<byte> signature)
    {
        using var verifier = OwnerVerifier.TryCreate(this);
        return verifier?.Verify(hash, signature) ?? false;
    }

    public override string ToString() => $"owner {Id}";
}
