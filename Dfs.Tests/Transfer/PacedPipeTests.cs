using System.IO.Pipelines;
using Dfs.Actors.Transfer;
using Dfs.Core.Transfer;
using Dfs.Tests.Kit;

namespace Dfs.Tests.Transfer;

/// <summary>Content that goes through a limit of 100,000 bytes a second, in a time that passes when the test says so.</summary>
public sealed class PacedPipeTests
{
    private const int Rate = 100_000;

    private readonly RushingTime _time = new();
    private readonly byte[] _content = TestBytes.Random(1, 10 * Rate);

    [Fact]
    public async Task A_reader_gets_all_of_it_and_no_faster_than_the_limit()
    {
        var source = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await source.Writer.WriteAsync(_content);
        await source.Writer.CompleteAsync();
        var paced = PacedReader.Of(source.Reader, new RateLimit(Rate, _time));

        var (read, end) = (new List<byte>(), false);
        while (!end)
        {
            var result = await paced.ReadAsync();
            read.AddRange(result.Buffer.FirstSpan.ToArray());
            paced.AdvanceTo(result.Buffer.GetPosition(result.Buffer.FirstSpan.Length), result.Buffer.End);
            end = result.IsCompleted && result.Buffer.IsSingleSegment;
        }

        Assert.Equal(_content, read);
        AssertTook();
    }

    [Fact]
    public async Task A_writer_passes_all_of_it_on_and_no_faster_than_the_limit()
    {
        var target = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var paced = PacedWriter.Of(target.Writer, new RateLimit(Rate, _time));

        await paced.WriteAsync(_content.AsMemory(Rate));
        _content.AsSpan(0, Rate).CopyTo(paced.GetSpan(Rate));
        paced.Advance(Rate);
        await paced.FlushAsync();
        await paced.CompleteAsync();
        var read = await target.Reader.ReadAtLeastAsync(_content.Length);
        Assert.Equal([.. _content[Rate..], .. _content[..Rate]], System.Buffers.BuffersExtensions.ToArray(read.Buffer));
        AssertTook();
    }

    [Fact]
    public async Task A_read_that_is_cancelled_does_not_wait_for_its_turn()
    {
        var time = new HandTime();
        var source = new Pipe();
        await source.Writer.WriteAsync(_content.AsMemory(0, 50_000));
        var paced = PacedReader.Of(source.Reader, new RateLimit(Rate, time));
        var first = await paced.ReadAsync();
        paced.AdvanceTo(first.Buffer.End);
        var waiting = paced.ReadAsync().AsTask();
        await time.TimerStartedAsync();

        paced.CancelPendingRead();

        Assert.True((await waiting).IsCanceled);
    }

    [Fact]
    public void Without_a_limit_nothing_stands_between()
    {
        var pipe = new Pipe();

        Assert.Same(pipe.Reader, PacedReader.Of(pipe.Reader, RateLimit.None));
        Assert.Same(pipe.Writer, PacedWriter.Of(pipe.Writer, RateLimit.None));
    }

    // A piece at the end is not waited for by a reader, and a burst goes before.
    private void AssertTook()
    {
        var least = ((_content.Length - (64 * 1024)) / (double)Rate) - TokenBucket.BurstTime.TotalSeconds;
        Assert.InRange(_time.Passed.TotalSeconds, least, (_content.Length / (double)Rate) + 1);
    }
}
