using Akka.Dispatch.SysMsg;

namespace Akka.Actor;

public static class GracefulStopSupport
{
    /// <returns>Whether the actor ended within the timeout.</returns>
    public static Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout) =>
        target.GracefulStop(timeout, PoisonPill.Instance);

    public static async Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout, object stopMessage)
    {
        using var watch = new WatchOfTask((IInternalActorRef)target);
        target.Tell(stopMessage, ActorRefs.NoSender);
        try
        {
            await watch.Ended.WaitAsync(timeout).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}

/// <summary>A death watch from outside of any actor.</summary>
internal sealed class WatchOfTask : MinimalActorRef, IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IInternalActorRef _target;

    public WatchOfTask(IInternalActorRef target)
    {
        _target = target;
        Provider = target.Provider;
        Path = Provider.TempPath();
        Provider.RegisterTempActor(this, Path);
        target.SendSystemMessage(new Watch(target, this));
    }

    public Task Ended => _ended.Task;

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    public override void SendSystemMessage(ISystemMessage message)
    {
        if (message is DeathWatchNotification notification && notification.Actor.Equals(_target))
        {
            _ended.TrySetResult();
        }
    }

    public void Dispose()
    {
        _target.SendSystemMessage(new Unwatch(_target, this));
        Provider.UnregisterTempActor(Path);
    }
}
