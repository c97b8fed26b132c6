using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Debug = Akka.Event.Debug;

namespace Akka.Actor;

/// <remarks>
/// A failure suspends the actor and its children and asks the parent. Recreate replaces the instance and keeps the mailbox;
/// the new one begins when every child that was stopped has ended, and so does PostStop when the actor ends.
/// </remarks>
public partial class ActorCell
{
    // Who failed: a child whose failure was escalated, or the actor itself.
    private IActorRef _perpetrator;
    private Exception _recreateCause;

    internal bool IsFailed => _perpetrator is not null;

    /// <summary>An asynchronous receive ended with an exception.</summary>
    internal void HandleAsyncFailure(Exception cause, object message)
    {
        CurrentMessage = message;
        HandleInvokeFailure(cause);
    }

    private void HandleInvokeFailure(Exception cause, IEnumerable<IActorRef> childrenNotToSuspend = null)
    {
        if (IsFailed)
        {
            return;
        }

        try
        {
            Mailbox.Suspend();
            _perpetrator = CurrentMessage is Failed failed ? failed.Child : _self;
            SuspendChildren((childrenNotToSuspend ?? []).Append(_perpetrator));
            Parent.SendSystemMessage(new Failed(_self, cause, _self.Path.Uid));
        }
        catch (Exception second)
        {
            Publish(new Error(
                second, _self.Path.ToString(), GetType(), "emergency stop: exception in failure handling for " + cause.GetType()));
            StopChildren();
            FinishTerminate();
        }
    }

    private void Create(ActorInitializationException failure)
    {
        if (failure is not null)
        {
            throw failure;
        }

        try
        {
            _actor = NewActor();
            _actor.AroundPreStart();
        }
        catch (Exception cause)
        {
            ReleaseActor();
            throw new ActorInitializationException(_self, "Exception during creation", cause);
        }
    }

    /// <summary>Makes the instance and gives it what it asks for by its interfaces.</summary>
    private ActorBase NewActor()
    {
        _behavior = null;
        var actor = Props.NewActor();
        actor.Constructed();
        _behavior ??= actor.InitialReceive;

        if (actor is IActorStash withStash)
        {
            withStash.Stash = this.CreateStash(withStash);
        }

        if (actor is IWithTimers withTimers)
        {
            withTimers.Timers = new TimerScheduler(this);
        }

        return actor;
    }

    private void ReleaseActor()
    {
        ReturnStash();
        (_actor as IWithTimers)?.Timers?.CancelAll();
        _behavior = null;
        _taskScheduler = null;
        _actor = null;
    }

    private void FaultRecreate(Exception cause)
    {
        if (_actor is null)
        {
            Publish(new Error(null, _self.Path.ToString(), GetType(), "changing Recreate into Create after " + cause));
            FaultCreate();
            return;
        }

        if (_children is { IsNormal: false })
        {
            // Stopping, or restarting already: it only has to go on.
            FaultResume(null);
            return;
        }

        try
        {
            (_actor as IWithTimers)?.Timers?.CancelAll();
            _actor.AroundPreRestart(cause, CurrentMessage is Failed ? null : CurrentMessage);
        }
        catch (Exception second)
        {
            var wrapped = new PreRestartException(_self, second, cause, CurrentMessage);
            Publish(new Error(wrapped, _self.Path.ToString(), GetType(), second.Message));
        }
        finally
        {
            ReleaseActor();
        }

        _recreateCause = cause;
        if (_children is null || !_children.WaitFor(SuspendReason.Recreation))
        {
            FinishRecreate();
        }
    }

    private void FinishRecreate()
    {
        var cause = _recreateCause;
        var survivors = GetChildren().ToList();
        try
        {
            _recreateCause = null;
            Mailbox.Resume();
            _perpetrator = null;
            _actor = NewActor();
            _actor.AroundPostRestart(cause, null);
            EndOfMessage();
            foreach (var child in survivors)
            {
                child.Restart(cause);
            }
        }
        catch (Exception second)
        {
            ReleaseActor();
            CurrentMessage = null;
            HandleInvokeFailure(new PostRestartException(_self, second, cause), survivors);
        }
    }

