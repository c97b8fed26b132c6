using Akka.Actor;
using Akka.Streams;
using Akka.Streams.Dsl;
using Dfs.Actors.Transfer;
using Dfs.Client;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

/// <summary>A check sees all of a content before it is sealed, in order, and what it refuses at the end has failed.</summary>
public sealed class CheckStageSpec : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("check");
    private readonly BufferPool _pool = new();
    private readonly byte[][] _content = [.. Enumerable.Range(1, 9).Select(number => TestBytes.Random(number, 1000 * number))];
    private IMaterializer _materializer = null!;

    public Task InitializeAsync()
    {
        _materializer = _system.Materializer();
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public async Task It_is_shown_every_chunk_once_and_before_it_is_sealed()
    {
        var check = new Check();

        var sealedBytes = await RunAsync(check);

        Assert.Equal(_content.SelectMany(bytes => bytes), check.Seen);
        Assert.Equal(check.Seen.Count, sealedBytes);
        Assert.True(check.HasEnded);
    }

    [Fact]
    public async Task What_it_refuses_at_its_end_has_failed()
    {
        var failed = await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(new Check { Refusal = "not what was promised" }));

        Assert.Equal("not what was promised", (failed is AggregateException { InnerException: { } inner } ? inner : failed).Message);
    }

    [Fact]
    public void Once_nobody_waits_for_the_put_it_is_shown_nothing_and_a_put_that_ends_is_told_so()
    {
        var check = new Check();
        var awaited = new AwaitedCheck(check);
        awaited.Append("ab"u8);
        awaited.Dispose();

        awaited.Append("c"u8);

        Assert.Throws<IOException>(awaited.End);
        Assert.Equal("ab"u8.ToArray(), check.Seen);
        Assert.False(check.HasEnded);
    }

    private async Task<int> RunAsync(Check check)
    {
        var chunks = new List<PlainChunk>();
        foreach (var bytes in _content)
        {
            var memory = await _pool.RentAsync(bytes.Length, default);
            bytes.CopyTo(memory.Memory);
            chunks.Add(new PlainChunk(memory));
        }

        try
        {
            return await Source.From(chunks).Async()
                .Via(new CheckStage(check)).Async()
                .Via(new SealStage(null, TestBytes.FreshSource(1)))
                .RunWith(Sink.Aggregate<SealedContent, int>(0, (sum, chunk) => sum + chunk.CipherBytes), _materializer);
        }
        finally
        {
            chunks.ForEach(chunk => chunk.Memory.Dispose());
        }
    }

    private sealed class Check : IContentCheck
    {
        public List<byte> Seen { get; } = [];

        public bool HasEnded { get; private set; }

        public string? Refusal { get; init; }

        public void Append(ReadOnlySpan<byte> content) => Seen.AddRange(content);

        public void End()
        {
            HasEnded = true;
            if (Refusal is { } refusal)
            {
                throw new IOException(refusal);
            }
        }
    }
}
