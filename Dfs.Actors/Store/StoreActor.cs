using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Transfer;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using static Dfs.Actors.Store.StoreProtocol;

namespace Dfs.Actors.Store;

/// <summary>Owns this node's chunk store: knows how it is, and heals what turns out damaged or missing from other replicas.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>. Chunk bytes never pass through its mailbox. State: which of the <see cref="DamagedChunks"/> are
/// being pulled; the others are queued again after a restart. The store itself outlives the actor system.
/// </remarks>
public sealed class StoreActor : UntypedActor, IWithTimers
{
    /// <summary>At /user/store.</summary>
    public const string Name = "store";

    /// <summary>Two pulls at once leave the disk and the network to clients.</summary>
    public const int PullsMax = 2;

    /// <summary>Until what nobody had is asked for once more, because who has it may be back: two seconds, doubling to a minute.</summary>
    private static readonly TimeSpan RetryMin = TimeSpan.FromSeconds(2), RetryMax = TimeSpan.FromMinutes(1);

    private readonly IChunkStore _store;
    private readonly ChunkTraffic _chunks;
    private readonly DamagedChunks _damaged;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<ChunkId> _waiting = new();
    private readonly HashSet<ChunkId> _queued = [];
    private int _pulls;
    private TimeSpan _retry = RetryMin;

    public StoreActor(IChunkStore store, ChunkTraffic chunks, DamagedChunks damaged) => (_store, _chunks, _damaged) = (store, chunks, damaged);

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IChunkStore store, ChunkTraffic chunks, DamagedChunks damaged) =>
        Akka.Actor.Props.Create(() => new StoreActor(store, chunks, damaged));

    protected override void PreStart()
    {
        Timers.StartSingleTimer(nameof(RetryDue), RetryDue.Instance, RetryMin);
        QueueAll();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DamageFound damage: OnDamage(damage); break;
            case PullEnded ended: OnPullEnded(ended); break;
            case RetryDue: OnRetryDue(); break;
            case GetStoreState: Sender.Tell(new StoreStateIs(_store.State, _damaged.Waiting, _damaged.Healed, _damaged.Unhealed)); break;
            default: Unhandled(message); break;
        }
    }

    private void OnDamage(DamageFound damage)
    {
        _log.Warning("Chunk {0} is damaged here ({1}); it is pulled from another replica", damage.Chunk, damage.Kind);
        _damaged.Add(damage.Chunk);
        QueueAll();
    }

    private void OnRetryDue()
    {
        _retry = _damaged.Unhealed == 0 ? RetryMin : 2 * _retry < RetryMax ? 2 * _retry : RetryMax;
        Timers.StartSingleTimer(nameof(RetryDue), RetryDue.Instance, _retry);
        QueueAll();
    }

    private void QueueAll()
    {
        foreach (var chunk in _damaged.All.Where(_queued.Add))
        {
            _waiting.Enqueue(chunk);
        }

        StartPulls();
    }

    private void OnPullEnded(PullEnded ended)
    {
        _pulls--;
        _queued.Remove(ended.Chunk);
        if (ended.Failure is null)
        {
            _damaged.Heal(ended.Chunk);
            _log.Info("Chunk {0} is whole again", ended.Chunk);
        }
        else
        {
            _damaged.Fail(ended.Chunk);
            _log.Error("Chunk {0} could not be healed: {1}", ended.Chunk, ended.Failure);
        }

        StartPulls();
    }

    private void StartPulls()
    {
        while (_pulls < PullsMax && _waiting.TryDequeue(out var chunk))
        {
            _pulls++;
            _ = PullAsync(chunk, Self);
        }
    }

    private async Task PullAsync(ChunkId chunk, IActorRef self)
    {
        string? failure = null;
        try
        {
            // The comparison with other nodes may have brought it meanwhile.
            if (!_store.Contains(chunk))
            {
                using var bytes = await _chunks.FetchAsync(chunk, CancellationToken.None, isRepair: true).ConfigureAwait(false);
                var outcome = await _store.PutAsync(chunk, bytes.Memory, bytes.Leaves, _chunks.Epoch, CancellationToken.None).ConfigureAwait(false);
                failure = outcome.IsDurable ? null : outcome.ToString();
            }
        }
        catch (Exception error)
        {
            failure = error.Message;
        }

        self.Tell(new PullEnded(chunk, failure));
    }

    private sealed record PullEnded(ChunkId Chunk, string? Failure);

    private sealed class RetryDue
    {
        public static readonly RetryDue Instance = new();
    }
}
