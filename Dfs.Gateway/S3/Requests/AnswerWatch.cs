using Dfs.Actors.Client;
using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.S3.Requests;

/// <summary>Ends the wait of a client whose request stands still in the store: it is refused, so that the client tries again.</summary>
/// <remarks>
/// What has taken longer than a request may without progress is cancelled, and left behind when it does not end then. Progress is content that was taken
/// from the client, something that it was sent, or content that crept over a slow link between nodes. While the client is waited for, and once its answer has begun, nothing is counted: the server and
/// <see cref="Bodies.UploadBody.IdleMax"/> bound that. One per request; what the request does, it does in turn.
/// </remarks>
internal sealed class AnswerWatch : IDisposable
{
    /// <summary>One second for what was cancelled to end by itself.</summary>
    public static readonly TimeSpan EndMax = TimeSpan.FromSeconds(1);

    /// <summary>A second more than the store has, which knows better what became of a change; with <see cref="EndMax"/> less than 15 s unless it is set otherwise.</summary>
    public static readonly TimeSpan StillMax = AnswerLimit.Default.Within + EndMax;

    private readonly CancellationToken _client;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _still = new();
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _either;
    private readonly TimeSpan _stillMax;
    private readonly RequestBudget? _budget;

    /// <param name="client">Cancelled when the client is gone.</param>
    /// <param name="answers">Null: as without settings, and what the request does has no budget together.</param>
    public AnswerWatch(TimeProvider time, CancellationToken client, AnswerLimit? answers = null)
    {
        (_client, _time) = (client, time);
        _stillMax = answers is null ? StillMax : answers.Within + EndMax;
        _budget = answers is null ? null : RequestBudget.Begin(answers, isLed: true);
        _either = CancellationTokenSource.CreateLinkedTokenSource(client, _still.Token);
        _timer = time.CreateTimer(static watch => ((AnswerWatch)watch!).LookAgain(), this, _stillMax, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when the client is gone or has waited long enough.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>The client has waited long enough.</summary>
    public bool IsExpired => _still.IsCancellationRequested && !_client.IsCancellationRequested;

    /// <returns>Null for a request that nobody watches.</returns>
    public static AnswerWatch? Of(HttpContext http) => http.Items[typeof(AnswerWatch)] as AnswerWatch;

    /// <summary>From here on the request's work is cancelled by this as well.</summary>
    public void Attach(HttpContext http)
    {
        http.Items[typeof(AnswerWatch)] = this;
        http.RequestAborted = Token;
    }

    /// <summary>Content came, or the client was sent something: the time counts anew.</summary>
    public void Progress()
    {
        _timer.Change(_stillMax, Timeout.InfiniteTimeSpan);
        _budget?.Worked();
    }

    /// <summary>The client is waited for, until the next <see cref="Progress"/>.</summary>
    public void Pause()
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _budget?.AwaitClient();
    }

    /// <summary>The answer is content, and how it moves the store tells.</summary>
    public void Follow()
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _budget?.Follow();
    }

    /// <exception cref="TimeoutException">It did not end, though it was cancelled. It may yet; the connection must not be used again.</exception>
    public async Task RunAsync(Task work)
    {
        var expired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (_still.Token.UnsafeRegister(static (state, _) => ((TaskCompletionSource)state!).TrySetResult(), expired))
        {
            await Task.WhenAny(work, expired.Task);
        }

        await (work.IsCompleted ? work : work.WaitAsync(EndMax, _time));
    }

    public void Dispose()
    {
        _timer.Dispose();
        _either.Dispose();
        _still.Dispose();
        _budget?.Dispose();
    }

    private void LookAgain()
    {
        if (_budget?.Left is { } left && left > TimeSpan.Zero)
        {
            _timer.Change(left + EndMax, Timeout.InfiniteTimeSpan);
            return;
        }

        try
        {
            _still.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The request has ended meanwhile.
        }
    }
}
