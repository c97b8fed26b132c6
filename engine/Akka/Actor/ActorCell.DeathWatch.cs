using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

public partial class ActorCell
{
    // Subject to the message that replaces Terminated (null: none does).
    private Dictionary<IActorRef, object> _watching;
    private HashSet<IActorRef> _watchedBy;
    // Terminated messages that are in the mailbox; those of a subject unwatched meanwhile are dropped.
    private Dictionary<IActorRef, object> _terminatedQueued;
    private bool _subscribedToAddresses;

    public IActorRef Watch(IActorRef subject) => Watch(subject, null);

    public IActorRef Unwatch(IActorRef subject)
    {
        if (_watching is not null && _watching.ContainsKey(subject))
        {
            var target = (IInternalActorRef)subject;
            target.SendSystemMessage(new Unwatch(target, _self));
            _watching.Remove(subject);
            FollowAddresses();
        }

        _terminatedQueued?.Remove(subject);
        return subject;
    }

    private IActorRef Watch(IActorRef subject, object message)
    {
        var target = (IInternalActorRef)subject;
        if (target.Equals(_self))
        {
            return subject;
        }

        _watching ??= [];
        if (!_watching.TryAdd(subject, message))
        {
            if (!Equals(_watching[subject], message))
            {
                throw new InvalidOperationException(
                    $"Watch({_self},{subject}) termination message was not overwritten: "
                    + $"it is {_watching[subject] ?? "Terminated"}, not {message ?? "Terminated"}. "
                    + "If this was intended, unwatch first before using `Watch` / `WatchWith` with another message.");
            }

            return subject;
        }

        FollowAddresses();
        target.SendSystemMessage(new Watch(target, _self));
        return subject;
    }

    private void WatchedActorTerminated(DeathWatchNotification dead)
    {
        var actor = dead.Actor;
        if (_watching is not null && _watching.Remove(actor, out var message))
        {
            FollowAddresses();
            if (_children is not { IsTerminating: true } && !Mailbox.IsClosed)
            {
                (_terminatedQueued ??= [])[actor] = message;
                _self.Tell(new Terminated(actor, dead.ExistenceConfirmed, dead.AddressTerminated), actor);
            }
        }

        if (_children?.ByRef(actor) is not null)
        {
            HandleChildTerminated(actor);
        }
    }

    private void ReceivedTerminated(Terminated terminated)
    {
        if (_terminatedQueued is not null && _terminatedQueued.Remove(terminated.ActorRef, out var message))
        {
            message ??= terminated;
            CurrentMessage = message;
            ReceiveMessage(message);
        }
    }

    private void AddWatcher(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        var watcheeIsSelf = watchee.Equals(_self);
        var watcherIsSelf = watcher.Equals(_self);
        if (watcheeIsSelf && !watcherIsSelf)
        {
            if ((_watchedBy ??= []).Add(watcher))
            {
                FollowAddresses();
            }
        }
        else if (!watcheeIsSelf && watcherIsSelf)
        {
            Watch(watchee);
        }
        else
        {
            Publish(new Warning(_self.Path.ToString(), GetType(), $"BUG: illegal Watch({watchee},{watcher}) for {_self}"));
        }
    }

    private void RemoveWatcher(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (watchee.Equals(_self) && !watcher.Equals(_self))
        {
            _watchedBy?.Remove(watcher);
            FollowAddresses();
        }
        else if (!watchee.Equals(_self) && watcher.Equals(_self))
        {
            Unwatch(watchee);
        }
    }

    private void TellWatchersWeDied()
    {
        // Remote watchers first: their messages go through this system's remoting, which a local watcher might end.
        foreach (var watcher in (_watchedBy ?? []).Cast<IInternalActorRef>().OrderBy(watcher => watcher.IsLocal))
        {
            // The parent has been told already.
            if (!watcher.Equals(Parent))
            {
                watcher.SendSystemMessage(new DeathWatchNotification(_self, true, false));
            }
        }

        _watchedBy = null;
    }

    private void UnwatchWatchedActors()
    {
        foreach (var subject in (_watching?.Keys ?? Enumerable.Empty<IActorRef>()).Cast<IInternalActorRef>())
        {
            subject.SendSystemMessage(new Unwatch(subject, _self));
        }

        _watching = null;
        _terminatedQueued = null;
        FollowAddresses();
    }

    private void HandleAddressTerminated(Address address)
    {
        _watchedBy?.RemoveWhere(watcher => watcher.Path.Address == address);
        foreach (var subject in (_watching?.Keys ?? Enumerable.Empty<IActorRef>()).ToList())
        {
            if (subject.Path.Address == address)
            {
                var isChild = _children?.ByRef(subject) is not null;
                _self.SendSystemMessage(new DeathWatchNotification(subject, isChild, true));
            }
        }
    }

    /// <summary>Learns of lost systems exactly as long as it watches, or is watched by, somebody elsewhere.</summary>
    private void FollowAddresses()
    {
        var follow = (_watching?.Keys.Any(IsElsewhere) ?? false) || (_watchedBy?.Any(IsElsewhere) ?? false);
        if (follow == _subscribedToAddresses)
        {
            return;
        }

        _subscribedToAddresses = follow;
        var topic = AddressTerminatedTopic.Get(System);
        if (follow)
        {
            topic.Subscribe(_self);
        }
        else
        {
            topic.Unsubscribe(_self);
        }

        static bool IsElsewhere(IActorRef actor) => !((IInternalActorRef)actor).IsLocal;
    }
}
