using Dfs.Core.Catalog;
using Dfs.Core.Manifests;
using Dfs.Core.Primitives;

namespace Dfs.Actors.Catalog;

/// <summary>Holds what comes from the replicas against what this node has seen of a file before. Thread-safe; of a start of the node.</summary>
public sealed class SeenHeads
{
    private readonly Lock _lock = new();
    private readonly SeenCounters _counters = new();

    /// <summary>Called with each state that was older than one before it.</summary>
    public Action<RegisterId, WentBack>? Noticed { get; set; }

    /// <summary>To be asked before an operation begins: what is seen while it runs may rightly be newer than what it reads.</summary>
    /// <returns>0 when nothing is remembered.</returns>
    public ulong Before(RegisterId register)
    {
        lock (_lock)
        {
            return _counters.Of(register);
        }
    }

    /// <summary>A change that is not made of a state from before what was seen.</summary>
    /// <param name="before">Of <see cref="Before"/>.</param>
    public static RegisterChange Guard(ulong before, RegisterChange change) => before == 0
        ? change
        : view => WentBack.Of(before, view, CounterOf) is { } back ? new RefuseChange(back) : change(view);

    /// <summary>It was read, and its owner's signature was checked: what is not signed is a replica's word, and a counter made up would hide the file.</summary>
    public void Read(Head head)
    {
        lock (_lock)
        {
            _counters.Read(head.Register, head.Counter);
        }
    }

    /// <summary>Remembers what this node has changed; what it has read it remembers by <see cref="Read"/>.</summary>
    /// <returns>The outcome, or <see cref="WentBack"/> in its place.</returns>
    public ProposerOutcome Judge(RegisterId register, ulong before, ProposerOutcome outcome)
    {
        WentBack? back = null;
        lock (_lock)
        {
            if (outcome is ChangeDone done && HeadCodec.TryPeekCounter(done.Value.Span, out var changed))
            {
                _counters.Set(register, changed);
            }
            else
            {
                back = outcome is ReadDone read ? WentBack.Of(before, read.View, CounterOf) : (outcome as ChangeRefused)?.Reason as WentBack;
            }
        }

        if (back is not null)
        {
            Noticed?.Invoke(register, back);
        }

        return back ?? outcome;
    }

    // What is no head is somebody else's to refuse.
    private static ulong CounterOf(ReadOnlyMemory<byte> value) => HeadCodec.TryPeekCounter(value.Span, out var counter) ? counter : ulong.MaxValue;
}
