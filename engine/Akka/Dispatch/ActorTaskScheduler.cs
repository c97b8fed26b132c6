using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

/// <summary>Runs the pieces between the awaits of an asynchronous receive inside its actor.</summary>
/// <remarks>
/// While one is under way the mailbox is suspended: the next user's message waits. Pieces come back as system messages, so they
/// run nevertheless. Self, Sender and the current message are those of the message that started it. When the actor ends
/// in the meantime the rest does not run; when it restarts, the new instance gets users' messages when the rest has run.
/// </remarks>
public class ActorTaskScheduler : TaskScheduler
{
    private readonly ActorCell _cell;
    private IActorRef _currentSender;
    private bool _busy;

    internal ActorTaskScheduler(ActorCell cell) => _cell = cell;

    public object CurrentMessage { get; private set; }

    public override int MaximumConcurrencyLevel => 1;

    public static void RunTask(Func<Task> asyncAction)
    {
        var cell = ActorCell.Current
                   ?? throw new InvalidOperationException("RunTask must be called from an actor context.");
        cell.TaskScheduler.Start(asyncAction);
    }

    /// <summary>Runs one piece; called by the cell for its system message.</summary>
    internal void Run(Task task)
    {
        _cell.CurrentMessage = CurrentMessage;
        _cell.SetSender(_currentSender);
        TryExecuteTask(task);
        _cell.EndOfMessage();
    }

    protected override IEnumerable<Task> GetScheduledTasks() => null;

    protected override void QueueTask(Task task) =>
        _cell.SendSystemMessage(new ActorTask(task) { Scheduler = this });

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ActorCell.Current == _cell && TryExecuteTask(task);

    private void Start(Func<Task> asyncAction)
    {
        if (_busy)
        {
            throw new NotSupportedException("RunTask calls cannot be nested");
        }

        _busy = true;
        CurrentMessage = _cell.CurrentMessage;
        _currentSender = _cell.Sender;
        var mailbox = _cell.Mailbox;
        mailbox.Suspend();
        // The first piece runs here and now: most handlers never really wait, and those cost no round trip.
        var start = new Task<Task>(asyncAction);
        start.RunSynchronously(this);
        var whole = start.Unwrap();
        if (whole.IsCompleted)
        {
            Finish(whole, mailbox);
        }
        else
        {
            _ = whole.ContinueWith(
                ended => Finish(ended, mailbox), CancellationToken.None, TaskContinuationOptions.None, this);
        }
    }

    private void Finish(Task ended, Mailbox mailbox)
    {
        var message = CurrentMessage;
        _busy = false;
        CurrentMessage = null;
        _currentSender = null;
        mailbox.Resume();
        if (!ended.IsCompletedSuccessfully)
        {
            _cell.HandleAsyncFailure(ExceptionOf(ended), message);
        }
    }

    private static Exception ExceptionOf(Task ended) => ended.IsCanceled
        ? new TaskCanceledException(ended)
        : ended.Exception.InnerExceptions.Count == 1 ? ended.Exception.InnerException : ended.Exception;
}
