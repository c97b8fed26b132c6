using System.IO.Pipelines;
using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Bodies;

namespace Dfs.Tests.Hostile;

public sealed class SlowUploads
{
    [Fact]
    public async Task A_client_that_sends_a_part_and_then_nothing_is_given_up()
    {
        using var body = new UploadBody(BodySpec.OfSize(10, algorithm: null), null) { IdleMax = TimeSpan.FromMilliseconds(100) };
        var (client, store) = (new Pipe(), new Pipe());
        await client.Writer.WriteAsync("abc"u8.ToArray());

        await body.PumpAsync(client.Reader, store.Writer, CancellationToken.None);

        Assert.Equal(S3Error.RequestTimeout, body.Error);
    }

    [Fact]
    public async Task A_store_that_takes_its_time_is_not_the_client_s_fault()
    {
        using var body = new UploadBody(BodySpec.OfSize(6, algorithm: null), null) { IdleMax = TimeSpan.FromSeconds(30) };
        var (client, store) = (new Pipe(), new Pipe(new PipeOptions(pauseWriterThreshold: 3, resumeWriterThreshold: 1)));
        await client.Writer.WriteAsync("abcdef"u8.ToArray());
        await client.Writer.CompleteAsync();

        var pumping = body.PumpAsync(client.Reader, store.Writer, CancellationToken.None);
        var read = await store.Reader.ReadAtLeastAsync(6);
        store.Reader.AdvanceTo(read.Buffer.End);
        await pumping;

        Assert.Null(body.Error);
    }
}
