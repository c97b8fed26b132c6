using System.Collections.Immutable;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>This node's membership of a cluster: the extension that joins, leaves, and tells who else is there.</summary>
/// <remarks>
/// One per ActorSystem, which cannot join again once it was removed: a new ActorSystem has to. All methods may be called from
/// any thread; they ask the daemon below <c>/system/cluster</c> and do not wait, but for those that return a task.
/// </remarks>
public class Cluster : IExtension
{
    private readonly ILoggingAdapter _log;
    private readonly IActorRef _supervisor;
    private readonly Lazy<IDowningProvider> _downingProvider;
    private readonly TaskCompletionSource _selfUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _selfRemoved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile ClusterEvent.CurrentClusterState _state = new();
    private int _terminated;

    public Cluster(ActorSystemImpl system)
    {
        System = system;
        Settings = new ClusterSettings(system.Settings.Config, system.Name);
        var provider = system.Provider as IClusterActorRefProvider ?? throw new ConfigurationException(
            $"ActorSystem {system.Name} needs akka.actor.provider = cluster, but has {system.Provider.GetType().FullName}");
        SelfUniqueAddress = new UniqueAddress(provider.Transport.DefaultAddress, AddressUidExtension.Uid(system));
        _log = Logging.GetLogger(system, "Cluster");
        FailureDetector = new DefaultFailureDetectorRegistry<Address>(() => FailureDetectorLoader.Load(
            Settings.FailureDetectorImplementationClass, Settings.FailureDetectorConfig, system));

        // Lazy, because the provider may itself ask for this extension while it is being made.
        _downingProvider = new(() => (IDowningProvider)Activator.CreateInstance(Settings.DowningProviderType, system, this)!);
        _supervisor = system.SystemActorOf(ClusterSupervisor.Props(this), ClusterSupervisor.Name);
        system.RegisterOnTermination(Shutdown);
        LogInfo("Started up successfully");
    }

    public ExtendedActorSystem System { get; }

    public ClusterSettings Settings { get; }

    public UniqueAddress SelfUniqueAddress { get; }

    public Address SelfAddress => SelfUniqueAddress.Address;

    public ImmutableHashSet<string> SelfRoles => Settings.Roles;

    /// <summary>With status Removed before this node has joined and after it has left.</summary>
    public Member SelfMember
    {
        get
        {
            var self = new Member(SelfUniqueAddress, Member.NeverUp, MemberStatus.Removed, SelfRoles);
            return _state.Members.TryGetValue(self, out var member) ? member : self;
        }
    }

    /// <summary>Never behind the events that subscribers have received.</summary>
    public ClusterEvent.CurrentClusterState State => _state;

    /// <summary>Also when WeaklyUp.</summary>
    public bool IsUp => SelfMember.Status is MemberStatus.Up or MemberStatus.WeaklyUp;

    /// <summary>This node has left or was downed, or its ActorSystem ends.</summary>
    public bool IsTerminated => Volatile.Read(ref _terminated) == 1;

    public DefaultFailureDetectorRegistry<Address> FailureDetector { get; }

    public IDowningProvider DowningProvider => _downingProvider.Value;

    public static Cluster Get(ActorSystem system) => system.WithExtension<Cluster, ClusterExtension>();

    public void Subscribe(IActorRef subscriber, params Type[] to) =>
        Subscribe(subscriber, ClusterEvent.InitialStateAsSnapshot, to);

    /// <param name="initialStateMode">What the subscriber first gets, before any event.</param>
    /// <param name="to">Domain events, or what they implement.</param>
    public void Subscribe(
        IActorRef subscriber, ClusterEvent.SubscriptionInitialStateMode initialStateMode, params Type[] to)
    {
        if (to.Length == 0 || !to.All(typeof(ClusterEvent.IClusterDomainEvent).IsAssignableFrom))
        {
            throw new ArgumentException(
                $"Subscribe to IClusterDomainEvent or what implements it, was [{string.Join(", ", to.Select(type => type.Name))}]",
                nameof(to));
        }

        _supervisor.Tell(new ClusterCommand.Subscribe(subscriber, initialStateMode == ClusterEvent.InitialStateAsEvents, [.. to]));
    }

    public void Unsubscribe(IActorRef subscriber) => _supervisor.Tell(new ClusterCommand.Unsubscribe(subscriber, null));

    public void Unsubscribe(IActorRef subscriber, Type to) => _supervisor.Tell(new ClusterCommand.Unsubscribe(subscriber, to));

