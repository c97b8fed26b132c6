using System.Diagnostics;
using Dfs.Actors.Tracing;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Transfer;

/// <summary>How a small chunk that waited goes on.</summary>
/// <param name="Outcome">What the peer said to it; null: it is to be sent in a request of its own.</param>
/// <param name="HoldsPlace">That request is one of the lane's.</param>
internal readonly record struct PutTurn(PeerOutcome? Outcome, bool HoldsPlace)
{
    public static readonly PutTurn Alone = new(null, HoldsPlace: true), Apart = new(null, HoldsPlace: false);

    public static PutTurn Said(PeerOutcome outcome) => new(outcome, HoldsPlace: false);
}

/// <summary>A small chunk on its way to a peer; its task says how it goes on, and is cancelled once its caller waits no more.</summary>
internal sealed class WaitingPut(PeerCall call, ChunkId id, ReadOnlyMemory<byte> ciphertext, Epoch pin, ReplicaId? handedOverFor, Action? moved)
    : TaskCompletionSource<PutTurn>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private readonly Lock _lock = new();
    private readonly ActivityContext _trace = Spans.Current;

    public PeerCall Call => call;

    public Epoch Pin => pin;

    public int SizeBytes => ciphertext.Length;

    /// <summary>Of its caller, while it waits: how long until its turn, and how long in all.</summary>
    public ProgressWatch? Watch { get; set; }

    /// <summary>Where it waits; in no list once it has left.</summary>
    public LinkedListNode<WaitingPut>? Place { get; set; }

    /// <summary>Copies it for a request, unless its caller waits no more: then its bytes may be others' by now.</summary>
    /// <returns>The bytes that it takes there; 0 when it was left out.</returns>
    public int CopyTo(Span<byte> target)
    {
        lock (_lock)
        {
            return Task.IsCompleted ? 0 : PutBatch.Write(target, new BatchedPut(id, ciphertext, handedOverFor, _trace));
        }
    }

    /// <summary>The request that it is in, or those before it move slowly.</summary>
    public void Moved() => moved?.Invoke();

    public void GiveUp()
    {
        lock (_lock)
        {
            TrySetCanceled();
        }
    }
}
