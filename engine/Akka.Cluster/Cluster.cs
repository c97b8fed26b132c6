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
/// any thread; they ask the daemon below <c>/system/cluster</c> and do not wait.
/// </remarks>
public class Cluster : IExtension
{
    private readonly ILoggingAdapter _log;
    private readonly IActorRef _supervisor;
    private readonly Lazy<IDowningProvider> _downingProvider;
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

    /// <summary>Joins the cluster of which the address is a member; the own address forms a new cluster.</summary>
    public void Join(Address address) => _supervisor.Tell(new ClusterCommand.JoinTo(FillLocal(address)));

    public void JoinSeedNodes(IEnumerable<Address> seedNodes) =>
        _supervisor.Tell(new ClusterCommand.JoinSeedNodes([.. seedNodes.Select(FillLocal)]));

    public void Leave(Address address) => _supervisor.Tell(new ClusterCommand.Leave(FillLocal(address)));

    /// <summary>Marks a member as Down: it is removed, and ends its ActorSystem if it hears of it.</summary>
    public void Down(Address address) => _supervisor.Tell(new ClusterCommand.Down(FillLocal(address)));

    internal void LogInfo(string template, params object[] arguments)
    {
        if (Settings.LogInfo && _log.IsInfoEnabled)
        {
            _log.Info("Cluster Node [{0}] - {1}", SelfAddress, string.Format(null, template, arguments));
        }
    }

    /// <summary>The daemon's: takes note of the state before its events go out.</summary>
    internal void Observe(MembershipState state) => _state = MembershipDiff.Snapshot(state);

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
    internal void Stopped() => Volatile.Write(ref _terminated, 1);

    // The address of a local reference has no host.
    private Address FillLocal(Address address) =>
        address.HasLocalScope && address.System == SelfAddress.System ? SelfAddress : address;
}

public class ClusterExtension : ExtensionIdProvider<Cluster>
{
    public override Cluster CreateExtension(ExtendedActorSystem system) => new((ActorSystemImpl)system);
}
