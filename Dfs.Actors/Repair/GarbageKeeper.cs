using System.Security.Cryptography;
using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Catalog;
using Dfs.Client;
using Dfs.Core.Catalog;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using static Dfs.Actors.Repair.GarbageProtocol;

namespace Dfs.Actors.Repair;

/// <summary>Begins a collection of garbage now and then, and when a person asks for one.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>; of those who can, the lowest reachable member begins. State: when the next is due, lost on
/// restart, after which the first is due sooner. Decides nothing about chunks itself: <see cref="GarbageCollection"/> does, with every
/// member's answers.
/// </remarks>
public sealed class GarbageKeeper : ReceiveActor, IWithTimers
{
    /// <summary>At /user/garbage.</summary>
    public const string Name = "garbage";

    private readonly GarbageOptions _options;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly List<IActorRef> _askers = [];
    private Action? _cancel;

    public GarbageKeeper(GarbageOptions options)
    {
        _options = options;
        Receive<CollectNow>(_ => OnAsked());
        Receive<Due>(_ => OnDue());
        Receive<CollectionEnded>(ended => OnEnded(ended.Result));
        Receive<DropTombstone>(OnDrop);
        Receive<CatalogMessages.ReplicaReply>(static _ => { });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(GarbageOptions options) => Akka.Actor.Props.Create(() => new GarbageKeeper(options));

    protected override void PreStart() => Schedule(_options.First < _options.Every ? _options.First : _options.Every);

    protected override void PostStop()
    {
        _cancel?.Invoke();
        base.PostStop();
    }

    private void OnAsked()
    {
        if (_cancel is null && _options.Store.Layout is null)
        {
            Sender.Tell(new CollectionEnded(new CollectionResult(DfsOutcome.NotReady, null, "Nothing was collected: there is no layout yet.", default, 0, 0, 0)));
            return;
        }

        if (StoresOnly(_options.Self))
        {
            Sender.Tell(new CollectionEnded(new CollectionResult(
                DfsOutcome.NotAllowed, null, "Nothing was collected: this node only stores (role = storage); ask one that has a keyring.", default, 0, 0, 0)));
            return;
        }

        _askers.Add(Sender);
        Begin();
    }

    private void OnDue()
    {
        if (_options.Store.Layout is { } layout && Acts(layout))
        {
            Begin();
        }
        else
        {
            Schedule(_options.Every);
        }
    }

    private void Begin()
    {
        if (_cancel is null && _options.Store.Layout is { } layout)
        {
            var source = new CancellationTokenSource();
            _cancel = source.Cancel;
            _ = RunAsync(layout, Self, source.Token);
        }
    }

    private async Task RunAsync(Layout layout, IActorRef self, CancellationToken cancellationToken)
    {
        CollectionResult result;
        try
        {
            var run = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
            result = await new GarbageCollection(
                _options, layout, run, (key, tombstone) => self.Tell(new DropTombstone(layout, key, tombstone)), cancellationToken)
                .RunAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            result = new CollectionResult(DfsOutcome.NotReady, null, $"Nothing was collected: {error.Message}", default, 0, 0, 0);
        }

        self.Tell(new CollectionEnded(result));
    }

    private void OnEnded(CollectionResult result)
    {
        _cancel = null;
        if (result.Refusal.Length > 0)
        {
            _log.Info("Garbage: {0}", result.Refusal);
        }
        else
        {
            _log.Info("Garbage collection {0}: {1}; {2} registers were read", result.Epoch, result.Totals, result.Registers);
        }

        _askers.ForEach(asker => asker.Tell(new CollectionEnded(result)));
        _askers.Clear();
        Schedule(result.Outcome != DfsOutcome.Done && _options.Retry < _options.Every ? _options.Retry : _options.Every);
    }

    // H6: a lost one is told again at the next collection; twice is harmless.
    private void OnDrop(DropTombstone drop)
    {
        var header = new CatalogProtocol.Header(drop.Key, drop.Layout.Number, _options.Store.Epoch);
        foreach (var replica in drop.Layout.ReplicasOf(drop.Key.Partition))
        {
            if (_options.Directory.AddressOf(replica, drop.Layout) is { } address)
            {
                Context.ActorSelection($"{address}/user/{ReplicaActor.Name}").Tell(
                    new CatalogMessages.ReplicaRequest(0, 0, _options.Self, replica, new CatalogProtocol.Drop(header, drop.Tombstone)));
            }
        }
    }

    private bool Acts(Layout layout) => layout.Members
        .Where(member => !StoresOnly(member.Id) && (member.Id == _options.Self || _options.Directory.SeemsReachable(member.Id)))
        .Select(member => member.Id).Order().FirstOrDefault() == _options.Self;

    // Others do not take from it what is garbage.
    private bool StoresOnly(ReplicaId replica) => _options.Directory.View.Peers.TryGetValue(replica, out var peer) && peer.Card.StoresOnly;

    private void Schedule(TimeSpan after) => Timers.StartSingleTimer(nameof(Due), Due.Instance, after);

    private sealed record DropTombstone(Layout Layout, RowKey Key, Ballot Tombstone);

    private sealed class Due
    {
        public static readonly Due Instance = new();
    }
}
