using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Watches actors of other systems for all watchers of this one: one per system, at /system/remote-watcher.</summary>
/// <remarks>
/// Watches each watchee once over the network and passes its end on. Exchanges heartbeats with the watcher of each
/// system where it watches somebody; one whose heartbeats stay away is quarantined and its actors are reported as
/// terminated. A new incarnation at a known address is told of our watches again, and then answers that those
/// actors do not exist. Never loses a watch by a restart: the actor has nothing that throws.
/// </remarks>
public class RemoteWatcher : UntypedActor, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    private readonly IFailureDetectorRegistry<Address> _failureDetector;
    private readonly TimeSpan _heartbeatExpectedResponseAfter;
    private readonly IRemoteActorRefProvider _provider;
    private readonly HeartbeatRsp _ownHeartbeatRsp;
    private readonly Dictionary<Address, int> _addressUids = [];
    private readonly ICancelable _heartbeatTimer;
    private readonly ICancelable _reaperTimer;

    /// <summary>Watchee to watchers.</summary>
    protected readonly Dictionary<IInternalActorRef, HashSet<IInternalActorRef>> Watching = [];

    protected readonly Dictionary<Address, HashSet<IInternalActorRef>> WatcheeByNodes = [];

    protected readonly ILoggingAdapter Log = Context.GetLogger();

    public RemoteWatcher(
        IFailureDetectorRegistry<Address> failureDetector,
        TimeSpan heartbeatInterval,
        TimeSpan unreachableReaperInterval,
        TimeSpan heartbeatExpectedResponseAfter)
    {
        _failureDetector = failureDetector;
        _heartbeatExpectedResponseAfter = heartbeatExpectedResponseAfter;
        _provider = (IRemoteActorRefProvider)((ExtendedActorSystem)Context.System).Provider;
        _ownHeartbeatRsp = new HeartbeatRsp(AddressUidExtension.Uid(Context.System));
        var scheduler = Context.System.Scheduler;
        _heartbeatTimer = scheduler.ScheduleTellRepeatedlyCancelable(
            heartbeatInterval, heartbeatInterval, Self, HeartbeatTick.Instance, Self);
        _reaperTimer = scheduler.ScheduleTellRepeatedlyCancelable(
            unreachableReaperInterval, unreachableReaperInterval, Self, ReapUnreachableTick.Instance, Self);
    }

    protected ICollection<Address> WatchingNodes => WatcheeByNodes.Keys;

    protected HashSet<Address> Unreachable { get; } = [];

    public static Props Props(
        IFailureDetectorRegistry<Address> failureDetector,
        TimeSpan heartbeatInterval,
        TimeSpan unreachableReaperInterval,
        TimeSpan heartbeatExpectedResponseAfter) =>
        Akka.Actor.Props.Create(() => new RemoteWatcher(
            failureDetector, heartbeatInterval, unreachableReaperInterval, heartbeatExpectedResponseAfter));

    protected override void PostStop()
    {
        base.PostStop();
        _heartbeatTimer.Cancel();
        _reaperTimer.Cancel();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HeartbeatTick: SendHeartbeats(); break;
            case Heartbeat: Sender.Tell(_ownHeartbeatRsp); break;
            case HeartbeatRsp response: ReceiveHeartbeatRsp(response.AddressUid); break;
            case ReapUnreachableTick: ReapUnreachable(); break;
            case ExpectedFirstHeartbeat expected: TriggerFirstHeartbeat(expected.From); break;
            case WatchRemote watch: AddWatching(watch.Watchee, watch.Watcher); break;
            case UnwatchRemote unwatch: RemoveWatch(unwatch.Watchee, unwatch.Watcher); break;
            case Terminated terminated: PassOn(terminated); break;
            default: Unhandled(message); break;
        }
    }

    protected void AddWatching(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (!Watching.TryGetValue(watchee, out var watchers))
        {
            Watching.Add(watchee, watchers = []);
        }

        watchers.Add(watcher);
        WatchNode(watchee);

        // Goes over the network the first time only.
        Context.Watch(watchee);
    }

    /// <summary>Heartbeats with the watchee's node begin or go on. Cluster members are watched by other means.</summary>
    protected virtual void WatchNode(IInternalActorRef watchee)
    {
        var node = watchee.Path.Address;
        if (!WatcheeByNodes.TryGetValue(node, out var watchees))
        {
            if (Unreachable.Remove(node))
            {
                _failureDetector.Remove(node);
            }

            WatcheeByNodes.Add(node, watchees = []);
        }

        watchees.Add(watchee);
    }

    protected void RemoveWatch(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (Watching.TryGetValue(watchee, out var watchers) && watchers.Remove(watcher) && watchers.Count == 0)
        {
            Context.Unwatch(watchee);
            RemoveWatchee(watchee);
        }
    }

    protected void RemoveWatchee(IInternalActorRef watchee)
    {
        Watching.Remove(watchee);
        var node = watchee.Path.Address;
        if (WatcheeByNodes.TryGetValue(node, out var watchees) && watchees.Remove(watchee) && watchees.Count == 0)
        {
            UnwatchNode(node);
        }
    }

    protected void UnwatchNode(Address watcheeAddress)
    {
        WatcheeByNodes.Remove(watcheeAddress);
        _addressUids.Remove(watcheeAddress);
        _failureDetector.Remove(watcheeAddress);
    }

    protected virtual void PublishAddressTerminated(Address address) =>
        AddressTerminatedTopic.Get(Context.System).Publish(new AddressTerminated(address));

    protected virtual void Quarantine(Address address, int? addressUid) => _provider.Quarantine(address, addressUid);

    private void SendHeartbeats()
    {
        foreach (var node in WatchingNodes.Where(node => !Unreachable.Contains(node)))
        {
            if (!_failureDetector.IsMonitoring(node))
            {
                // A node that never answers must be found out too.
                Context.System.Scheduler.ScheduleTellOnce(
                    _heartbeatExpectedResponseAfter, Self, new ExpectedFirstHeartbeat(node), Self);
            }

            Context.ActorSelection(new RootActorPath(node) / Self.Path.Elements).Tell(Heartbeat.Instance);
        }
    }

    private void ReceiveHeartbeatRsp(int uid)
    {
        var node = Sender.Path.Address;
        if (!WatcheeByNodes.ContainsKey(node) || Unreachable.Contains(node))
        {
            return;
        }

        if (!_addressUids.TryGetValue(node, out var known) || known != uid)
        {
            WatchAgain(node);
            _addressUids[node] = uid;
        }

        _failureDetector.Heartbeat(node);
    }

    private void TriggerFirstHeartbeat(Address node)
    {
        if (WatcheeByNodes.ContainsKey(node) && !_failureDetector.IsMonitoring(node))
        {
            _failureDetector.Heartbeat(node);
        }
    }

    private void ReapUnreachable()
    {
        foreach (var node in WatchingNodes.Where(node => !Unreachable.Contains(node)).ToList())
        {
            if (!_failureDetector.IsAvailable(node))
            {
                Log.Warning("Detected unreachable: [{0}]", node);
                Quarantine(node, _addressUids.TryGetValue(node, out var uid) ? uid : null);
                PublishAddressTerminated(node);
                Unreachable.Add(node);
            }
        }
    }

    /// <summary>When the whole address is gone the watchers know by themselves.</summary>
    private void PassOn(Terminated terminated)
    {
        var watchee = (IInternalActorRef)terminated.ActorRef;
        if (!terminated.AddressTerminated && Watching.TryGetValue(watchee, out var watchers))
        {
            foreach (var watcher in watchers)
            {
                watcher.SendSystemMessage(new DeathWatchNotification(watchee, terminated.ExistenceConfirmed, false));
            }
        }

        RemoveWatchee(watchee);
    }

    private void WatchAgain(Address node)
    {
        foreach (var watchee in WatcheeByNodes[node])
        {
            watchee.SendSystemMessage(new Watch(watchee, (IInternalActorRef)Self));
        }
    }

    public abstract class WatchCommand
    {
        protected WatchCommand(IInternalActorRef watchee, IInternalActorRef watcher) =>
            (Watchee, Watcher) = (watchee, watcher);

        public IInternalActorRef Watchee { get; }

        public IInternalActorRef Watcher { get; }
    }

    /// <summary>Remote reference → watcher of this system. Harmless twice.</summary>
    public sealed class WatchRemote(IInternalActorRef watchee, IInternalActorRef watcher)
        : WatchCommand(watchee, watcher);

    /// <summary>Remote reference → watcher of this system. Harmless twice.</summary>
    public sealed class UnwatchRemote(IInternalActorRef watchee, IInternalActorRef watcher)
        : WatchCommand(watchee, watcher);

    /// <summary>Watcher → watcher of another system, answered with <see cref="HeartbeatRsp"/>.</summary>
    public sealed class Heartbeat : IPriorityMessage
    {
        private Heartbeat()
        {
        }

        public static Heartbeat Instance { get; } = new();
    }

    public class HeartbeatRsp(int addressUid) : IPriorityMessage
    {
        public int AddressUid { get; } = addressUid;
    }

    public class HeartbeatTick
    {
        private HeartbeatTick()
        {
        }

        public static HeartbeatTick Instance { get; } = new();
    }

    public class ReapUnreachableTick
    {
        private ReapUnreachableTick()
        {
        }

        public static ReapUnreachableTick Instance { get; } = new();
    }

    public sealed class ExpectedFirstHeartbeat(Address from)
    {
        public Address From { get; } = from;
    }
}
