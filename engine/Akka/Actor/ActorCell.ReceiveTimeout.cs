namespace Akka.Actor;

public partial class ActorCell
{
    private ICancelable _pendingReceiveTimeout;

    public TimeSpan? ReceiveTimeout { get; private set; }

    public void SetReceiveTimeout(TimeSpan? timeout = null)
    {
        ReceiveTimeout = timeout;
        if (timeout is null)
        {
            CancelReceiveTimeout();
        }
    }

    /// <summary>Starts the time anew after a message, unless the next one is there already.</summary>
    public void CheckReceiveTimeout(bool reschedule = true)
    {
        if (ReceiveTimeout is not { } timeout || (!reschedule && _pendingReceiveTimeout is not null))
        {
            return;
        }

        CancelReceiveTimeout();
        if (timeout >= TimeSpan.Zero && !Mailbox.IsClosed && !HasMessages)
        {
            _pendingReceiveTimeout = System.Scheduler.ScheduleTellOnceCancelable(
                timeout, _self, Akka.Actor.ReceiveTimeout.Instance, _self);
        }
    }

    private void CancelReceiveTimeout()
    {
        _pendingReceiveTimeout?.Cancel();
        _pendingReceiveTimeout = null;
    }
}
