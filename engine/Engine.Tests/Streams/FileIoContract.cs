using Akka.IO;
using Akka.Streams.Dsl;

namespace Engine.Tests.Streams;

public sealed class FileIoContract(StreamsSystem streams) : IClassFixture<StreamsSystem>, IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    [Fact(Timeout = 5000)]
    public async Task A_file_is_written_and_read_back()
    {
        var content = new byte[100_000];
        new Random(1).NextBytes(content);

        var written = await Source.From(content.Chunk(777)).Select(ByteString.FromBytes)
            .RunWith(FileIO.ToFile(new FileInfo(_path)), streams.Materializer);
        var (reading, chunks) = FileIO.FromFile(new FileInfo(_path), chunkSize: 4096)
            .ToMaterialized(Sink.Seq<ByteString>(), Keep.Both).Run(streams.Materializer);

        Assert.True(written.WasSuccessful);
        Assert.Equal(content.Length, written.Count);
        Assert.Equal(content, (await chunks).SelectMany(chunk => chunk.ToArray()));
        Assert.Equal(content.Length, (await reading).Count);
    }

    [Fact(Timeout = 5000)]
    public async Task A_missing_file_fails_the_stream()
    {
        await Assert.ThrowsAnyAsync<IOException>(
            () => FileIO.FromFile(new FileInfo(_path)).RunWith(Sink.Ignore<ByteString>(), streams.Materializer));
    }

    [Fact(Timeout = 5000)]
    public async Task A_stream_is_read_from_the_position_asked_for()
    {
        await File.WriteAllBytesAsync(_path, [1, 2, 3, 4, 5]);

        var rest = await FileIO.FromFile(new FileInfo(_path), startPosition: 3).RunWith(Sink.First<ByteString>(), streams.Materializer);

        Assert.Equal([4, 5], rest.ToArray());
    }

    [Fact(Timeout = 5000)]
    public async Task Converters_open_late_and_close_at_the_end()
    {
        var target = new MemoryStream();

        await StreamConverters.FromInputStream(() => new MemoryStream([1, 2, 3, 4, 5]), chunkSize: 2)
            .RunWith(StreamConverters.FromOutputStream(() => target), streams.Materializer);

        Assert.Equal([1, 2, 3, 4, 5], target.ToArray());
        Assert.False(target.CanWrite);
    }
}
