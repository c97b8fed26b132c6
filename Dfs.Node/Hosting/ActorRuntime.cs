using System.Globalization;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;
using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Actors.Events;
using Dfs.Actors.Logging;
using Dfs.Actors.Membership;
using Dfs.Actors.Repair;
using Dfs.Actors.Store;
using Dfs.Actors.Transfer;
using Dfs.Actors.Trust;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Events;
using Dfs.Core.Placement;

namespace Dfs.Node.Hosting;

/// <summary>One actor system with the node's actors: what is built anew when the others have shut this node out.</summary>
public sealed class ActorRuntime
{
    public const string SystemName = "dfs";

    // Above everything of the user's: no overlay turns the protection off.
    private const string TlsSettings =
        $$"""
        akka.remote {
          untrusted-mode = on
          trusted-selection-paths = [
            "/user/{{PeerRegistry.Name}}", "/user/{{LayoutKeeper.Name}}", "/user/{{EventKeeper.Name}}", "/user/{{ReplicaActor.Name}}", "/user/{{MissedKeeper.Name}}",
            "/system/remote-watcher", "/system/cluster/core/daemon", "/system/cluster/heartbeatReceiver"
          ]
          dot-netty.tcp {
            enable-ssl = on
            ssl {
              suppress-validation = off
              require-mutual-authentication = on
              validate-certificate-hostname = on
              options-provider = "Dfs.Actors.Trust.RemotingTls, Dfs.Actors"
            }
          }
        }
        """;

    private readonly IReadOnlyList<(NodeOwner Owner, IDfsClient Client)> _clients;

    private readonly IActorRef _garbage;

    private readonly PeerDirectory _peers;

    private ActorRuntime(ActorSystem system, NodeParts parts)
    {
        (System, _peers) = (system, parts.Peers);
        var self = parts.Directory.Identity;
        system.ActorOf(FailedHandshakes.Props(), FailedHandshakes.Name);
        var replica = system.ActorOf(ReplicaActor.Props(self.Replica, parts.Catalog), ReplicaActor.Name);
        CatalogClient? catalog = null;
        Keeper = system.ActorOf(
            LayoutKeeper.Props(new LayoutKeeperOptions(
                self.Replica, parts.IsFirstSeed(SelfAddress), parts.Settings.BootstrapExpect,
                new LayoutFactors(parts.Settings.DataFactor, parts.Settings.MetadataFactor), parts.Catalog, () => catalog!, parts.Fence)
            {
                Notary = parts.Notary,
                Progress = parts.Notary?.Progress ?? new LayoutProgress(),
                OnForged = (node, what) => parts.Events.Add(EventKind.LayoutForged, node, what),
                Policy = LayoutPolicy.Default with { IsAutomatic = parts.Settings.LayoutAuto, Settle = parts.Settings.LayoutSettle, DeadAfter = parts.Settings.LayoutDeadAfter },
            }),
            LayoutKeeper.Name);
        var proposer = system.ActorOf(
            ProposerActor.Props(new ProposerOptions(
                self.Replica, parts.NextProposerStart(), () => parts.Catalog.Layout, parts.Rules, ProposerTimes.Default, parts.Peers,
                replica, Keeper)
            {
                Epoch = () => parts.Catalog.Epoch,
                Missed = parts.Missed.Note,
            }),
            ProposerActor.Name);
        // After every actor has stopped: what they were told too late to take is answered by nobody.
        var ended = new CancellationTokenSource();
        system.RegisterOnTermination(ended.Cancel);
        catalog = new CatalogClient(proposer, parts.Catalog, ended.Token) { Seen = parts.Seen };
        Catalog = catalog;
        Store = system.ActorOf(StoreActor.Props(parts.Chunks, parts.Traffic, parts.Damaged), StoreActor.Name);
        var repair = new LayoutSyncOptions(
            self.Replica, parts.Catalog, parts.Chunks, parts.PeerClient, parts.Peers, parts.Traffic, catalog, Keeper, parts.Fence, parts.Repair, parts.Pacer)
        {
            Background = parts.Rates.Background,
            Rules = parts.Rules,
            IsBelieved = parts.Audits.IsBelieved,
            IsProved = parts.Audits.IsProvedAsync,
        };
        var sync = system.ActorOf(LayoutSync.Props(repair), LayoutSync.Name);
        system.ActorOf(MissedKeeper.Props(repair, parts.Missed, sync), MissedKeeper.Name);
        system.ActorOf(StrayKeeper.Props(repair), StrayKeeper.Name);
        system.ActorOf(CopyCensus.Props(repair), CopyCensus.Name);
        system.ActorOf(PeerAuditor.Props(parts.Audits), PeerAuditor.Name);
        _garbage = system.ActorOf(
            GarbageKeeper.Props(new GarbageOptions(
                self.Replica, parts.Catalog, parts.PeerClient, parts.Peers, parts.Traffic, catalog, parts.Rules)
            {
                Every = parts.Settings.GarbageEvery,
            }),
            GarbageKeeper.Name);
        system.ActorOf(
            PeerRegistry.Props(new PeerRegistryOptions(
                self.Replica, self.StartCounter, parts.Settings.Name, parts.Settings.Zone, (uint)parts.Settings.Weight,
                parts.PeerUrl, parts.SeedAddresses(SelfAddress), parts.Peers, () => parts.Catalog.Layout, Keeper)
            {
                IsLeaving = () => parts.Catalog.IsLeaving,
                StoresOnly = parts.Settings.StoresOnly,
                KeptRows = () => parts.Catalog.Kept.Rows,
                Repair = () => parts.Repair.Facts,
                Free = () => parts.FreeBytes,
                HearOrder = parts.Pacer.Switch.Hear,
                Held = () => parts.Chunks.State is var state ? (state.Chunks, state.Bytes) : default,
            }),
            PeerRegistry.Name);
        system.ActorOf(EventKeeper.Props(parts.Events, () => NodeSight.Of(parts)), EventKeeper.Name);
        _clients = parts.Owners.Select((owner, index) => ClientOf(parts, catalog, owner, index)).ToList();
    }

