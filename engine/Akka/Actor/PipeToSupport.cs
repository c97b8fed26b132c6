namespace Akka.Actor;

/// <summary>Tells an actor how a task ended: its result, or a <see cref="Status.Failure"/>.</summary>
public static class PipeToSupport
{
    /// <param name="success">Makes the message from the result; by default the result is the message.</param>
    /// <param name="failure">Makes the message from the exception.</param>
    public static async Task PipeTo<T>(
        this Task<T> taskToPipe,
        ICanTell recipient,
        IActorRef sender = null,
        Func<T, object> success = null,
        Func<Exception, object> failure = null)
    {
        object message;
        try
        {
            var result = await taskToPipe.ConfigureAwait(false);
            message = success is null ? result : success(result);
        }
        catch (Exception cause)
        {
            message = failure is null ? new Status.Failure(cause) : failure(cause);
        }

        recipient.Tell(message, sender);
    }

    public static Task PipeTo<T>(
        this ValueTask<T> taskToPipe,
        ICanTell recipient,
        IActorRef sender = null,
        Func<T, object> success = null,
        Func<Exception, object> failure = null) =>
        taskToPipe.AsTask().PipeTo(recipient, sender, success, failure);

    /// <param name="success">Without it nothing is told when the task succeeds.</param>
    public static async Task PipeTo(
        this Task taskToPipe,
        ICanTell recipient,
        IActorRef sender = null,
        Func<object> success = null,
        Func<Exception, object> failure = null)
    {
        object message;
        try
        {
            await taskToPipe.ConfigureAwait(false);
            if (success is null)
            {
                return;
            }

            message = success();
        }
        catch (Exception cause)
        {
            message = failure is null ? new Status.Failure(cause) : failure(cause);
        }

        recipient.Tell(message, sender);
    }
}
