using Dfs.Core.Placement;
using Dfs.Core.Primitives;

namespace Dfs.Core.Catalog;

/// <summary>What can be said of a register for garbage collection when every one of its replicas was read in the current epoch.</summary>
/// <remarks>
/// The replicas need not be read at one moment. When all show one ballot, it is chosen, so every higher one comes from its value; and no
/// higher one was accepted before its replica was read, so what such a value adds was pinned in this epoch or the one before.
/// When they differ this does not hold, not even for all their values together: a value can be at one replica while another is read and
/// the other way round, and be chosen afterwards. Then a write of one's own makes one ballot chosen, after which the same holds
/// for that one's value.
/// </remarks>
public abstract record RegisterVerdict
{
    private RegisterVerdict() { }

    /// <summary>Nothing was ever written, or all of it was dropped.</summary>
    public sealed record Absent : RegisterVerdict;

    /// <summary>What it refers to is alive.</summary>
    public sealed record Holds(ReadOnlyMemory<byte> Value) : RegisterVerdict;

    /// <summary>Removed; refers to nothing, and its row may be dropped everywhere.</summary>
    public sealed record Removed(Ballot Tombstone) : RegisterVerdict;

    /// <summary>Has to be written before anything can be said.</summary>
    public sealed record Unsettled : RegisterVerdict;

    /// <param name="rows">Of every replica of the register under this layout; absent ones too.</param>
    public static RegisterVerdict Of(
        Layout layout, RowKey key, IReadOnlyDictionary<ReplicaId, RegisterRow> rows, ValueRules rules)
    {
        if (rows.Values.All(row => row is { HasValue: false }))
        {
            return new Absent();
        }

        var states = rows.ToDictionary(row => row.Key, row => new RegisterState(
            row.Value.Promise, Ballot.None, Ballot.None, row.Value.Accepted, row.Value.Value, row.Value.CounterFloor));
        if (TombstoneSweep.MayDrop(layout, key, states, rules) is { } tombstone)
        {
            return new Removed(tombstone);
        }

        var first = rows.Values.First();
        return rows.Values.All(row => row.Accepted == first.Accepted) ? new Holds(first.Value) : new Unsettled();
    }
}
