using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>What audits have shown of each peer, and which peers are not believed because of it. Pure.</summary>
/// <remarks>
/// An audit asks a peer for a random leaf of a chunk and checks the proof. Who cannot give what it says that it has is asked for that chunk once
/// more after <see cref="RecheckAfter"/>: a disk rots, and an honest node notices by the first question and heals meanwhile. Who fails
/// again has said what is not so. Invariant: a peer and a chunk are in doubt at most once, and at most <see cref="DoubtsMax"/> are.
/// </remarks>
public sealed record AuditLedger
{
    /// <summary>460: with as many random samples a loss of one chunk in a hundred is met with 99 %.</summary>
    public const int SamplesMin = 460;

    /// <summary>64 doubts: one is enough, and a peer with very many must not take memory for them.</summary>
    public const int DoubtsMax = 64;

    /// <summary>A minute: healing a chunk takes seconds.</summary>
    public static readonly TimeSpan RecheckAfter = TimeSpan.FromMinutes(1);

    public static readonly AuditLedger Empty = new();

    public ImmutableSortedDictionary<ReplicaId, PeerAudit> Peers { get; private init; } = ImmutableSortedDictionary<ReplicaId, PeerAudit>.Empty;

    private ImmutableList<Doubt> Doubts { get; init; } = [];

    /// <summary>False for a peer that was caught, until <see cref="SamplesMin"/> answers in a row were right.</summary>
    public bool IsBelieved(ReplicaId peer) => !Of(peer).IsCaught;

    /// <summary>What is to be asked before anything else; null when nothing is due.</summary>
    /// <param name="now">Monotonic.</param>
    public (ReplicaId Peer, ChunkId Chunk)? Due(TimeSpan now) =>
        Doubts.FirstOrDefault() is { } first && now - first.Since >= RecheckAfter ? (first.Peer, first.Chunk) : null;

    /// <summary>A leaf came, and its proof is right.</summary>
    public AuditLedger Right(ReplicaId peer, ChunkId chunk)
    {
        var audit = Of(peer);
        var inARow = audit.RightInARow + 1;
        return Settled(peer, chunk).With(peer, audit with
        {
            Right = audit.Right + 1,
            RightInARow = inARow,
            IsCaught = audit.IsCaught && inARow < SamplesMin,
        });
    }

    /// <summary>None came, or a wrong one, and the peer says that it has the chunk.</summary>
    /// <returns>Caught: it was asked for this chunk before, long enough ago.</returns>
    public (AuditLedger Next, bool IsCaught) Wrong(ReplicaId peer, ChunkId chunk, TimeSpan now)
    {
        var doubt = Doubts.Find(doubt => doubt.Peer == peer && doubt.Chunk == chunk);
        var isCaught = doubt is not null && now - doubt.Since >= RecheckAfter;
        var audit = Of(peer);
        var next = With(peer, audit with { Wrong = audit.Wrong + 1, RightInARow = 0, IsCaught = audit.IsCaught || isCaught });
        return isCaught ? (next.Settled(peer, chunk), true)
            : (doubt is not null || Doubts.Count >= DoubtsMax ? next : next with { Doubts = next.Doubts.Add(new Doubt(peer, chunk, now)) }, false);
    }

    /// <summary>The peer says itself that it does not have the chunk: repair is about to bring it.</summary>
    public AuditLedger Admitted(ReplicaId peer, ChunkId chunk)
    {
        var audit = Of(peer);
        return Settled(peer, chunk).With(peer, audit with { Admitted = audit.Admitted + 1 });
    }

    /// <summary>It did not answer: nothing is known, and a doubt is put off.</summary>
    public AuditLedger Unanswered(ReplicaId peer, ChunkId chunk, TimeSpan now)
    {
        var audit = Of(peer);
        var next = With(peer, audit with { Unanswered = audit.Unanswered + 1 });
        return Doubts.Exists(doubt => doubt.Peer == peer && doubt.Chunk == chunk)
            ? next.Settled(peer, chunk) is var rest ? rest with { Doubts = rest.Doubts.Add(new Doubt(peer, chunk, now)) } : next
            : next;
    }

    /// <summary>The chunk is not here any more, or not that peer's: there is nothing to ask.</summary>
    public AuditLedger Settled(ReplicaId peer, ChunkId chunk) =>
        this with { Doubts = Doubts.RemoveAll(doubt => doubt.Peer == peer && doubt.Chunk == chunk) };

    private PeerAudit Of(ReplicaId peer) => Peers.GetValueOrDefault(peer, PeerAudit.None);

    private AuditLedger With(ReplicaId peer, PeerAudit audit) => this with { Peers = Peers.SetItem(peer, audit) };

    private sealed record Doubt(ReplicaId Peer, ChunkId Chunk, TimeSpan Since);
}

/// <summary>What audits of one peer came to since this node's start.</summary>
/// <param name="Admitted">Chunks that it said itself it does not have.</param>
/// <param name="IsCaught">It is not believed.</param>
public sealed record PeerAudit(long Right, long Wrong, long Unanswered, long Admitted, int RightInARow, bool IsCaught)
{
    public static readonly PeerAudit None = new(0, 0, 0, 0, 0, false);
}
