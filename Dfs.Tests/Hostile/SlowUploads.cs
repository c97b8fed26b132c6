using System.IO.Pipelines;
using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Bodies;
using Dfs.Tests.Kit;

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

    [Fact]
    public async Task A_client_that_sends_nothing_more_is_given_up_by_a_store_that_reads_itself()
    {
        var (time, client) = (new HandTime(), new Pipe());
        using var body = new UploadBody(BodySpec.OfSize(10, algorithm: null), null) { Time = time };
        using var content = new ClientReader(client.Reader, body, CancellationToken.None);
        await client.Writer.WriteAsync("abc"u8.ToArray());
        content.AdvanceTo((await content.ReadAsync()).Buffer.End);

        // However long the store took for that.
        time.Advance(2 * body.IdleMax);
        var reading = content.ReadAsync().AsTask();
        Assert.False(reading.IsCompleted);
        time.Advance(body.IdleMax);

        await Assert.ThrowsAsync<IOException>(() => reading);
        Assert.Equal(S3Error.RequestTimeout, body.Error);
    }

    [Fact]
    public async Task A_client_that_is_slow_but_sends_is_heard_to_its_end()
    {
        var (time, client) = (new HandTime(), new Pipe());
        using var body = new UploadBody(BodySpec.OfSize(3, algorithm: null), null) { Time = time };
        using var content = new ClientReader(client.Reader, body, CancellationToken.None);

        for (var sent = 0; sent < 3; sent++)
        {
            var reading = content.ReadAsync().AsTask();
            time.Advance(body.IdleMax * 0.9);
            await client.Writer.WriteAsync("a"u8.ToArray());
            content.AdvanceTo((await reading).Buffer.End);
        }

        await client.Writer.CompleteAsync();
        Assert.True((await content.ReadAsync()).IsCompleted);
        Assert.Null(body.Error);
    }

    [Fact]
    public async Task A_request_that_nobody_waits_for_any_more_ends_its_read_and_so_does_one_that_breaks_off()
    {
        using var gone = new CancellationTokenSource();
        using var body = new UploadBody(BodySpec.OfSize(3, algorithm: null), null);
        using var content = new ClientReader(new Pipe().Reader, body, gone.Token);
        var reading = content.ReadAsync().AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAsync<IOException>(() => reading);
        Assert.Equal(S3Error.IncompleteBody, body.Error);

        using var broken = new UploadBody(BodySpec.OfSize(3, algorithm: null), null);
        var client = new Pipe();
        using var rest = new ClientReader(client.Reader, broken, CancellationToken.None);
        await client.Writer.CompleteAsync(new IOException("reset"));
        await Assert.ThrowsAsync<IOException>(async () => await rest.ReadAsync());
        Assert.Equal(S3Error.IncompleteBody, broken.Error);
    }

    [Fact]
    public async Task A_store_that_waits_no_more_ends_its_read_and_nothing_is_wrong_with_the_content()
    {
        var client = new Pipe();
        using var body = new UploadBody(BodySpec.OfSize(3, algorithm: null), null);
        using var content = new ClientReader(client.Reader, body, CancellationToken.None);
        using var given = new CancellationTokenSource();
        var reading = content.ReadAsync(given.Token).AsTask();
        await given.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => reading);
        Assert.Null(body.Error);

        // Nothing of it was taken.
        await client.Writer.WriteAsync("abc"u8.ToArray());
        Assert.Equal(3, (await content.ReadAsync()).Buffer.Length);
    }
}
