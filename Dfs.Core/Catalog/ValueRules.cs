using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>The little that the catalog must know about the values that it keeps unread.</summary>
/// <param name="Check">Whether a replica may accept a value; signatures, owners.</param>
/// <param name="Operations">The ids of the last operations that made the value, newest first.</param>
/// <param name="OperationsKept">How many ids a value keeps: with fewer, none has fallen out.</param>
/// <param name="IsTombstone">Whether the value says "removed", so that its row may be dropped one day.</param>
/// <param name="Counter">Grows with every change of a register; a dropped tombstone's is remembered.</param>
public sealed record ValueRules(
    TransitionCheck Check,
    Func<ReadOnlyMemory<byte>, IReadOnlyList<OperationId>> Operations,
    int OperationsKept,
    Func<ReadOnlyMemory<byte>, bool> IsTombstone,
    Func<ReadOnlyMemory<byte>, ulong> Counter)
{
    /// <summary>Does ahead of <see cref="Check"/>, on any thread, what of it takes long and is remembered.</summary>
    public Action<ReadOnlyMemory<byte>> Foresee { get; init; } = static _ => { };

    /// <summary>The council's registers: any value, never removed, written once or to a fixed end.</summary>
    public static readonly ValueRules Council = new((_, _, _) => null, _ => [], 0, _ => false, _ => 0);

    /// <summary>Whether a replica may accept a value of a council's register; null: any.</summary>
    public TransitionCheck? CouncilCheck { get; init; }

    /// <summary>These, or those of the council's registers.</summary>
    internal ValueRules For(RowKey key) => !key.IsCouncil ? this : CouncilCheck is { } check ? Council with { Check = check } : Council;
}
