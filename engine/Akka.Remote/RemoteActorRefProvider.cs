using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.Serialization;

namespace Akka.Remote;

/// <summary>Local actors come from the local provider; everything at another address is a <see cref="RemoteActorRef"/>.</summary>
public class RemoteActorRefProvider : IRemoteActorRefProvider
{
    private readonly LocalActorRefProvider _local;
    private ActorSystemImpl _system = null!;

    public RemoteActorRefProvider(string systemName, Settings settings, EventStream eventStream)
    {
        settings.InjectTopLevelFallback(ConfigurationFactory.FromResource<RemoteActorRefProvider>("Akka.Remote.remote.conf"));
        _local = new LocalActorRefProvider(systemName, settings, eventStream);
        RemoteSettings = new RemoteSettings(settings.Config);
    }

    public RemoteSettings RemoteSettings { get; }

    public RemoteTransport Transport { get; private set; } = null!;

    public IActorRef RemoteWatcher { get; private set; } = null!;

    public ActorPath RootPath => _local.RootPath;

    public IInternalActorRef RootGuardian => _local.RootGuardian;

    public LocalActorRef Guardian => _local.Guardian;

    public LocalActorRef SystemGuardian => _local.SystemGuardian;

    public IActorRef DeadLetters => _local.DeadLetters;

    public Settings Settings => _local.Settings;

    public Task TerminationTask => _local.TerminationTask;

    /// <summary>Our address on the network, with the port that is really bound.</summary>
    public Address DefaultAddress => Transport?.DefaultAddress ?? _local.DefaultAddress;

    public Information SerializationInformation =>
        Transport?.DefaultAddress == null ? _local.SerializationInformation : field ??= new Information(DefaultAddress, _system);

    public virtual void Init(ActorSystemImpl system)
    {
        _system = system;
        _local.Init(system);
        Transport = new Remoting(system, this);
        Transport.Start();
        system.SystemActorOf(
            RemoteSettings.ConfigureDispatcher(Props.Create(() => new RemotingTerminator(Transport, SystemGuardian))),
            "remoting-terminator");
        RemoteWatcher = CreateRemoteWatcher(system);
    }

    public IInternalActorRef ActorOf(
        ActorSystemImpl system,
        Props props,
        IInternalActorRef supervisor,
        ActorPath path,
        bool systemService,
        Deploy deploy,
        bool lookupDeploy,
        bool async) => _local.ActorOf(system, props, supervisor, path, systemService, deploy, lookupDeploy, async);

    public bool HasAddress(Address address) =>
        RootPath.Address.Equals(address) || (Transport?.Addresses.Contains(address) ?? false);

    public IActorRef RootGuardianAt(Address address) => HasAddress(address)
        ? RootGuardian
        : CreateRemoteRef(new RootActorPath(address), Transport.LocalAddressForRemote(address));

    public IActorRef ResolveActorRef(string path) => InternalResolveActorRef(path);

    public IActorRef InternalResolveActorRef(string path)
    {
        if (string.IsNullOrEmpty(path))
        {
            return ActorRefs.NoSender;
        }

        return ActorPath.TryParse(path, out var parsed) ? ResolveActorRef(parsed) : DeadLetters;
    }

    public IActorRef ResolveActorRef(ActorPath actorPath)
    {
        if (HasAddress(actorPath.Address))
        {
            return actorPath is RootActorPath
                ? RootGuardian
                : _local.ResolveActorRef(RootGuardian, actorPath.ElementsWithUid);
        }

        try
        {
            return CreateRemoteRef(actorPath, Transport.LocalAddressForRemote(actorPath.Address));
        }
        catch (RemoteTransportException e)
        {
            Transport.Log.Warning("Cannot resolve [{0}]: {1}", actorPath, e.Message);
            return new EmptyLocalActorRef(this, actorPath, _local.EventStream);
        }
    }

    public void Quarantine(Address address, int? uid) => Transport.Quarantine(address, uid);

    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path) => _local.RegisterTempActor(actorRef, path);

    public void UnregisterTempActor(ActorPath path) => _local.UnregisterTempActor(path);

    public FutureActorRef<T> CreateFutureRef<T>(TaskCompletionSource<T> tcs) => _local.CreateFutureRef(tcs);

    /// <summary>A cluster replaces it by one that leaves members to the cluster's own detector.</summary>
    protected virtual IActorRef CreateRemoteWatcher(ActorSystemImpl system) => system.SystemActorOf(
        RemoteSettings.ConfigureDispatcher(Akka.Remote.RemoteWatcher.Props(
            CreateRemoteWatcherFailureDetector(system),
            RemoteSettings.WatchHeartBeatInterval,
            RemoteSettings.WatchUnreachableReaperInterval,
            RemoteSettings.WatchHeartbeatExpectedResponseAfter)),
        "remote-watcher");

    protected DefaultFailureDetectorRegistry<Address> CreateRemoteWatcherFailureDetector(ActorSystem system) =>
        new(() => FailureDetectorLoader.Load(
            RemoteSettings.WatchFailureDetectorImplementationClass, RemoteSettings.WatchFailureDetectorConfig, system));

    protected virtual IInternalActorRef CreateRemoteRef(ActorPath actorPath, Address localAddress) =>
        new RemoteActorRef(Transport, localAddress, actorPath, ActorRefs.Nobody, Props.None, Deploy.None);

    /// <summary>Closes the remoting when the users' actors have ended, so that their last words still leave.</summary>
    private sealed class RemotingTerminator(RemoteTransport transport, IActorRef systemGuardian) : UntypedActor
    {
        protected override void PreStart() => systemGuardian.Tell(RegisterTerminationHook.Instance);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case TerminationHook: _ = CloseAsync(Self); break;
                case Closed: systemGuardian.Tell(TerminationHookDone.Instance); break;
                default: Unhandled(message); break;
            }
        }

        private async Task CloseAsync(IActorRef self)
        {
            try
            {
                await transport.Shutdown();
            }
            finally
            {
                self.Tell(Closed.Instance);
            }
        }

        private sealed class Closed
        {
            public static readonly Closed Instance = new();
        }
    }
}
