using System.Collections.Immutable;
using Dfs.Core.Primitives;

namespace Dfs.Core.Repair;

/// <summary>What some replica is to be told that it has missed.</summary>
/// <param name="Page">Said again when it has been seen to; no two pages of a writer have the same.</param>
/// <param name="IsMore">More was missed than is remembered: it has to compare everything.</param>
public sealed record MissedPage(
    ReplicaId By, ulong Page, ImmutableArray<ChunkId> Chunks, ImmutableArray<RegisterId> Registers, bool IsMore);

/// <summary>Copies that a replica missed when a majority had them, until the replica was told and has seen to them.</summary>
/// <remarks>
/// Pure: no clock, no I/O. A courtesy that spares minutes, no protection: what is forgotten here the comparison finds.
/// Invariants: a peer has at most <see cref="PerPeerMax"/> ids here; at most one page of a peer is open, and is told again
/// unchanged until it is settled.
/// </remarks>
public sealed record MissedCopies
{
    /// <summary>4,096 ids, 128 KiB, a peer; what is beyond costs it a comparison of everything, which is cheaper than as many questions.</summary>
    public const int PerPeerMax = 4096;

    /// <summary>128 ids, 4 KiB: a message that delays nothing, and at most half a GiB to fetch until the next.</summary>
    public const int PageMax = 128;

    /// <summary>A second: most of what is late arrives by itself, and what is missed together is told together.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Until a page without an answer is told again: two seconds, doubling to a minute.</summary>
    public static readonly TimeSpan RetryMin = TimeSpan.FromSeconds(2), RetryMax = TimeSpan.FromMinutes(1);

    public static readonly MissedCopies Empty = new();

    private MissedCopies() { }

    /// <summary>Ids that wait, of all peers.</summary>
    public int Count => Peers.Values.Sum(notes => notes.Count);

    private ImmutableSortedDictionary<ReplicaId, Notes> Peers { get; init; } = ImmutableSortedDictionary<ReplicaId, Notes>.Empty;

    /// <summary>Of all peers together: a late answer must not be one to a page that it never saw.</summary>
    private ulong LastPage { get; init; }

    public MissedCopies Note(ReplicaId by, ChunkId chunk, TimeSpan now) =>
        Note(by, now, notes => notes with { Chunks = notes.Chunks.Add(chunk) });

    public MissedCopies Note(ReplicaId by, RegisterId register, TimeSpan now) =>
        Note(by, now, notes => notes with { Registers = notes.Registers.Add(register) });

    /// <summary>What is to be told now, one page a peer at most.</summary>
    /// <param name="canHear">One that cannot is told as soon as it can.</param>
    public (MissedCopies Next, ImmutableArray<MissedPage> Due) TakeDue(TimeSpan now, Func<ReplicaId, bool> canHear)
    {
        var (next, page, due) = (Peers, LastPage, ImmutableArray.CreateBuilder<MissedPage>());
        foreach (var (peer, notes) in Peers)
        {
            if (!canHear(peer))
            {
                next = next.SetItem(peer, notes with { DueAt = now, Retry = RetryMin });
            }
            else if (notes.DueAt <= now)
            {
                var open = notes.Open ?? notes.ToPage(peer, ++page);
                next = next.SetItem(peer, notes.Told(open, now));
                due.Add(open);
            }
        }

        return (this with { Peers = next, LastPage = page }, due.ToImmutable());
    }

    /// <summary>A peer has what stood on the page, or compares for it; the next page is due at once.</summary>
    public MissedCopies Settle(ReplicaId by, ulong page, TimeSpan now)
    {
        if (!Peers.TryGetValue(by, out var notes) || notes.Open?.Page != page)
        {
            return this;
        }

        var rest = notes.Settled(now);
        return this with { Peers = rest.IsEmpty ? Peers.Remove(by) : Peers.SetItem(by, rest) };
    }

    /// <summary>Forgets those that are in the layout no more.</summary>
    public MissedCopies KeepOnly(Func<ReplicaId, bool> isMember)
    {
        var gone = Peers.Keys.Where(peer => !isMember(peer)).ToList();
        return gone.Count == 0 ? this : this with { Peers = Peers.RemoveRange(gone) };
    }

    private MissedCopies Note(ReplicaId by, TimeSpan now, Func<Notes, Notes> add)
    {
        var notes = Peers.GetValueOrDefault(by) ?? new Notes { DueAt = now + Patience };
        return this with
        {
            Peers = Peers.SetItem(by, notes.IsMore ? notes : notes.Count < PerPeerMax ? add(notes) : notes.Overflown()),
        };
    }

    private sealed record Notes
    {
        public ImmutableSortedSet<ChunkId> Chunks { get; init; } = [];

        public ImmutableSortedSet<RegisterId> Registers { get; init; } = [];

        public bool IsMore { get; init; }

        public MissedPage? Open { get; init; }

        public TimeSpan DueAt { get; init; }

        public TimeSpan Retry { get; init; } = RetryMin;

        public int Count => Chunks.Count + Registers.Count;

        public bool IsEmpty => Count == 0 && !IsMore;

        /// <summary>A comparison finds all of it, so no id need be kept.</summary>
        public Notes Overflown() => this with { Chunks = [], Registers = [], Open = null, IsMore = true };

        public MissedPage ToPage(ReplicaId peer, ulong page)
        {
            // Heads first: they are small, and a replica that lacks one cannot be counted on for the next change.
            ImmutableArray<RegisterId> registers = [.. Registers.Take(PageMax)];
            return new MissedPage(peer, page, [.. Chunks.Take(PageMax - registers.Length)], registers, IsMore);
        }

        public Notes Told(MissedPage open, TimeSpan now) =>
            this with { Open = open, DueAt = now + Retry, Retry = Retry * 2 < RetryMax ? Retry * 2 : RetryMax };

        public Notes Settled(TimeSpan now) => this with
        {
            Chunks = Chunks.Except(Open!.Chunks),
            Registers = Registers.Except(Open.Registers),
            IsMore = IsMore && !Open.IsMore,
            Open = null,
            DueAt = now,
            Retry = RetryMin,
        };
    }
}
