using System.Text;
using Dfs.Gateway.S3.Requests;
using Dfs.Tests.Kit;
using Microsoft.AspNetCore.Http;

namespace Dfs.Tests.S3;

/// <summary>How long a client waits at most: for a request that stands still, and for one that takes long.</summary>
public sealed class AnswerWatchTests
{
    private readonly HandTime _time = new();

    [Fact]
    public async Task What_stands_still_is_cancelled_and_left_behind_when_it_does_not_end()
    {
        using var watch = new AnswerWatch(_time, CancellationToken.None);
        var forEver = new TaskCompletionSource();
        var running = watch.RunAsync(forEver.Task);
        await _time.TimerStartedAsync();

        _time.Advance(AnswerWatch.StillMax - TimeSpan.FromTicks(1));
        Assert.False(watch.Token.IsCancellationRequested);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(watch.Token.IsCancellationRequested && watch.IsExpired);
        await _time.TimerStartedAsync();
        Assert.False(running.IsCompleted);
        _time.Advance(AnswerWatch.EndMax);

        await Assert.ThrowsAsync<TimeoutException>(() => running);
        Assert.True(AnswerWatch.StillMax + AnswerWatch.EndMax < TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task What_ends_when_it_is_cancelled_is_not_left_behind()
    {
        using var watch = new AnswerWatch(_time, CancellationToken.None);
        var running = watch.RunAsync(Task.Delay(Timeout.InfiniteTimeSpan, watch.Token));

        _time.Advance(AnswerWatch.StillMax);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public void Progress_begins_the_time_anew_and_while_the_client_is_waited_for_there_is_none()
    {
        using var watch = new AnswerWatch(_time, CancellationToken.None);
        _time.Advance(AnswerWatch.StillMax / 2);
        watch.Progress();
        _time.Advance(AnswerWatch.StillMax * 0.9);
        watch.Pause();
        _time.Advance(TimeSpan.FromHours(1));
        watch.Progress();
        _time.Advance(AnswerWatch.StillMax * 0.9);
        Assert.False(watch.Token.IsCancellationRequested);

        _time.Advance(AnswerWatch.StillMax * 0.1);

        Assert.True(watch.IsExpired);
    }

    [Fact]
    public void A_client_that_is_gone_is_not_one_that_has_waited_long_enough()
    {
        using var client = new CancellationTokenSource();
        using var watch = new AnswerWatch(_time, client.Token);

        client.Cancel();

        Assert.Equal((true, false), (watch.Token.IsCancellationRequested, watch.IsExpired));
    }

    [Fact]
    public async Task What_takes_long_shows_a_sign_every_five_seconds_and_ends_with_its_document()
    {
        using var body = new MemoryStream();
        var http = new DefaultHttpContext { Response = { Body = body } };
        using var watch = new AnswerWatch(_time, CancellationToken.None);
        watch.Attach(http);
        await _time.TimerStartedAsync();
        var work = new TaskCompletionSource();
        var waiting = LongAnswer.WaitAsync(http, work.Task, _time);
        for (var sign = 0; sign < 5; sign++)
        {
            // One timer is of the wait, and from the second on one of the watch.
            await _time.TimerStartedAsync();
            if (sign > 0)
            {
                await _time.TimerStartedAsync();
            }

            Assert.Equal(sign > 0, LongAnswer.HasBegun(http));
            _time.Advance(LongAnswer.SignEvery);
        }

        work.SetResult();
        await waiting;
        await LongAnswer.EndAsync(http, Encoding.UTF8.GetBytes("""<?xml version="1.0" encoding="utf-8"?><Result />"""));

        Assert.False(watch.IsExpired);
        var text = Encoding.UTF8.GetString(body.ToArray());
        Assert.Equal("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + "\n\n\n\n" + "<Result />", text);
        Assert.Equal("Result", System.Xml.Linq.XDocument.Parse(text).Root!.Name.LocalName);
    }

    [Fact]
    public async Task What_does_not_take_long_is_answered_as_ever()
    {
        var http = new DefaultHttpContext();
        await LongAnswer.WaitAsync(http, Task.CompletedTask, _time);
        await Assert.ThrowsAsync<IOException>(() => LongAnswer.WaitAsync(http, Task.FromException(new IOException()), _time));
        Assert.False(LongAnswer.HasBegun(http));
    }
}
