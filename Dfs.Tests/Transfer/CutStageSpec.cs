using System.Buffers;
using System.IO.Pipelines;
using Akka.Streams;
using Akka.Streams.Dsl;
using Dfs.Actors.Transfer;
using Dfs.Core.Chunking;
using Dfs.Core.Crypto;
using Dfs.Storage.Disk;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

/// <summary>From a pipe to sealed chunks and back, with every size of arrival.</summary>
public sealed class CutStageSpec : Akka.TestKit.Xunit2.TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ActorMaterializer _materializer;
    private readonly BufferPool _pool = new(64 * 1024 * 1024);
    private readonly BucketKeys _bucket = OwnerKeys.Create(TestBytes.FreshSource(1)).OfBucket("bucket");

    public CutStageSpec()
        : base("akka.loglevel = ERROR") => _materializer = Sys.Materializer();

    [Theory, Seeds(6)]
    public async Task The_cuts_are_those_of_the_whole_whatever_the_sizes_of_the_arrivals(int seed)
    {
        var random = new Random(seed);
        var content = TestBytes.Random(seed, random.Next(200_000, 900_000));
        var pipe = new Pipe();
        await using var memory = new TransferMemory(_pool);

        var cutting = CutAsync(pipe.Reader, content.Length, memory);
        await SendAsync(pipe.Writer, content, () => random.Next(1, seed % 2 == 0 ? 3_000 : 200_000));

        Assert.Equal(CutsOfTheWhole(content), await cutting.WaitAsync(Patience));
    }

    [Fact]
    public async Task Empty_content_has_no_chunks()
    {
        var pipe = new Pipe();
        await using var memory = new TransferMemory(_pool);
        await pipe.Writer.CompleteAsync();

        Assert.Empty(await CutAsync(pipe.Reader, 0, memory).WaitAsync(Patience));
    }

    [Theory]
    [InlineData(99_999)]
    [InlineData(100_001)]
    public async Task Content_that_is_not_as_long_as_promised_fails(int promisedBytes)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var memory = new TransferMemory(_pool);
        await SendAsync(pipe.Writer, new byte[100_000], () => 7_000);

        var error = await Assert.ThrowsAsync<SourceFailedException>(
            () => CutAsync(pipe.Reader, promisedBytes, memory).WaitAsync(Patience));

        Assert.Equal($"the content ended after 100000 of {promisedBytes} bytes", error.Message);
        await memory.DisposeAsync();
        Assert.Equal(0, _pool.LeasedBytes);
    }

    [Fact]
    public async Task A_source_that_fails_fails_the_stream_and_gives_everything_back()
    {
        var pipe = new Pipe();
        var memory = new TransferMemory(_pool);
        var cutting = CutAsync(pipe.Reader, null, memory);
        await pipe.Writer.WriteAsync(new byte[10_000]);
        await pipe.Writer.CompleteAsync(new IOException("the client hung up"));

        var error = await Assert.ThrowsAsync<SourceFailedException>(() => cutting.WaitAsync(Patience));

        Assert.Equal("the client hung up", error.Message);
        await memory.DisposeAsync();
        Assert.Equal(0, _pool.LeasedBytes);
    }

    [Fact]
    public async Task Nothing_is_read_from_the_pipe_before_there_is_demand()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 4096, resumeWriterThreshold: 2048));
        await using var memory = new TransferMemory(_pool);
        var gate = new TaskCompletionSource();
        var chunks = Source.FromGraph(new PipeSource(pipe.Reader, null))
            .Via(new CutStage(Cutter, async bytes =>
            {
                await gate.Task;
                return await memory.RentAsync(bytes);
            }))
            .RunForeach(chunk => memory.Return(chunk.Memory), _materializer);

        var sending = SendAsync(pipe.Writer, TestBytes.Random(1, 2_000_000), () => 4096);
        await Task.WhenAny(sending, Task.Delay(300));
        Assert.False(sending.IsCompleted);

        gate.SetResult();
        await sending.WaitAsync(Patience);
        await chunks.WaitAsync(Patience);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(70_001)]
    public async Task What_was_sealed_is_opened_from_any_byte_on(int skipBytes)
    {
        var content = TestBytes.Random(1, 100_000);
        var memory = await _pool.RentAsync(content.Length, default);
        content.CopyTo(memory.Memory);

        var sealedChunk = await Source.Single(new PlainChunk(memory))
            .Via(new SealStage(_bucket.Dedup, TestBytes.FreshSource(2)))
            .RunWith(Sink.First<SealedContent>(), _materializer).WaitAsync(Patience);
        Assert.Equal(ChunkTree.IdOf(memory.Memory.Span), sealedChunk.Seal.Id);
        Assert.NotEqual(content, memory.Memory.ToArray());

        var opened = await Source.Single(new FetchedChunk(memory, sealedChunk.Seal.Key, skipBytes, content.Length - skipBytes))
            .Via(new OpenStage())
            .RunWith(Sink.First<FetchedChunk>(), _materializer).WaitAsync(Patience);
        Assert.Equal(content[skipBytes..], opened.Memory.Memory[skipBytes..].ToArray());
        memory.Dispose();
    }

    private ContentCutter Cutter() => new(_bucket.Cutting, CutProfile.Small);

    private Task<List<string>> CutAsync(PipeReader reader, long? sizeBytes, TransferMemory memory) =>
        Source.FromGraph(new PipeSource(reader, sizeBytes))
            .Via(new CutStage(Cutter, memory.RentAsync))
            .RunAggregate(new List<string>(), (chunks, chunk) =>
            {
                chunks.Add(ChunkTree.IdOf(chunk.Memory.Memory.Span).ToString());
                memory.Return(chunk.Memory);
                return chunks;
            }, _materializer);

    private List<string> CutsOfTheWhole(byte[] content)
    {
        using var cutter = Cutter();
        var chunks = new List<string>();
        for (var from = 0; from < content.Length;)
        {
            var window = content.AsSpan(from, Math.Min(cutter.Profile.SizeBytesMax, content.Length - from));
            var cut = cutter.FindCut(window, isLast: from + window.Length == content.Length);
            chunks.Add(ChunkTree.IdOf(window[..cut]).ToString());
            from += cut;
        }

        return chunks;
    }

    private static async Task SendAsync(PipeWriter writer, byte[] content, Func<int> nextSizeBytes)
    {
        for (var sent = 0; sent < content.Length;)
        {
            var sizeBytes = Math.Min(nextSizeBytes(), content.Length - sent);
            await writer.WriteAsync(content.AsMemory(sent, sizeBytes));
            sent += sizeBytes;
        }

        await writer.CompleteAsync();
    }
}
