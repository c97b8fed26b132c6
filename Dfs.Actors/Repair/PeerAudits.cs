using System.Security.Cryptography;
using Dfs.Actors.Membership;
using Dfs.Actors.Transfer;
using Dfs.Core.Crypto;
using Dfs.Core.Placement;
using Dfs.Core.Primitives;
using Dfs.Core.Repair;
using Dfs.Storage.ChunkStore;

namespace Dfs.Actors.Repair;

/// <summary>Asks other replicas for random leaves of chunks that this node has too, and keeps what came of it.</summary>
/// <remarks>
/// Thread-safe; outlives the actor system. Needs no key. Shows that a peer can give what it says it has, not on which disk it is. What a caught peer
/// said it had gets another copy where there is a node to stand in for it.
/// </remarks>
public sealed class PeerAudits(
    ReplicaId self, IChunkStore chunks, PeerClient peers, PeerDirectory directory, Func<Layout?> layout, Func<Epoch> epoch, TimeProvider time)
{
    private readonly Lock _lock = new();
    private AuditLedger _ledger = AuditLedger.Empty;
    private long _remade;

    public AuditLedger Ledger
    {
        get
        {
            lock (_lock)
            {
                return _ledger;
            }
        }
    }

    /// <summary>Copies that were made because a peer was caught.</summary>
    public long Remade => Interlocked.Read(ref _remade);

    private TimeSpan Now => time.GetElapsedTime(0);

    public bool IsBelieved(ReplicaId peer) => Ledger.IsBelieved(peer);

    /// <summary>Asks one peer for one leaf: what is in doubt first, else a chunk and a peer by chance.</summary>
    /// <returns>The peer that was caught by it; null in all other cases.</returns>
    public async Task<ReplicaId?> SampleAsync(CancellationToken cancellationToken)
    {
        if (layout() is not { IsJoint: false } current || await ChooseAsync(current, cancellationToken).ConfigureAwait(false) is not { } sample)
        {
            return null;
        }

        var (peer, chunk) = sample;
        if (chunks.SizeOf(chunk) is not { } sizeBytes || !current.ChunkReplicasOf(chunk.Partition).Contains(peer))
        {
            Change(ledger => ledger.Settled(peer, chunk));
            return null;
        }

        switch (await AskAsync(current, peer, chunk, sizeBytes, cancellationToken).ConfigureAwait(false))
        {
            case true:
                Change(ledger => ledger.Right(peer, chunk));
                return null;
            case null:
                Change(ledger => ledger.Unanswered(peer, chunk, Now));
                return null;
            default:
                return await JudgeAsync(current, peer, chunk, cancellationToken).ConfigureAwait(false) ? peer : null;
        }
    }

    /// <summary>Asks a replica that says it has a chunk of this node's for a leaf of it, before this node's copy goes.</summary>
    /// <returns>Whether one came that proves itself; else the copy stays, and what came of it is kept as of any sample.</returns>
    public async Task<bool> IsProvedAsync(Layout current, ReplicaId peer, ChunkId chunk, CancellationToken cancellationToken)
    {
        if (peer == self || chunks.SizeOf(chunk) is not { } sizeBytes)
        {
            return peer == self;
        }

        var answer = await AskAsync(current, peer, chunk, sizeBytes, cancellationToken).ConfigureAwait(false);
        if (answer is false)
        {
            await JudgeAsync(current, peer, chunk, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            Change(ledger => answer is true ? ledger.Right(peer, chunk) : ledger.Unanswered(peer, chunk, Now));
        }

        return answer is true;
    }

    private async Task<(ReplicaId Peer, ChunkId Chunk)?> ChooseAsync(Layout current, CancellationToken cancellationToken)
    {
        if (Ledger.Due(Now) is { } due)
        {
            return due;
        }

        var begin = RandomNumberGenerator.GetInt32(PartitionId.Count);
        for (var step = 0; step < PartitionId.Count && chunks.State.Chunks > 0; step++)
        {
            var partition = new PartitionId((begin + step) % PartitionId.Count);
            var others = current.ChunkReplicasOf(partition).Where(replica => replica != self && directory.SeemsReachable(replica)).ToList();
            var held = others.Count == 0 ? [] : await chunks.ListAsync(partition, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
            if (held.Count > 0)
            {
                return (others[RandomNumberGenerator.GetInt32(others.Count)], held[RandomNumberGenerator.GetInt32(held.Count)]);
            }
        }

        return null;
    }

    /// <returns>Whether a leaf came that proves itself; null when the peer did not answer.</returns>
    private async Task<bool?> AskAsync(Layout current, ReplicaId peer, ChunkId chunk, int sizeBytes, CancellationToken cancellationToken)
    {
        var leaf = RandomNumberGenerator.GetInt32(ChunkTree.LeavesOf(sizeBytes));
        switch (await CallAsync(current, peer, (endpoint, call) => peers.GetLeavesAsync(endpoint, call, chunk, sizeBytes, leaf, 1, cancellationToken)).ConfigureAwait(false))
        {
            case PeerOutcome.FoundLeaves found:
                found.Memory.Dispose();
                return true;
            case PeerOutcome.Corrupt:
                // Being asked for the whole makes an honest peer look at its copy, and heal it.
                if (await CallAsync(current, peer, (endpoint, call) => peers.GetAsync(endpoint, call, chunk, cancellationToken)).ConfigureAwait(false)
                    is PeerOutcome.Found whole)
                {
                    whole.Lease.Dispose();
                }

                return false;
            case PeerOutcome.NotFound:
                return false;
            default:
                return null;
        }
    }

    // A pin of the first epoch changes nothing where the chunk is; the answer is the peer's word that it has it.
    private async Task<bool> JudgeAsync(Layout current, ReplicaId peer, ChunkId chunk, CancellationToken cancellationToken)
    {
        var said = await CallAsync(current, peer, (endpoint, call) => peers.PinAsync(endpoint, call, [chunk], Epoch.First, cancellationToken)).ConfigureAwait(false);
        if (said is not PeerOutcome.Pinned { Missing: var missing })
        {
            Change(ledger => ledger.Unanswered(peer, chunk, Now));
            return false;
        }

        if (missing.Contains(chunk))
        {
            Change(ledger => ledger.Admitted(peer, chunk));
            return false;
        }

        var isCaught = false;
        Change(ledger =>
        {
            (var next, isCaught) = ledger.Wrong(peer, chunk, Now);
            return next;
        });
        if (isCaught)
        {
            await RemakeAsync(current, peer, chunk, cancellationToken).ConfigureAwait(false);
        }

        return isCaught;
    }

    private async Task RemakeAsync(Layout current, ReplicaId caught, ChunkId chunk, CancellationToken cancellationToken)
    {
        using var copy = await chunks.ReadAsync(chunk, cancellationToken).ConfigureAwait(false);
        var replicas = current.ChunkReplicasOf(chunk.Partition);
        foreach (var standIn in current.ChunkOrderOf(chunk.Partition).Where(node => !replicas.Contains(node) && IsBelieved(node)))
        {
            if (copy is not null && ChunkTree.IdOf(copy.Ciphertext.Span) == chunk
                && await CallAsync(current, standIn, (endpoint, call) => peers.PutAsync(
                    endpoint, call, chunk, copy.Ciphertext, copy.Pin, caught, cancellationToken)).ConfigureAwait(false) is PeerOutcome.Stored)
            {
                Interlocked.Increment(ref _remade);
                return;
            }
        }
    }

    private Task<PeerOutcome> CallAsync(Layout current, ReplicaId peer, Func<Uri, PeerCall, Task<PeerOutcome>> call) =>
        directory.EndpointOf(peer, current) is { } endpoint
            ? call(new Uri(endpoint), new PeerCall(current.Cluster, self, peer, current.Number, epoch()))
            : Task.FromResult<PeerOutcome>(new PeerOutcome.Unreachable("Its address is not known."));

    private void Change(Func<AuditLedger, AuditLedger> change)
    {
        lock (_lock)
        {
            _ledger = change(_ledger);
        }
    }
}