    private void FaultSuspend()
    {
        Mailbox.Suspend();
        SuspendChildren([]);
    }

    private void FaultResume(Exception causedByFailure)
    {
        if (_actor is null)
        {
            Publish(new Error(
                causedByFailure, _self.Path.ToString(), GetType(), "changing Resume into Create after " + causedByFailure));
            FaultCreate();
            return;
        }

        var perpetrator = _perpetrator;
        Mailbox.Resume();
        if (causedByFailure is not null)
        {
            _perpetrator = null;
            EndOfMessage();
        }

        foreach (var child in GetChildren())
        {
            child.Resume(child.Equals(perpetrator) ? causedByFailure : null);
        }
    }

    private void FaultCreate()
    {
        StopChildren();
        if (_children is null || !_children.WaitFor(SuspendReason.Creation))
        {
            FinishCreate();
        }
    }

    private void FinishCreate()
    {
        Mailbox.Resume();
        _perpetrator = null;
        try
        {
            Create(null);
        }
        catch (Exception cause)
        {
            HandleInvokeFailure(cause);
        }
    }

    private void Terminate()
    {
        UnwatchWatchedActors();
        StopChildren();
        var wasTerminating = _children is { IsTerminating: true };
        if (_children is null || !_children.WaitFor(SuspendReason.Termination))
        {
            ChildrenContainer.SetTerminated();
            FinishTerminate();
        }
        else if (!wasTerminating)
        {
            // No user's message while it waits for its children, and no failure goes up any more.
            Mailbox.Suspend();
            _perpetrator = _self;
        }
    }

    private void FinishTerminate()
    {
        try
        {
            (_actor as IWithTimers)?.Timers?.CancelAll();
            _actor?.AroundPostStop();
            ReturnStash();
        }
        catch (Exception cause)
        {
            Publish(new Error(cause, _self.Path.ToString(), GetType(), cause.Message));
        }
        finally
        {
            Dispatcher.Detach(this);
            Parent.SendSystemMessage(new DeathWatchNotification(_self, true, false));
            TellWatchersWeDied();
            UnwatchWatchedActors();
            ReleaseActor();
            _perpetrator = null;
            CurrentMessage = null;
            _sender = null;
        }
    }

    /// <summary>What lies in the stash goes the way of the mailbox: to the next instance, or to the dead letters.</summary>
    private void ReturnStash()
    {
        if (_actor is IActorStash { Stash: { NonEmpty: true } stash })
        {
            stash.UnstashAll();
        }
    }

    private void HandleChildTerminated(IActorRef child)
    {
        var satisfied = _children.Remove(child);
        if (_actor is not null)
        {
            try
            {
                _actor.Strategy.HandleChildTerminated(this, child, GetChildren());
            }
            catch (Exception cause)
            {
                Publish(new Error(cause, _self.Path.ToString(), GetType(), "HandleChildTerminated failed"));
                HandleInvokeFailure(cause);
            }
        }

        switch (satisfied)
        {
            case SuspendReason.Recreation: FinishRecreate(); break;
            case SuspendReason.Creation: FinishCreate(); break;
            case SuspendReason.Termination: FinishTerminate(); break;
        }
    }

    private void HandleFailed(Failed failed)
    {
        var stats = _children?.ByRef(failed.Child);
        if (stats is null || stats.Uid != failed.Uid)
        {
            Publish(new Debug(_self.Path.ToString(), GetType(), $"dropping {failed} of an unknown or former child"));
            return;
        }

        CurrentMessage = failed;
        _sender = failed.Child;
        if (!_actor.Strategy.HandleFailure(this, failed.Child, failed.Cause, stats, _children.All))
        {
            ExceptionDispatch(failed.Cause);
        }

        EndOfMessage();
    }

    private static void ExceptionDispatch(Exception cause) =>
        global::System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(cause).Throw();

    private void SuspendChildren(IEnumerable<IActorRef> except)
    {
        if (_children is null)
        {
            return;
        }

        var spared = except.ToHashSet();
        foreach (var child in GetChildren().Where(child => !spared.Contains(child)))
        {
            child.Suspend();
        }
    }

    private void StopChildren()
    {
        foreach (var child in GetChildren())
        {
            Stop(child);
        }
    }
}
