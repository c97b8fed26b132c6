using Microsoft.AspNetCore.Http;

namespace Dfs.Gateway.S3.Requests;

/// <summary>Ends the wait of a client whose request stands still in the store: it is refused, so that the client tries again.</summary>
/// <remarks>
/// What has taken <see cref="StillMax"/> without progress is cancelled, and left behind when it does not end then. Progress is content that was taken
/// from the client, or something that it was sent. While the client is waited for, and once its answer has begun, nothing is counted: the server and
/// <see cref="Bodies.UploadBody.IdleMax"/> bound that. One per request; what the request does, it does in turn.
/// </remarks>
internal sealed class AnswerWatch : IDisposable
{
    /// <summary>12 s: two rounds of the catalog up to their deadlines, and some; with <see cref="EndMax"/> less than 15 s.</summary>
    public static readonly TimeSpan StillMax = TimeSpan.FromSeconds(12);

    /// <summary>One second for what was cancelled to end by itself.</summary>
    public static readonly TimeSpan EndMax = TimeSpan.FromSeconds(1);

    private readonly CancellationToken _client;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _still;
    private readonly CancellationTokenSource _either;

    /// <param name="client">Cancelled when the client is gone.</param>
    public AnswerWatch(TimeProvider time, CancellationToken client)
    {
        (_client, _time) = (client, time);
        _still = new CancellationTokenSource(StillMax, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(client, _still.Token);
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
    public void Progress() => _still.CancelAfter(StillMax);

    /// <summary>The client is waited for, until the next <see cref="Progress"/>.</summary>
    public void Pause() => _still.CancelAfter(Timeout.InfiniteTimeSpan);

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
        _either.Dispose();
        _still.Dispose();
    }
}
