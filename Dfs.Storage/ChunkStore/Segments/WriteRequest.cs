using Dfs.Core.Primitives;

namespace Dfs.Storage.ChunkStore.Segments;

/// <summary>What the writer is asked to make durable.</summary>
internal enum WriteKind
{
    /// <summary>Store a chunk, or raise its pin when it is here.</summary>
    Put,

    /// <summary>Raise the pin of a chunk that is here.</summary>
    Pin,

    /// <summary>Have the chunk no more.</summary>
    Remove,

    /// <summary>Write a chunk again that still lies at <see cref="WriteRequest.From"/>, under its pin of then.</summary>
    Move,

    /// <summary>Write the pin again, if it still is the chunk's.</summary>
    CarryPin,

    /// <summary>Write a deletion again, if the chunk has not come back.</summary>
    CarryRemoval,

    /// <summary>Note how much is synced.</summary>
    Mark,

    /// <summary>Begin a new segment, so that the one that is written to can be compacted.</summary>
    Roll,
}

/// <summary>One wish of a caller; its task ends when the answer is durable.</summary>
/// <remarks>The answer is null when there was nothing to do: the chunk is not here, or no longer at the place.</remarks>
internal sealed class WriteRequest(WriteKind kind, ChunkId id, Epoch pin)
    : TaskCompletionSource<PutOutcome?>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public WriteKind Kind => kind;

    public ChunkId Id => id;

    public Epoch Pin => pin;

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>CRC-32C of <see cref="Body"/>, computed by the caller: that is work for many threads.</summary>
    public uint BodyCrc { get; init; }

    /// <summary>Hashes of the chunk's leaves, to be kept behind it; empty when they are not known or there is one leaf.</summary>
    public ReadOnlyMemory<byte> Leaves { get; init; }

    /// <summary>Of its records in the log.</summary>
    public int SizeBytes => SegmentRecord.SizeOf(Body.Length) + (Leaves.IsEmpty ? 0 : SegmentRecord.SizeOf(Leaves.Length));

    /// <summary>Heeded only while the chunk lies there.</summary>
    public RecordPlace? From { get; init; }

    /// <summary>Of a removal: a chunk with a higher pin stays.</summary>
    public Epoch? PinMax { get; init; }

    /// <summary>The writer's: what it will answer when the batch is durable.</summary>
    public PutOutcome? Outcome { get; set; }

    public void Answer() => SetResult(Outcome);
}
