using System.Net;
using Akka.Actor;
using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Actors.Membership;
using Dfs.Actors.Repair;
using Dfs.Actors.Store;
using Dfs.Actors.Transfer;
using Dfs.Actors.Trust;
using Dfs.Client;
using Dfs.Core.Events;
using Dfs.Core.Primitives;
using Dfs.Gateway.Admin;
using Dfs.Gateway.Hosting;
using Dfs.Gateway.S3;
using Dfs.Gateway.S3.Keys;
using Dfs.Gateway.Trust;
using Dfs.Node.Configuration;
using Dfs.Storage.Audit;
using Dfs.Storage.ChunkStore;
using Dfs.Storage.Disk;
using Dfs.Storage.Events;
using Dfs.Storage.Listing;
using Dfs.Storage.Trust;
using Microsoft.Extensions.Logging;
using Admission = Dfs.Actors.Trust.Admission;

namespace Dfs.Node.Hosting;

/// <summary>A running node: opens its disks and keys, listens, and keeps an actor system alive until it is stopped.</summary>
/// <remarks>
/// Stores, peer endpoint and admin interface run on while the actor system is ended and built anew, as it must be
/// after the others have shut this node out.
/// </remarks>
public sealed class NodeHost : IAsyncDisposable
{
    private static readonly TimeSpan RebuildPause = TimeSpan.FromSeconds(1);

    /// <summary>Five seconds: a pull of names that is under way when the node stops may wait for a peer that hangs.</summary>
    private static readonly TimeSpan NamesPatience = TimeSpan.FromSeconds(5);

    /// <summary>Of what was done to files a loss of power takes what was noted in the last second.</summary>
    private static readonly TimeSpan AuditSync = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan AuditRetry = TimeSpan.FromSeconds(10);

    private readonly NodeParts _parts;
    private readonly PeerEndpoint _endpoint;
    private readonly PeerClient _peerClient;
    private readonly GarbageBin _bin;
    private readonly ILogger _log;
    private readonly NodeOwners _owners;
    private readonly IDfsClient? _client;
    private readonly CancellationTokenSource _stopping = new();
    private readonly AccessKeys _accessKeys;
    private AuditLog? _audit, _auditOfChanges;
    private AdminHost? _admin;
    private S3Host? _s3;
    private volatile ActorRuntime? _runtime;
    private Task _keeping = Task.CompletedTask;

    private NodeHost(NodeParts parts, PeerEndpoint endpoint, PeerClient peerClient, GarbageBin bin)
    {
        (_parts, _endpoint, _peerClient, _bin) = (parts, endpoint, peerClient, bin);
        _log = parts.Loggers.CreateLogger("Node");
        View = new NodeView(parts, new HostedLayoutClient(() => _runtime?.Layouts), new HostedGarbageClient(() => _runtime?.Garbage), new HostedEventClient(() => _runtime?.Events));
        var clients = parts.Owners.ToDictionary(owner => owner, owner => new HostedClient(() => _runtime?.ClientOf(owner)));
        _owners = new NodeOwners(parts.Owners, owner => clients[owner]);
        _client = parts.Owners.Count == 0 ? null : clients[parts.Owners[0]];
        _accessKeys = new AccessKeys(_owners, parts.Settings.S3FirstKey, TimeProvider.System);
    }

    /// <summary>The store as the first owner sees it.</summary>
    /// <exception cref="InvalidOperationException">The node only stores.</exception>
    public IDfsClient Client => _client ?? throw new InvalidOperationException("A node that only stores opens no files.");

    public IOwners Owners => _owners;

    public INodeView View { get; }

    /// <summary>Of the admin interface, with the port that it got.</summary>
    public string HttpUrl => _admin!.Url;

    /// <summary>Of the S3 endpoint, with the port that it got; null when there is none.</summary>
    public string? S3Url => _s3?.Url;

    /// <summary>Of the actor system, with the port that it got.</summary>
    public string Address => _runtime?.SelfAddress ?? "";

    /// <summary>Of the peer endpoint: host:port.</summary>
    private string PeerAddress => new Uri(_parts.PeerUrl).Authority;

    public ActorSystem? System => _runtime?.System;

    /// <summary>Ends when the node cannot go on, with what to say; the caller is to dispose it then.</summary>
    public Task<string> WhenUnusableAsync(CancellationToken cancellationToken) =>
        DirectoryWatch.WhenGoneAsync(_parts.Directory, TimeProvider.System, cancellationToken);

