using Akka.Actor;
using Akka.Event;
using Dfs.Actors.Transfer;
using Dfs.Core.Primitives;
using Dfs.Storage.ChunkStore;
using static Dfs.Actors.Store.StoreProtocol;

namespace Dfs.Actors.Store;

/// <summary>Owns this node's chunk store: knows how it is, and heals what turns out damaged from other replicas.</summary>
/// <remarks>
/// One per node, at <see cref="Name"/>. Chunk bytes never pass through its mailbox. State: which damaged chunks wait,
/// lost on restart and found again at the next read. The store itself outlives the actor system.
/// </remarks>
public sealed class StoreActor : UntypedActor
{
    /// <summary>At /user/store.</summary>
    public const string Name = "store";

    /// <summary>Two pulls at once leave the disk and the network to clients.</summary>
    public const int PullsMax = 2;

    /// <summary>10,000 damaged chunks wait; what is beyond is found again at its next read.</summary>
    public const int WaitingMax = 10_000;

    private readonly IChunkStore _store;
    private readonly ChunkTraffic _chunks;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Queue<ChunkId> _waiting = new();
    private readonly HashSet<ChunkId> _known = [];
    private int _pulls;
    private long _healed, _lost;

    public StoreActor(IChunkStore store, ChunkTraffic chunks) => (_store, _chunks) = (store, chunks);

    public static Props Props(IChunkStore store, ChunkTraffic chunks) => Akka.Actor.Props.Create(() => new StoreActor(store, chunks));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DamageFound damage: OnDamage(damage); break;
            case PullEnded ended: OnPullEnded(ended); break;
            case GetStoreState: Sender.Tell(new StoreStateIs(_store.State, _waiting.Count + _pulls, _healed, _lost)); break;
            default: Unhandled(message); break;
        }
    }

    private void OnDamage(DamageFound damage)
    {
        _log.Warning("Chunk {0} is damaged here ({1}); it is pulled from another replica", damage.Chunk, damage.Kind);
        if (_known.Count < WaitingMax && _known.Add(damage.Chunk))
        {
            _waiting.Enqueue(damage.Chunk);
            StartPulls();
        }
    }

    private void OnPullEnded(PullEnded ended)
    {
        _pulls--;
        _known.Remove(ended.Chunk);
        if (ended.Failure is null)
        {
            _healed++;
            _log.Info("Chunk {0} is whole again", ended.Chunk);
        }
        else
        {
            _lost++;
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
            using var bytes = await _chunks.FetchAsync(chunk, CancellationToken.None).ConfigureAwait(false);
            var outcome = await _store.PutAsync(chunk, bytes.Memory, bytes.Leaves, _chunks.Epoch, CancellationToken.None).ConfigureAwait(false);
            failure = outcome.IsDurable ? null : outcome.ToString();
        }
        catch (Exception error)
        {
            failure = error.Message;
        }

        self.Tell(new PullEnded(chunk, failure));
    }

    private sealed record PullEnded(ChunkId Chunk, string? Failure);
}
