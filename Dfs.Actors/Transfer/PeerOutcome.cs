using System.Buffers;
using System.Collections.Immutable;
using Dfs.Core.Catalog;
using Dfs.Core.Primitives;
using Dfs.Storage.CatalogStore;
using Dfs.Storage.ChunkStore;

namespace Dfs.Actors.Transfer;

/// <summary>What a call to a peer came to: each call has its own good answer, all share the others.</summary>
public abstract record PeerOutcome
{
    /// <summary>A list of the expelled, a certificate, or what is said to a layout; not checked yet.</summary>
    public sealed record Answered(byte[] Bytes) : PeerOutcome;

    private PeerOutcome() { }

    /// <summary>Put: durable there, checked against its id.</summary>
    /// <param name="WasThere">The peer had it already; its pin is durable too.</param>
    public sealed record Stored(bool WasThere) : PeerOutcome;

    /// <summary>Puts of several chunks in one request: what was said to each, in their order.</summary>
    internal sealed record ToEach(ImmutableArray<PeerOutcome> Outcomes) : PeerOutcome;

    /// <summary>Get: the chunk, checked against its id. Whoever receives it disposes the lease.</summary>
    public sealed record Found(ChunkLease Lease) : PeerOutcome;

    /// <summary>Leaves: each proved against the chunk's id. Whoever receives them disposes the memory.</summary>
    public sealed record FoundLeaves(IMemoryOwner<byte> Memory) : PeerOutcome;

    /// <summary>Get: the peer does not have it, or found its copy damaged.</summary>
    public sealed record NotFound : PeerOutcome
    {
        public static readonly NotFound Instance = new();
    }

    /// <summary>Pin: durable for all but these, which have to be sent.</summary>
    public sealed record Pinned(ImmutableArray<ChunkId> Missing) : PeerOutcome;

    /// <summary>List: a page in the order of ids.</summary>
    /// <param name="HasMore">Ask again after the last one.</param>
    public sealed record Listed(ImmutableArray<ChunkId> Ids, bool HasMore) : PeerOutcome;

    /// <summary>Changes: a page of the replica's rows in the order of their changes.</summary>
    public sealed record Changes(ChangePage Page) : PeerOutcome;

    /// <summary>Rows: a page of a partition's rows, with its promises.</summary>
    public sealed record Rows(PartitionPage Page) : PeerOutcome;

    /// <summary>Rows that were handed back: how many the peer took, durably.</summary>
    public sealed record RowsTaken(int Count) : PeerOutcome;

    /// <summary>Epochs: what the peer does with an owner's keys.</summary>
    public sealed record Epochs(OwnerEpochs Of) : PeerOutcome;

    /// <summary>Epoch: what is durable there.</summary>
    public sealed record EpochIs(EpochFact Fact) : PeerOutcome;

    /// <summary>Garbage: the totals of the run so far.</summary>
    public sealed record Condemned(GarbageTotals Totals) : PeerOutcome;

    /// <summary>Ping.</summary>
    public sealed record Alive : PeerOutcome
    {
        public static readonly Alive Instance = new();
    }

    /// <summary>Time: what the peer's clock shows, in whole seconds.</summary>
    public sealed record Time(DateTimeOffset Now) : PeerOutcome;

    public sealed record Refused(PeerRefusal Refusal) : PeerOutcome;

    /// <summary>The peer knows a newer layout.</summary>
    public sealed record StaleLayout(LayoutNumber Current) : PeerOutcome;

    /// <summary>No connection, or it broke. After a put: nothing is known about whether the chunk is there.</summary>
    public sealed record Unreachable(string Cause) : PeerOutcome;

    /// <summary>No progress for too long, or past the deadline. After a put: as with <see cref="Unreachable"/>.</summary>
    public sealed record TimedOut : PeerOutcome
    {
        public static readonly TimedOut Instance = new();
    }

    /// <summary>The bytes that arrived, there or here, are not those that the id names.</summary>
    public sealed record Corrupt : PeerOutcome
    {
        public static readonly Corrupt Instance = new();
    }

    /// <summary>For people who wait for a put: why this peer has not taken a chunk; null when it has.</summary>
    internal string? WhyNotPlaced() => this switch
    {
        Stored => null,
        Unreachable => "no answer",
        TimedOut => "no answer in time",
        Corrupt => "it got other bytes than were sent",
        StaleLayout or Refused { Refusal: PeerRefusal.Behind } => "it knows another layout",
        Refused { Refusal: PeerRefusal.DiskFull } => "its disk is full",
        Refused { Refusal: PeerRefusal.ReadOnly } => "its disk only reads",
        Refused { Refusal: PeerRefusal.Busy } => "it is busy",
        Refused refused => $"it refuses ({refused.Refusal})",
        _ => "it answers something else",
    };
}
