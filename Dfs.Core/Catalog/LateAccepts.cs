using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>Changes that are chosen and that some replica has not accepted yet: who stays silent has missed a head.</summary>
/// <remarks>Its caller's own; deterministic, without a clock. What is forgotten with it, the comparison with other replicas finds.</remarks>
public sealed class LateAccepts
{
    /// <summary>10,000 changes are waited for at once; of more, those that wait longest count as missed.</summary>
    public const int OpenMax = 10_000;

    /// <summary>A second: a replica that answers at all does so by then.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Dictionary<ulong, Late> _open = [];
    private readonly Queue<(ulong Operation, TimeSpan DueAt)> _due = new();

    public bool IsEmpty => _due.Count == 0;

    /// <param name="attempt">In which its accept was sent.</param>
    /// <param name="behind">Who has not answered that.</param>
    public void Add(ulong operation, int attempt, RegisterId register, IReadOnlyCollection<ReplicaId> behind, TimeSpan now)
    {
        if (behind.Count > 0)
        {
            _open[operation] = new Late(attempt, register, [.. behind]);
            _due.Enqueue((operation, now + Patience));
        }
    }

    public void Accepted(ulong operation, int attempt, ReplicaId from)
    {
        if (_open.TryGetValue(operation, out var late) && late.Attempt == attempt && late.Behind.Remove(from) && late.Behind.Count == 0)
        {
            _open.Remove(operation);
        }
    }

    /// <returns>Who has missed which register by now; each is said once.</returns>
    public IReadOnlyList<(ReplicaId By, RegisterId Register)> TakeMissed(TimeSpan now)
    {
        var missed = new List<(ReplicaId, RegisterId)>();
        while (_due.TryPeek(out var next) && (next.DueAt <= now || _open.Count > OpenMax))
        {
            _due.Dequeue();
            if (_open.Remove(next.Operation, out var late))
            {
                missed.AddRange(late.Behind.Select(by => (by, late.Register)));
            }
        }

        return missed;
    }

    private sealed record Late(int Attempt, RegisterId Register, HashSet<ReplicaId> Behind);
}
