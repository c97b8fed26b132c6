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
            else if (outcome is ReadDone { View.Value: { } value } && HeadCodec.TryPeekCounter(value.Span, out var read))
            {
                back = read < before ? new WentBack(before, read) : null;
                _counters.Read(register, read);
            }
        }

        if (back is not null)
        {
            Noticed?.Invoke(register, back);
        }

        return back ?? outcome;
    }
}