    /// <param name="owners">None where it only stores; the caller's to dispose, after the node.</param>
    /// <param name="authority">Of the cluster, where this node has it; the caller's to dispose, after the node.</param>
    /// <exception cref="Cli.CliException">What cannot work is said with what to do about it.</exception>
    public static async Task<NodeHost> StartAsync(
        NodeSettings settings, IReadOnlyList<NodeOwner> owners, ILoggerFactory loggers, CancellationToken cancellationToken, Authority? authority = null)
    {
        NodeHost? host = null;
        var cleanup = new Stack<Func<ValueTask>>();
        var damaged = new DamagedChunks();
        try
        {
            var directory = NodeOpening.Directory(settings);
            cleanup.Push(() => DisposeAsync(directory.Value.Dispose));
            var trust = NodeCertificates.Open(settings, directory.Value, authority, TimeProvider.System);
            cleanup.Push(() => DisposeAsync(() => trust?.Dispose()));
            var clientCertificate = ClientCertificates.Open(settings, authority, trust, TimeProvider.System, loggers.CreateLogger("Node"));
            var signs = trust?.Certificate.Rule.Cluster is not null;
            if (!signs && (settings.Trust.IsExternal || trust is not null))
            {
                loggers.CreateLogger("Node").LogWarning("Trust: {How}", StatusText.TrustLine(NodeView.TrustOf(settings.Trust, signs)));
            }

            LayoutNotary? notary = null;
            var rules = HeadRules.Create(() => host?._parts.Catalog.Layout?.Cluster) with
            {
                CouncilCheck = !signs ? null : (register, accepted, proposed) => notary is { } checks
                    ? checks.Check(register, accepted, proposed)
                    : new TransitionRefusal("layout", "this node is still starting"),
            };
            var catalog = NodeOpening.Catalog(directory, rules);
            cleanup.Push(catalog.DisposeAsync);
            NodeOpening.BeginServing(directory.Value);
            var memory = new NodeMemory();
            var chunks = NodeOpening.Chunks(directory, settings.StoreLayout, memory, OnDamage);
            cleanup.Push(chunks.DisposeAsync);
            NoteMissing(chunks.MissingAtOpening);
            var scrub = new Scrubber(
                chunks, HostDisk.Instance, Path.Combine(directory.Value.Path, "scrub"), new ScrubOptions(settings.ScrubEvery, settings.ScrubBytesPerSecond) { OnFailure = OnScrubFailure },
                TimeProvider.System, OnDamage);
            cleanup.Push(scrub.DisposeAsync);
            var events = new EventLog(HostDisk.Instance, Path.Combine(directory.Value.Path, "events"), TimeProvider.System);
            cleanup.Push(events.DisposeAsync);
            var peers = new PeerDirectory();
            var repair = new RepairSwitch(HostDisk.Instance, Path.Combine(directory.Value.Path, "repair"));
            var pacer = new RepairPacer(
                repair, () => OperationMetrics.IsServing || peers.View.Peers.Values.Any(peer => peer.Reachable && peer.Card.Repair.IsServing));
            var self = directory.Value.Identity.Replica;
            var gate = new LayoutGate(self, () => catalog.Layout, peers, (replica, number) => host?.OnNewerLayout(replica, number));
            var fence = new LayoutFence();
            var bin = new GarbageBin(chunks, Path.Combine(directory.Value.Path, "garbage"), settings.GarbageTrashEpochs);
            cleanup.Push(() => DisposeAsync(bin.Dispose));
            var admission = trust is null || authority is null ? null : new Admission(new AdmissionOptions(
                authority, Path.Combine(directory.Value.Path, "tls", "invitations"),
                replica => peers.View.Peers.ContainsKey(replica) || catalog.Layout?.Find(replica) is not null || trust.Revoked.Contains(replica),
                () => host!.PeerAddress, TimeProvider.System));
            var garbage = new GarbageSink(bin, fence, catalog, TimeProvider.System);
            var endpoint = new PeerEndpoint(new PeerEndpointOptions(new IPEndPoint(settings.Host, settings.PeerPort), gate, chunks, memory.Incoming)
            {
                Trust = trust,
                Admission = admission,
                AllowExternal = settings.Trust.IsExternal,
                Catalog = catalog,
                Condemn = garbage.TakeAsync,
                EpochsOf = id => owners.FirstOrDefault(owner => owner.Id == id)?.Epochs(),
                OnRoleRefused = new RoleComplaints(peers, events, TimeProvider.System).Note,
                OnProgress = report => host?._runtime?.Keeper.Tell(new MembershipProtocol.SyncProgress(report), ActorRefs.NoSender),
                EndorseLayout = !signs ? null : (sender, layout) => notary is { } asked ? asked.Endorse(sender, layout.Span) : LayoutNotary.Starting,
                SignLayout = !signs ? null : (sender, cancellation) => notary is { } asked ? asked.SignDecidedAsync(sender, cancellation) : Task.FromResult(LayoutNotary.Starting),
            });
            cleanup.Push(endpoint.DisposeAsync);
            await NodeOpening.ListenAsync(() => endpoint.StartAsync(cancellationToken), $"{settings.Host}:{settings.PeerPort}", "--peer-port");
            var peerClient = new PeerClient(new PeerClientOptions(), memory.Reads, trust);
            cleanup.Push(() => DisposeAsync(peerClient.Dispose));
            notary = !signs ? null : new LayoutNotary(new LayoutNotaryOptions(
                self, catalog, peers, peerClient, new LayoutSigner(trust!, authority), () => host?._runtime?.Catalog, TimeProvider.System));
            var audits = new PeerAudits(self, chunks, peerClient, peers, () => catalog.Layout, () => catalog.Epoch, TimeProvider.System);
            var keeper = trust is null ? null : new TrustKeeper(new TrustKeeperOptions(
                self, trust, new TlsFolder(directory.Value.Path), authority, settings.Host.ToString(), peerClient, peers, () => catalog.Layout, TimeProvider.System)
            {
                Role = settings.Role,
                ReadChanged = settings.Trust.Organisation is { } files ? shown => NodeCertificates.ReadChanged(files, shown, TimeProvider.System) : static _ => null,
                OnTrouble = trouble => loggers.CreateLogger("Node").LogWarning("Trust: {Trouble}", trouble),
            });
            cleanup.Push(() => keeper?.DisposeAsync() ?? ValueTask.CompletedTask);
            var missed = new MissedNotes(TimeProvider.System);
            var traffic = new ChunkTraffic(new ChunkTrafficOptions(
                self, chunks, peerClient, peers, () => catalog.Layout, (replica, number) => host?.OnNewerLayout(replica, number), TimeProvider.System)
            {
                Epoch = () => catalog.Epoch,
                IsBelieved = audits.IsBelieved,
                Missed = missed.Note,
                IsReadMemoryShort = () => memory.Reads.IsShort,
            });
            var kept = KeptNames(Path.Combine(directory.Value.Path, "names"));
            host = new NodeHost(
                new NodeParts
                {
                    Settings = settings,
                    Loggers = loggers,
                    Owners = owners,
                    Directory = directory.Value,
                    Catalog = catalog,
                    Rules = rules,
                    Chunks = chunks,
                    Peers = peers,
                    Traffic = traffic,
                    PeerClient = peerClient,
                    Trust = trust,
                    TrustKeeper = keeper,
                    ClientCertificate = clientCertificate,
                    Notary = notary,
                    Trusting = new TrustClient(admission, keeper),
                    Memory = memory,
                    Rates = RatesOf(settings),
                    Fence = fence,
                    Garbage = garbage,
                    Scrub = scrub,
                    Damaged = damaged,
                    Repair = new RepairState(damaged, repair, () => chunks.State.Quarantined, TimeProvider.System),
                    Missed = missed,
                    Audits = audits,
                    Pacer = pacer,
                    Events = events,
                    PeerUrl = endpoint.Address.ToString().TrimEnd('/'),
                    Names = (client, owner) => new NameIndex(new NameIndexOptions(
                        self, catalog, peerClient, peers, owner, client)
                    {
                        File = kept?.Of(owner.PublicKey.Id),
                        OnTrouble = trouble => loggers.CreateLogger("Node").LogWarning("Names: {Trouble}", trouble),
                    }),
                },
                endpoint, peerClient, bin);
            await host.BeginAsync(cancellationToken);
            scrub.Start();
            keeper?.Start();
            return host;
        }
        catch
        {
            if (host?._runtime is { } begun)
            {
                await begun.System.Terminate();
            }

            while (cleanup.TryPop(out var undo))
            {
                await undo();
            }

            throw;
        }

        // Without them the names are pulled after each start.
        NameFolder? KeptNames(string folder)
        {
            try
            {
                return NameFolder.Open(HostDisk.Instance, folder, [.. owners.Select(owner => owner.Id)]);
            }
            catch (DiskException failure)
            {
                loggers.CreateLogger("Node").LogWarning("Names: no index can be kept: {Reason}", failure.Message);
                return null;
            }
        }

        void OnScrubFailure(Exception failure, TimeSpan rest) => loggers.CreateLogger("Node").LogError(
            failure, "The scrubber could not go on; it tries again in {Rest}", rest);

        void NoteMissing(IReadOnlyCollection<ChunkId> missing)
        {
            if (missing.Count > 0)
            {
                loggers.CreateLogger("Node").LogWarning(
                    "{Count} chunks that were here before are missing; they are pulled from other replicas", missing.Count);
            }

            foreach (var id in missing)
            {
                damaged.Add(id);
            }
        }

        // Before there is an actor system nobody can pull it yet, but it is not forgotten.
        void OnDamage(ChunkDamage damage)
        {
            damaged.Add(damage.Id);
            host?._parts.Scrub.NoteDamage(damage);
            host?._runtime?.Store.Tell(new StoreProtocol.DamageFound(damage.Id, damage.Kind));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_s3 is not null)
        {
            await _s3.DisposeAsync();
        }

        if (_admin is not null)
        {
            await _admin.DisposeAsync();
        }

        if (_audit is not null)
        {
            await _audit.DisposeAsync();
        }

        if (_auditOfChanges is not null)
        {
            await _auditOfChanges.DisposeAsync();
        }

        using (var patience = new CancellationTokenSource(NamesPatience, TimeProvider.System))
        {
            await Task.WhenAll(_parts.Owners.Select(owner => owner.Names?.SaveAsync(patience.Token) ?? Task.CompletedTask));
        }

        if (_runtime is { } runtime)
        {
            await CoordinatedShutdown.Get(runtime.System).Run(CoordinatedShutdown.ClrExitReason.Instance);
        }

        await _keeping;
        await _endpoint.StopAsync(CancellationToken.None);
        await _endpoint.DisposeAsync();
        if (_parts.TrustKeeper is { } keeper)
        {
            await keeper.DisposeAsync();
        }

        _peerClient.Dispose();
        _parts.Trust?.Dispose();
        _bin.Dispose();
        await _parts.Events.DisposeAsync();
        await _parts.Scrub.DisposeAsync();
        await _parts.Chunks.DisposeAsync();
        await _parts.Catalog.DisposeAsync();
        _parts.Directory.Dispose();
        _owners.Dispose();
        _stopping.Dispose();
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        var settings = _parts.Settings;
        NodeOpening.RequireFree(settings.Host, settings.Port, "--port");
        _runtime = ActorRuntime.Start(_parts, settings.Port);
        var token = AdminToken.Create(_parts.Directory.Path);
        var audit = await OpenAuditAsync(settings);
        var limits = new ClientLimits(settings.ClientLimits, TimeProvider.System);
        await NodeOpening.ListenAsync(
            async () => _admin = await AdminHost.StartAsync(settings.Http, Owners, _accessKeys, View, token, TimeProvider.System, null, new LargeBlocks(), cancellationToken, TlsFor(settings.Http), audit, limits),
            settings.Http.ToString(), "--http");
        if (settings.S3 is { } s3)
        {
            var endpoint = new S3Endpoint(_accessKeys, settings.S3Domain, limits, TimeProvider.System, _parts.Loggers.CreateLogger("S3"));
            await NodeOpening.ListenAsync(
                async () => _s3 = await S3Host.StartAsync(s3, endpoint, new LargeBlocks(), cancellationToken, TlsFor(s3), audit, limits), s3.ToString(), "--s3");
            _log.LogInformation("{Name} offers S3 at {Url}", settings.Name, S3Url);
        }

        _log.LogInformation(
            "{Name} runs: replica {Replica}, start {Start}, actors at {Address}, chunks at {Peer}, http at {Http}",
            settings.Name, _parts.Directory.Identity.Replica, _parts.Directory.Identity.StartCounter, Address, _parts.PeerUrl, HttpUrl);
        _parts.Seen.Noticed = (register, back) =>
        {
            TrustMetrics.WentBack(back.IsAbsent);
            _parts.Events.Add(EventKind.WentBack, settings.Name, back.IsAbsent
                ? $"was told that a file is not there (register {register}) which it had seen (change {back.Seen}) and of which no removal is known; it is neither read nor written"
                : $"was given an older state of a file (register {register}, change {back.Found}) than it had seen (change {back.Seen}); it is not read");
        };
        _parts.Events.Add(EventKind.NodeStarted, settings.Name, $"was started; start {_parts.Directory.Identity.StartCounter} of its directory");
        _keeping = KeepAsync(_runtime);
    }

