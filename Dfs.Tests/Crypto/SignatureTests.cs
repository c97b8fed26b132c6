using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Crypto;

public sealed class SignatureTests
{
    private static readonly byte[] Seed = TestBytes.From(0, OwnerSigner.SeedBytes);

    // Computed by a second implementation of the curve.
    [Fact]
    public void An_owner_is_the_same_for_every_copy_of_a_seed()
    {
        using var signer = new OwnerSigner(Seed);

        Assert.Equal(
            "3306be3e4aad764674da3e995b0417c0d7c4a93cd7727988f8e8edf75f7c298f",
            signer.PublicKey.X.ToString());
        Assert.Equal(
            "4ac85b7d5d2bbea4cfad3cc2ba8bdf5cece54aa9d6bd2c4dc76b57645520064d",
            signer.PublicKey.Y.ToString());
        Assert.Equal(
            "86beb223c373d2aa9fb67c6c89428cbfcbab2404d83f9241d79ff61bc8de1a50", signer.PublicKey.Id.ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(64)]
    [InlineData(100)]
    public void Every_transition_of_a_batch_verifies_at_the_cost_of_one_signature(int count)
    {
        using var signer = new OwnerSigner(Seed);
        var transitions = Transitions(count);
        var verifier = new SignatureVerifier();

        var signatures = signer.Sign(transitions);

        for (var i = 0; i < count; i++)
        {
            Assert.True(verifier.Verify(signer.PublicKey, transitions[i], signatures[i]));
        }

        Assert.Equal(1, verifier.Verifications);
    }

    [Fact]
    public void A_signature_does_not_fit_another_transition_place_path_or_owner()
    {
        using var signer = new OwnerSigner(Seed);
        using var other = new OwnerSigner(TestBytes.From(1, OwnerSigner.SeedBytes));
        var transitions = Transitions(5);
        var signature = signer.Sign(transitions)[2];
        var verifier = new SignatureVerifier();
        Assert.True(verifier.Verify(signer.PublicKey, transitions[2], signature));

        Assert.False(verifier.Verify(signer.PublicKey, transitions[1], signature));
        Assert.False(verifier.Verify(signer.PublicKey, default, signature));
        Assert.False(verifier.Verify(signer.PublicKey, transitions[2], signature with { Index = 3 }));
        Assert.False(verifier.Verify(signer.PublicKey, transitions[2], signature with { Path = signature.Path[..^1] }));
        Assert.False(verifier.Verify(signer.PublicKey, transitions[2], signature with { Path = [] }));
        Assert.False(verifier.Verify(other.PublicKey, transitions[2], signature));
        Assert.False(verifier.Verify(new OwnerPublicKey(default, default), transitions[2], signature));
        Assert.False(verifier.Verify(
            signer.PublicKey, transitions[2], signature with { RootSignature = new ByteString(new byte[64]) }));
    }

    [Fact]
    public void A_bad_signature_is_not_remembered_as_good()
    {
        using var signer = new OwnerSigner(Seed);
        var transition = Transitions(1)[0];
        var good = signer.Sign(transition);
        var bad = good with { RootSignature = new ByteString([.. good.RootSignature.Span[..63], (byte)(good.RootSignature.Span[63] ^ 1)]) };
        var verifier = new SignatureVerifier();

        Assert.False(verifier.Verify(signer.PublicKey, transition, bad));
        Assert.False(verifier.Verify(signer.PublicKey, transition, bad));
        Assert.True(verifier.Verify(signer.PublicKey, transition, good));
        Assert.False(verifier.Verify(signer.PublicKey, transition, bad));
    }

    [Theory, Seeds(100)]
    public void A_signature_survives_its_encoding_and_damage_is_refused_or_does_not_verify(int seed)
    {
        using var signer = new OwnerSigner(Seed);
        var transitions = Transitions(6);
        var signature = signer.Sign(transitions)[4];
        var writer = new ByteWriter();
        signature.WriteTo(writer);
        Assert.True(TryRead(writer.ToArray(), out var same));
        Assert.Equal(signature, same);

        var damaged = Mutation.Of(writer.ToArray(), new Random(seed));

        var verified = TryRead(damaged, out var read)
            && new SignatureVerifier().Verify(signer.PublicKey, transitions[4], read!);
        Assert.Equal(writer.Written.SequenceEqual(damaged), verified);
    }

    private static bool TryRead(byte[] bytes, out BatchSignature? signature)
    {
        var reader = new ByteReader(bytes);
        var read = BatchSignature.ReadFrom(ref reader);
        signature = reader.IsComplete ? read : null;
        return signature is not null;
    }

    private static Bytes32[] Transitions(int count) =>
        [.. Enumerable.Range(1, count).Select(i => new Bytes32(TestBytes.Random(i, 32)))];
}