    public ActorSystem System { get; }

    public IActorRef Keeper { get; }

    public CatalogClient Catalog { get; }

    public IActorRef Store { get; }

    public IGarbageClient Garbage => new GarbageClient(_garbage);

    public IEventClient Events => new EventClient(System, _peers);

    public ILayoutClient Layouts => new LayoutClient(Keeper);

    /// <summary>"akka.tcp://dfs@host:port".</summary>
    public string SelfAddress => Cluster.Get(System).SelfAddress.ToString();

    /// <summary>The store as that owner sees it.</summary>
    public IDfsClient ClientOf(NodeOwner owner) => _clients.First(client => client.Owner == owner).Client;

    /// <param name="port">0 takes a free one.</param>
    public static ActorRuntime Start(NodeParts parts, int port)
    {
        var own = ConfigurationFactory.ParseString(string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            akka.loglevel = {{LevelOf(parts.Settings.LogLevel)}}
            akka.remote.dot-netty.tcp { hostname = "{{parts.Settings.Host}}", port = {{port}} }
            {{(parts.Trust is null ? "" : TlsSettings)}}
            """));
        var config = own
            .WithFallback(ConfigurationFactory.ParseString(parts.Settings.AkkaOverlay))
            .WithFallback(ConfigurationFactory.FromResource("Dfs.Actors.reference.conf", typeof(ReplicaActor).Assembly));
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), new LoggingSetup(parts.Loggers));
        if (parts.Trust is { } trust)
        {
            setup = setup.And(new TrustSetup(trust)).And(new DotNettySslSetup(trust.Certificate.Own, suppressValidation: false));
        }

        return new ActorRuntime(ActorSystem.Create(SystemName, setup), parts);
    }

    /// <summary>"host:port" as an actor system's address.</summary>
    public static string AddressOf(string hostAndPort, bool isTls) => $"akka.{(isTls ? "ssl." : "")}tcp://{SystemName}@{hostAndPort}";

    // Transfers of one owner do not take the places of another's.
    private (NodeOwner Owner, IDfsClient Client) ClientOf(NodeParts parts, CatalogClient catalog, NodeOwner owner, int index)
    {
        var names = parts.Names(catalog, owner.Session);
        var answers = new AnswerLimit(parts.Settings.ClientLimits.AnswerWithin, TimeProvider.System);
        var transfers = new TransferOptions(
            owner.Session, catalog, parts.Traffic, parts.Memory.Uploads,
            new BucketRegistry(owner.Session, catalog, names, () => parts.Catalog.Layout, TimeProvider.System) { Answers = answers },
            () => parts.Catalog.Layout, TimeProvider.System, parts.Settings.TransfersMax, parts.Settings.ChunksInFlight)
        {
            Answers = answers,
            Rates = parts.Rates,
            ClusterNow = new ClusterClock(
                parts.Directory.Identity.Replica, () => parts.Catalog.Layout, parts.PeerClient, parts.Peers, TimeProvider.System).NowAsync,
        };
        var name = index == 0 ? TransferSupervisor.Name : $"{TransferSupervisor.Name}-{index + 1}";
        owner.Names = names;
        System.RegisterOnTermination(names.Dispose);
        names.Fill();
        owner.Rotation = new KeyRotation(transfers, names, parts.Directory.Identity.Replica, parts.PeerClient, parts.Peers);
        var retention = new RetentionPass(transfers, names, parts.Directory.Identity.Replica, parts.PeerClient, parts.Peers);
        var client = new DfsClient(transfers, System.ActorOf(TransferSupervisor.Props(transfers), name), names);
        var lifecycle = new LifecyclePass(client, transfers.ClusterNow);
        System.ActorOf(RetentionKeeper.Props(retention, lifecycle, parts.Settings.RetentionEvery), $"retention-{index + 1}");
        return (owner, client);
    }

    private static string LevelOf(string level) => level.ToUpperInvariant();
}