    /// <returns>Null where none is kept.</returns>
    /// <exception cref="Cli.CliException">It cannot be written.</exception>
    private async Task<AuditTrail?> OpenAuditAsync(NodeSettings settings)
    {
        if (settings.AuditLevel == AuditLevel.Off)
        {
            return null;
        }

        try
        {
            var folder = Path.Combine(_parts.Directory.Path, "audit");
            _audit = await AuditLog.OpenAsync(new AuditLogOptions(
                folder, settings.AuditSizeBytesMax, TimeProvider.System,
                failure => _log.LogError(failure, "The audit log cannot be written any more; what would stand in it is refused until the node is started again")));
            _auditOfChanges = settings.AuditLevel == AuditLevel.Admin ? null : await AuditLog.OpenAsync(new AuditLogOptions(
                Path.Combine(folder, "changes"), settings.AuditChangesBytesMax, TimeProvider.System,
                failure => _log.LogError(failure, "The audit log of changes cannot be written; it is tried again in {Pause}, and what is done meanwhile is missing in it", AuditRetry))
            {
                SyncEvery = AuditSync,
                RetryAfter = AuditRetry,
            });
            return new AuditTrail(_audit, _auditOfChanges, settings.AuditLevel, new AuditNames(_parts.Owners), TimeProvider.System);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new Cli.CliException(Cli.ExitCode.DataDirectory, $"The audit log cannot be used: {error.Message}");
        }
    }

