using Dfs.Actors.Client;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Client;

public sealed class BatchSignerTests : IDisposable
{
    private readonly HandTime _time = new();
    private readonly OwnerSigner _key = new(TestBytes.Random(7, OwnerSigner.SeedBytes));
    private readonly BatchSigner _signer;

    public BatchSignerTests() => _signer = new BatchSigner(_key, _time);

    public void Dispose() => _signer.Dispose();

    private static Bytes32 Hash(int first) => new(TestBytes.From(unchecked((byte)first)));

    [Fact]
    public async Task A_lone_caller_is_signed_for_at_once()
    {
        var signature = await _signer.SignAsync(Hash(1));

        Assert.Empty(signature.Path);
        Assert.True(new SignatureVerifier().Verify(_key.PublicKey, Hash(1), signature));
    }

    [Fact]
    public async Task Those_who_come_within_the_gather_time_share_the_next_signature()
    {
        await _signer.SignAsync(Hash(0));
        var transitions = Enumerable.Range(1, 21).Select(i => Hash(i)).ToArray();
        var asked = transitions.Select(_signer.SignAsync).ToArray();
        await _time.TimerStartedAsync();
        Assert.DoesNotContain(asked, task => task.IsCompleted);

        _time.Advance(BatchSigner.GatherTime);
        var signatures = await Task.WhenAll(asked);

        var verifier = new SignatureVerifier();
        Assert.Single(signatures.Select(signature => signature.RootSignature).Distinct());
        Assert.All(transitions.Zip(signatures), pair => Assert.True(verifier.Verify(_key.PublicKey, pair.First, pair.Second)));
        Assert.Equal(1, verifier.Verifications);
        Assert.False(verifier.Verify(_key.PublicKey, transitions[4], signatures[5]));
        Assert.False(verifier.Verify(_key.PublicKey, Hash(99), signatures[5]));
    }

    [Fact]
    public async Task A_signature_covers_no_more_than_its_limit()
    {
        await _signer.SignAsync(Hash(0));
        var asked = Enumerable.Range(0, BatchSigner.BatchMax + 10).Select(i => _signer.SignAsync(Hash(i))).ToArray();
        await _time.TimerStartedAsync();
        _time.Advance(BatchSigner.GatherTime);
        await Task.WhenAll(asked.Take(BatchSigner.BatchMax));
        await _time.TimerStartedAsync();

        Assert.DoesNotContain(asked.Skip(BatchSigner.BatchMax), task => task.IsCompleted);
        _time.Advance(BatchSigner.GatherTime);
        var signatures = await Task.WhenAll(asked);

        Assert.Equal(2, signatures.Select(signature => signature.RootSignature).Distinct().Count());
    }

    [Fact]
    public async Task After_the_end_who_waits_is_signed_for_and_nobody_else()
    {
        await _signer.SignAsync(Hash(0));
        var waits = _signer.SignAsync(Hash(1));
        await _time.TimerStartedAsync();

        _signer.Dispose();
        _time.Advance(BatchSigner.GatherTime);

        Assert.True(new SignatureVerifier().Verify(_key.PublicKey, Hash(1), await waits));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => _signer.SignAsync(Hash(2)));
    }
}
