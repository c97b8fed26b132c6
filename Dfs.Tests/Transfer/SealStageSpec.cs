using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Primitives;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

/// <summary>No key and counter ever seal two messages, whatever is tried again, changed or switched in between.</summary>
public sealed class SealStageSpec : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("seal");
    private readonly BufferPool _pool = new();
    private IMaterializer _materializer = null!;

    public Task InitializeAsync()
    {
        _materializer = _system.Materializer();
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _system.Terminate();

    [Theory, Seeds(10)]
    public async Task Equal_keys_seal_equal_messages_only(int seed)
    {
        var random = new Random(seed);
        var fresh = TestBytes.FreshSource(seed);
        var owner = OwnerKeys.Create(TestBytes.FreshSource(1));
        var sealedUnder = new Dictionary<string, byte[]>();
        var sources = Enumerable.Range(0, 6).Select(number => Source(random, number)).ToList();
        for (var attempt = 0; attempt < 40; attempt++)
        {
            // The same file again, or changed while it was being read; another bucket, codec or setting; keys that were rotated.
            var source = sources[random.Next(sources.Count)];
            if (random.Next(3) == 0)
            {
                source[random.Next(source.Length)] ^= (byte)random.Next(1, 256);
            }

            owner = random.Next(10) == 0 ? owner.WithNewEpoch(() => fresh()) : owner;
            using var bucket = owner.OfBucket(random.Next(2) == 0 ? "files" : "photos");
            // Attempts to replace one of few versions, begun again.
            using var resume = bucket.ResumeOf(default, new VersionId(new Bytes16(0, (ulong)random.Next(2))), 0);
            var sealing = new SealStage(
                random.Next(2) == 0 ? null : bucket.Dedup, fresh, isCompressing: random.Next(2) == 0, random.Next(2) == 0 ? null : resume);
            var memory = await _pool.RentAsync(source.Length, default);
            source.CopyTo(memory.Memory);

            var chunk = await Akka.Streams.Dsl.Source.Single(new PlainChunk(memory)).Via(sealing).RunWith(Sink.First<SealedContent>(), _materializer);

            var (key, ciphertext) = (Convert.ToHexString(chunk.Seal.Key.Span), memory.Memory[..chunk.CipherBytes].ToArray());
            Assert.Equal(ChunkTree.IdOf(ciphertext), chunk.Seal.Id);
            Assert.Equal(chunk.Seal.Id, chunk.Seal.Leaves.Id);
            // Every key counts from zero: the same ciphertext is the same message.
            Assert.True(!sealedUnder.TryGetValue(key, out var before) || before.AsSpan().SequenceEqual(ciphertext), $"seed {seed}, attempt {attempt}");
            sealedUnder[key] = ciphertext;
            memory.Dispose();
        }

        Assert.InRange(sealedUnder.Count, 10, 40);
    }

    // Half of them become shorter when compressed.
    private static byte[] Source(Random random, int number)
    {
        var bytes = new byte[random.Next(1, 40_000)];
        random.NextBytes(bytes);
        return number % 2 == 0 ? bytes : [.. bytes.Select(value => (byte)(value % 5))];
    }
}