    public void SendCurrentClusterState(IActorRef receiver) => _supervisor.Tell(new ClusterCommand.SendCurrentState(receiver));

    /// <summary>Joins the cluster of which the address is a member; the own address forms a new cluster.</summary>
    public void Join(Address address) => _supervisor.Tell(new ClusterCommand.JoinTo(FillLocal(address)));

    /// <returns>Completes when this node is up; fails with <see cref="ClusterJoinFailedException"/> when cancelled before.</returns>
    public Task JoinAsync(Address address, CancellationToken token = default) => UpAfter(() => Join(address), token);

    public void JoinSeedNodes(IEnumerable<Address> seedNodes) =>
        _supervisor.Tell(new ClusterCommand.JoinSeedNodes([.. seedNodes.Select(FillLocal)]));

    public Task JoinSeedNodesAsync(IEnumerable<Address> seedNodes, CancellationToken token = default) =>
        UpAfter(() => JoinSeedNodes(seedNodes), token);

    public void Leave(Address address) => _supervisor.Tell(new ClusterCommand.Leave(FillLocal(address)));

    /// <returns>Completes when this node has been removed.</returns>
    public Task LeaveAsync() => LeaveAsync(CancellationToken.None);

    public Task LeaveAsync(CancellationToken cancellationToken)
    {
        Leave(SelfAddress);
        return _selfRemoved.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Marks a member as Down: it is removed, and ends its ActorSystem if it hears of it.</summary>
    public void Down(Address address) => _supervisor.Tell(new ClusterCommand.Down(FillLocal(address)));

    /// <summary>Runs the callback once, on the thread pool, or at once here when this node is up already.</summary>
    public void RegisterOnMemberUp(Action callback)
    {
        if (IsUp)
        {
            callback();
        }
        else
        {
            RunAfter(_selfUp.Task, callback);
        }
    }

    /// <summary>Likewise when this node was removed or shut down.</summary>
    public void RegisterOnMemberRemoved(Action callback)
    {
        if (IsTerminated)
        {
            callback();
        }
        else
        {
            RunAfter(_selfRemoved.Task, callback);
        }
    }

    internal void LogInfo(string template, params object[] arguments)
    {
        if (Settings.LogInfo && _log.IsInfoEnabled)
        {
            _log.Info("Cluster Node [{0}] - {1}", SelfAddress, string.Format(null, template, arguments));
        }
    }

    /// <summary>The daemon's: takes note of the state before its events go out.</summary>
    internal void Observe(MembershipState state)
    {
        _state = MembershipDiff.Snapshot(state);
        if (state.SelfStatus == MemberStatus.Up)
        {
            _selfUp.TrySetResult();
        }
    }

    /// <summary>Stops the daemon; idempotent.</summary>
    internal void Shutdown()
    {
        if (Interlocked.Exchange(ref _terminated, 1) == 0)
        {
            LogInfo("Shutting down...");
            System.Stop(_supervisor);
        }
    }

    /// <summary>The supervisor's: the daemon has stopped and published its last events.</summary>
    internal void Stopped()
    {
        Volatile.Write(ref _terminated, 1);
        _selfRemoved.TrySetResult();
    }

    private async Task UpAfter(Action join, CancellationToken token)
    {
        if (IsTerminated)
        {
            throw new ClusterJoinFailedException("Cluster has already been terminated");
        }

        if (IsUp)
        {
            return;
        }

        join();
        try
        {
            await _selfUp.Task.WaitAsync(token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new ClusterJoinFailedException("Node has not managed to join the cluster in time");
        }
    }

    private void RunAfter(Task moment, Action callback) => _ = moment.ContinueWith(
        _ =>
        {
            try
            {
                callback();
            }
            catch (Exception failure)
            {
                _log.Error(failure, "A callback on a change of this member's status failed");
            }
        },
        CancellationToken.None,
        TaskContinuationOptions.None,
        TaskScheduler.Default);

    // The address of a local reference has no host.
    private Address FillLocal(Address address) =>
        address.HasLocalScope && address.System == SelfAddress.System ? SelfAddress : address;
}

public class ClusterExtension : ExtensionIdProvider<Cluster>
{
    public override Cluster CreateExtension(ExtendedActorSystem system) => new((ActorSystemImpl)system);
}

public class ClusterJoinFailedException(string message) : AkkaException(message);
