using Dfs.Actors.Catalog;
using Dfs.Actors.Client;
using Dfs.Core.Placement;
using Dfs.Storage.Disk;

namespace Dfs.Actors.Transfer;

/// <summary>What every transfer of a node is made with.</summary>
/// <param name="Buffers">Memory of all transfers together; a transfer waits when it is lent out.</param>
/// <param name="Buckets">Answers how a bucket's files are kept.</param>
/// <param name="Layout">Answers with the newest layout; null before the first.</param>
/// <param name="TransfersMax">At once.</param>
/// <param name="ChunksInFlight">Of one transfer; this and the largest chunk bound its memory.</param>
public sealed record TransferOptions(
    OwnerSession Owner,
    CatalogClient Catalog,
    ChunkTraffic Chunks,
    BufferPool Buffers,
    BucketRegistry Buckets,
    Func<Layout?> Layout,
    TimeProvider Time,
    int TransfersMax,
    int ChunksInFlight)
{
    /// <summary>What time it is by most of the nodes; null when too few say. Terms of locks end by it.</summary>
    public Func<CancellationToken, Task<DateTimeOffset?>> ClusterNow { get; init; } = static _ => Task.FromResult<DateTimeOffset?>(null);

    public AnswerLimit Answers { get; init; } = AnswerLimit.Default;

    public TransferRates Rates { get; init; } = TransferRates.Unlimited;
}
