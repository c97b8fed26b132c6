using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

/// <summary>Tells a message and makes a task of the answer.</summary>
/// <remarks>
/// Without a timeout, or with one of zero or less, it waits for ever. A <see cref="Status.Failure"/> fails the task; so does
/// an answer of another type.
/// </remarks>
public static class Futures
{
    public static Task<object> Ask(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<object>(message, timeout, CancellationToken.None);

    public static Task<object> Ask(
        this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken) =>
        self.Ask<object>(message, timeout, cancellationToken);

    public static Task<T> Ask<T>(this ICanTell self, object message, TimeSpan? timeout = null) =>
        self.Ask<T>(message, timeout, CancellationToken.None);

    public static Task<T> Ask<T>(
        this ICanTell self, object message, TimeSpan? timeout, CancellationToken cancellationToken) =>
        self.Ask<T>(_ => message, timeout, cancellationToken);

    /// <param name="messageFactory">Gets the reference that takes the answer.</param>
    public static async Task<T> Ask<T>(
        this ICanTell self,
        Func<IActorRef, object> messageFactory,
        TimeSpan? timeout,
        CancellationToken cancellationToken)
    {
        var provider = ProviderOf(self)
                       ?? throw new ArgumentException("Unable to resolve the target Provider", nameof(self));
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var limit = timeout ?? provider.Settings.AskTimeout;
        using var timer = limit > TimeSpan.Zero ? new CancellationTokenSource(limit) : null;
        using var onTimeout = timer?.Token.Register(() => answer.TrySetException(
            new AskTimeoutException($"Timeout after {limit.TotalSeconds:F2} seconds")));
        using var onCancel = cancellationToken.Register(() => answer.TrySetCanceled(cancellationToken));
        var future = provider.CreateFutureRef(answer);
        provider.RegisterTempActor(future, future.Path);
        try
        {
            self.Tell(messageFactory(future), future);
            return await answer.Task.ConfigureAwait(false);
        }
        finally
        {
            provider.UnregisterTempActor(future.Path);
        }
    }

    internal static IActorRefProvider ProviderOf(ICanTell target) => target switch
    {
        ActorSelection selection => ProviderOf(selection.Anchor),
        IInternalActorRef actor => actor.Provider,
        _ => ActorCell.Current?.SystemImpl.Provider,
    };
}

/// <summary>The reference that takes the answer to an Ask.</summary>
public class FutureActorRef<T>(TaskCompletionSource<T> result, ActorPath path, IActorRefProvider provider)
    : MinimalActorRef
{
    private readonly TaskCompletionSource<T> _result = result;

    public override ActorPath Path { get; } = path;

    public override IActorRefProvider Provider { get; } = provider;

    public override void SendSystemMessage(ISystemMessage message)
    {
        // Somebody who watches the asker: the asker has no life to end.
        if (message is Watch watch && Equals(watch.Watchee) && _result.Task.IsCompleted)
        {
            watch.Watcher.SendSystemMessage(new DeathWatchNotification(this, true, false));
        }
    }

    protected override void TellInternal(object message, IActorRef sender)
    {
        var taken = message switch
        {
            ISystemMessage => false,
            T answer => _result.TrySetResult(answer),
            Status.Failure failure => _result.TrySetException(
                failure.Cause ?? new TaskCanceledException("Task cancelled by actor via Failure message.")),
            _ => _result.TrySetException(new ArgumentException(
                $"Received message of type [{message.GetType()}] - Ask expected message of type [{typeof(T)}]")),
        };
        if (!taken)
        {
            Provider.DeadLetters.Tell(new Event.DeadLetter(message, sender, this), sender);
        }
    }
}