    // The new system takes the same port: peers know this node by it.
    private async Task KeepAsync(ActorRuntime runtime)
    {
        var port = _parts.Settings.Port > 0 ? _parts.Settings.Port : Akka.Actor.Address.Parse(runtime.SelfAddress).Port ?? 0;
        while (true)
        {
            await runtime.System.WhenTerminated;
            _runtime = null;
            // Who is where is still known, for transfers; but nobody can say that this node is up.
            _parts.Peers.Update(_parts.Peers.View with { SelfIsMember = false });
            if (await RebuildAsync(port) is not { } next)
            {
                return;
            }

            _runtime = runtime = next;
            _log.LogInformation("{Name} has a new actor system at {Address}", _parts.Settings.Name, next.SelfAddress);
            if (_stopping.IsCancellationRequested)
            {
                // Who stops the node may have looked before there was a system to stop.
                await next.System.Terminate();
                return;
            }
        }
    }

    /// <returns>Null when the node is stopped before it worked.</returns>
    private async Task<ActorRuntime?> RebuildAsync(int port)
    {
        ActorRuntime? next = null;
        while (next is null && !_stopping.IsCancellationRequested)
        {
            await Task.Delay(RebuildPause, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            next = _stopping.IsCancellationRequested ? null : TryRebuild(port);
        }

        return next;
    }

    private ActorRuntime? TryRebuild(int port)
    {
        try
        {
            return ActorRuntime.Start(_parts, port);
        }
        catch (Exception error)
        {
            _log.LogWarning("The actor system could not be built anew yet: {Reason}", error.GetBaseException().Message);
            return null;
        }
    }

    private void OnNewerLayout(ReplicaId replica, LayoutNumber number)
    {
        if (_parts.Peers.AddressOf(replica, _parts.Catalog.Layout) is { } address)
        {
            _runtime?.Keeper.Tell(new MembershipProtocol.NewerLayoutSeen(number, address));
        }
    }

    private ClientTls? TlsFor(IPEndPoint port) => _parts.Settings.ClientTls.IsFor(port) ? new ClientTls(_parts.ClientCertificate!) : null;

    private static TransferRates RatesOf(NodeSettings settings) => new()
    {
        Uploads = new RateLimit(settings.UploadBytesPerSecond, TimeProvider.System),
        Downloads = new RateLimit(settings.DownloadBytesPerSecond, TimeProvider.System),
        Background = new RateLimit(settings.BackgroundBytesPerSecond, TimeProvider.System),
    };

    private static ValueTask DisposeAsync(Action dispose)
    {
        dispose();
        return ValueTask.CompletedTask;
    }
}
